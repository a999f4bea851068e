import { z } from 'zod'
import type { ArtifactList, ListScope, VersionList } from '../../shared/api.ts'
import type { ListSort } from '../../shared/choice.ts'
import { closed, isClosed, isPublisher, permit, permitScope, roleOf } from './access.ts'
import { authorsOf } from './authors.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Actor } from './ports.ts'
import { timeOf, toArtifactView, toVersionView } from './read.ts'
import { endOfRetention } from './settings.ts'
import type { Listed, Place } from './store-ports.ts'
import type { World } from './world.ts'

export interface ListQuery {
  scope: ListScope
  /** Part of a title, in any case. */
  q: string
  sort: ListSort
  limit: number
  /** From the page before; opaque to the caller. */
  cursor: string | undefined
  /** From an earlier reading, which ended there: nothing beyond it is wanted. */
  until: string | undefined
}

const placeIn: Record<ListSort, z.ZodType<[number | string, string]>> = {
  updated: z.tuple([z.int(), z.string()]),
  title: z.tuple([z.string(), z.string()]),
}
const versionCursor = z.tuple([z.int().positive()])

/**
 * What the actor may see, newest first or by title. `updatedAt` is what the list goes by: in lists that others see as
 * well, the last update of what they see.
 * @throws GalleyError insufficient_scope | publishing_disabled | invalid_request (cursor, until)
 */
export async function artifacts(world: World, actor: Actor, query: ListQuery): Promise<ArtifactList> {
  permitScope(actor, 'look')
  const settings = await world.store.settings(actor.orgId)
  if (isClosed(settings)) throw closed()
  const { rows, nextCursor } = await matching(world, actor, query)
  const ids = rows.map(({ artifact }) => artifact.id)
  const own = rows.flatMap(({ artifact }) => (artifact.ownerId === actor.memberId ? [artifact] : []))
  const named = own.flatMap(({ id, audience }) => (audience === 'people' ? [id] : []))
  const heads = await world.store.heads(ids.map(artifactId => ({ orgId: actor.orgId, artifactId })))
  const headOf = new Map(heads.map(head => [head.artifactId, head]))
  const owners = rows.map(({ artifact }) => artifact.ownerId)
  const authors = await authorsOf(world.store, actor.orgId, owners)
  const waiting = await world.store.waitingRequests(
    actor.orgId,
    own.map(({ id }) => id),
  )
  const sharedWith = await world.store.grantCounts(actor.orgId, named)
  return {
    artifacts: rows.flatMap(({ at, ...row }) => {
      const { id, ownerId } = row.artifact
      const role = roleOf(actor, row)
      const head = headOf.get(id)
      if (!role || !head) return []
      const view = toArtifactView(world, role, row.artifact, { head, author: authors(ownerId), waiting })
      const counted = named.includes(id) && { sharedWith: sharedWith.get(id) ?? { people: 0, groups: 0 } }
      const end = role === 'owner' ? endOfRetention(settings, row.artifact, head.latest.createdAt) : null
      return [{ ...view, ...counted, ...(end !== null && { expiresAt: timeOf(end) }), updatedAt: timeOf(at) }]
    }),
    nextCursor,
  }
}

async function matching(
  world: World,
  actor: Actor,
  { scope, q, sort, limit, cursor, until }: ListQuery,
): Promise<{ rows: Listed[]; nextCursor: string | null }> {
  const found = await world.store.artifactsFor(actor.orgId, actor.memberId, {
    // A token that publishes has no business with what others have made.
    scope: actor.scope === 'publish' ? 'mine' : scope,
    q: q.trim(),
    sort,
    limit: limit + 1,
    ...(cursor !== undefined && { after: readPlace(sort, cursor) }),
    ...(until !== undefined && { until: readPlace(sort, until) }),
  })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  const isMore = found.length > limit && last !== undefined
  return { rows, nextCursor: isMore ? writeCursor([last.place.key, last.place.id]) : (until ?? null) }
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

function readPlace(sort: ListSort, cursor: string): Place {
  const [key, id] = readCursor(placeIn[sort], cursor)
  return { key, id }
}
