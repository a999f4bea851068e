import { z } from 'zod'
import type { ArtifactList, VersionList } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { isPublisher, permit, permitScope, roleOf } from './access.ts'
import { authorsOf } from './authors.ts'
import type { Actor } from './ports.ts'
import { toArtifactView, toVersionView } from './read.ts'
import type { Artifact } from './records.ts'
import type { World } from './world.ts'

export interface ListQuery {
  scope: 'mine' | 'shared' | 'all'
  /** Part of a title, in any case. */
  q: string
  limit: number
  /** From the page before; opaque to the caller. */
  cursor: string | undefined
}

const artifactCursor = z.tuple([z.int(), z.string()])
const versionCursor = z.tuple([z.int().positive()])

/**
 * Newest update first. Until pages can be shared, everything an actor may see is the actor's own.
 * @throws GalleyError insufficient_scope | invalid_request (cursor)
 */
export async function artifacts(world: World, actor: Actor, query: ListQuery): Promise<ArtifactList> {
  permitScope(actor, 'look')
  if (query.scope === 'shared') return { artifacts: [], nextCursor: null }
  const { rows, more } = await matching(world, actor, query)
  const heads = await world.store.heads(rows.map(row => ({ orgId: actor.orgId, artifactId: row.id })))
  const headOf = new Map(heads.map(head => [head.artifactId, head]))
  const authors = await authorsOf(
    world.store,
    actor.orgId,
    rows.map(row => row.ownerId),
  )
  const last = rows.at(-1)
  return {
    artifacts: rows.flatMap(row => {
      const role = roleOf(actor, row)
      const head = headOf.get(row.id)
      return role && head ? [toArtifactView(world, role, row, head, authors(row.ownerId))] : []
    }),
    nextCursor: more && last ? writeCursor([last.updatedAt, last.id]) : null,
  }
}

async function matching(
  world: World,
  actor: Actor,
  { q, limit, cursor }: ListQuery,
): Promise<{ rows: Artifact[]; more: boolean }> {
  const wanted = q.trim().toLowerCase()
  const rows: Artifact[] = []
  let before = cursor === undefined ? undefined : readBefore(cursor)
  for (;;) {
    const some = await world.store.artifactsOf(actor.orgId, actor.memberId, {
      limit: limits.pageSizeMax,
      ...(before && { before }),
    })
    rows.push(...some.filter(row => row.title.toLowerCase().includes(wanted)))
    if (rows.length > limit) return { rows: rows.slice(0, limit), more: true }
    const last = some.at(-1)
    if (!last || some.length < limits.pageSizeMax) return { rows, more: false }
    before = { updatedAt: last.updatedAt, id: last.id }
  }
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
  const { artifact, role } = permit(actor, 'read', await world.store.artifact(actor.orgId, id))
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

function readBefore(cursor: string): { updatedAt: number; id: string } {
  const [updatedAt, id] = readCursor(artifactCursor, cursor)
  return { updatedAt, id }
}

const writeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

function readCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw new GalleyError('invalid_request', 'This cursor is not one that was given out. Start again without it.')
  }
}
