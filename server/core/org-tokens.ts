import { z } from 'zod'
import type { OrgTokenList } from '../../shared/admin.ts'
import { GalleyError } from '../../shared/errors.ts'
import { revoke } from './access-tokens.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { authorsOf } from './authors.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Actor, Origin } from './ports.ts'
import { timeOf } from './read.ts'
import type { World } from './world.ts'

/** Everybody's access tokens, for the owners of the organisation: to see, and to revoke. */

const place = z.tuple([z.int(), z.string()])

/** Newest first, without those revoked or expired. @throws GalleyError insufficient_scope | forbidden | invalid_request (cursor) */
export async function orgTokens(
  world: World,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<OrgTokenList> {
  await permitOwner(world.store, actor)
  const from = cursor === undefined ? undefined : readCursor(place, cursor)
  const rows = await world.store.tokensOfOrg(actor.orgId, world.clock.now(), {
    limit: limit + 1,
    ...(from && { after: { key: from[0], id: from[1] } }),
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  const people = await authorsOf(
    world.store,
    actor.orgId,
    page.map(({ memberId }) => memberId),
  )
  return {
    tokens: page.map(({ id, name, scope, memberId, createdAt, expiresAt }) => ({
      ...{ id, name, scope, member: { id: memberId, ...people(memberId) } },
      createdAt: timeOf(createdAt),
      expiresAt: timeOf(expiresAt),
    })),
    nextCursor: last ? writeCursor([last.createdAt, last.id]) : null,
  }
}

/** @throws GalleyError insufficient_scope | forbidden | not_found */
export async function revokeOrgToken(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  await changeAsOwner(world, actor, origin, async (tx, at) => {
    const token = await tx.accessToken(id)
    if (token?.orgId !== actor.orgId || token.revokedAt !== null) {
      throw new GalleyError('not_found', 'There is no such access token.')
    }
    return revoke(tx, token, at)
  })
}
