import { z } from 'zod'
import type { ArtifactList, ListScope, VersionList } from '../../shared/api.ts'
import { isPublisher, permit, permitScope, roleOf } from './access.ts'
import { authorsOf } from './authors.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Actor, Reach } from './ports.ts'
import { toArtifactView, toVersionView } from './read.ts'
import type { World } from './world.ts'

export interface ListQuery {
  scope: ListScope
  /** Part of a title, in any case. */
  q: string
  limit: number
  /** From the page before; opaque to the caller. */
  cursor: string | undefined
}

const artifactCursor = z.tuple([z.int(), z.string()])
const versionCursor = z.tuple([z.int().positive()])

/**
 * What the actor may see, newest first.
 * @throws GalleyError insufficient_scope | invalid_request (cursor)
 */
export async function artifacts(world: World, actor: Actor, query: ListQuery): Promise<ArtifactList> {
  permitScope(actor, 'look')
  const { rows, more } = await matching(world, actor, query)
  const heads = await world.store.heads(rows.map(({ artifact }) => ({ orgId: actor.orgId, artifactId: artifact.id })))
  const headOf = new Map(heads.map(head => [head.artifactId, head]))
  const authors = await authorsOf(
    world.store,
    actor.orgId,
    rows.map(({ artifact }) => artifact.ownerId),
  )
  const waiting = await world.store.waitingRequests(
    actor.orgId,
    rows.flatMap(({ artifact }) => (artifact.ownerId === actor.memberId ? [artifact.id] : [])),
  )
  const last = rows.at(-1)
  return {
    artifacts: rows.flatMap(row => {
      const role = roleOf(actor, row)
      const head = headOf.get(row.artifact.id)
      return role && head
        ? [toArtifactView(world, role, row.artifact, { head, author: authors(row.artifact.ownerId), waiting })]
        : []
    }),
    nextCursor: more && last ? writeCursor([last.at, last.artifact.id]) : null,
  }
}

type Listed = Reach & { at: number }

async function matching(
  world: World,
  actor: Actor,
  { scope, q, limit, cursor }: ListQuery,
): Promise<{ rows: Listed[]; more: boolean }> {
  const before = cursor === undefined ? undefined : readBefore(cursor)
  const found = await world.store.artifactsFor(actor.orgId, actor.memberId, {
    // A token that publishes has no business with what others have made.
    scope: actor.scope === 'publish' ? 'mine' : scope,
    q: q.trim(),
    limit: limit + 1,
    ...(before && { before }),
  })
  return { rows: found.slice(0, limit), more: found.length > limit }
}

/**
 * Newest first; for a viewer, the shared version alone.
 * @throws GalleyError not_found | insufficient_scope | invalid_request (cursor)
 */
export async function versions(
  world: World,
  actor: Actor,
  id: string,
  page: { limit: number; cursor: string | undefined },
): Promise<VersionList> {
  const { artifact, role } = permit(actor, 'read', await world.store.reach(actor.orgId, id, actor.memberId))
  const shared = artifact.pinned ?? artifact.latest
  const bounds = isPublisher(role)
    ? { limit: page.limit + 1, ...(page.cursor !== undefined && { before: readCursor(versionCursor, page.cursor)[0] }) }
    : { limit: 1, before: shared + 1 }
  const found = await world.store.versions(actor.orgId, id, bounds)
  const rows = found.slice(0, page.limit)
  const authors = await authorsOf(
    world.store,
    actor.orgId,
    rows.map(row => row.authorId),
  )
  const last = rows.at(-1)
  return {
    versions: rows.map(row => toVersionView(row, authors(row.authorId))),
    nextCursor: found.length > page.limit && last ? writeCursor([last.number]) : null,
  }
}

function readBefore(cursor: string): { at: number; id: string } {
  const [at, id] = readCursor(artifactCursor, cursor)
  return { at, id }
}
