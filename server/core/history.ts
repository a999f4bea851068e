import { z } from 'zod'
import type { Role, VersionDiff, ViewList } from '../../shared/api.ts'
import { notFound } from '../../shared/errors.ts'
import { permit } from './access.ts'
import { authorsOf } from './authors.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Actor } from './ports.ts'
import type { World } from './world.ts'

/** What changed from version to version, and who has looked: for publishers. */

/** @throws GalleyError not_found | forbidden | insufficient_scope | overloaded | page_too_complex */
export async function diff(
  world: World,
  actor: Actor,
  id: string,
  from: number,
  to: number,
): Promise<{ role: Role; diff: VersionDiff }> {
  const { role } = permit(actor, 'history', await world.store.reach(actor.orgId, id, actor.memberId))
  const source = async (number: number) => {
    const version = await world.store.version(actor.orgId, id, number)
    const content = version && (await world.deltas.content(actor.orgId, id, version.sourceContent))
    if (!content) throw notFound()
    return content
  }
  const [before, after] = await Promise.all([source(from), source(to)])
  const diff = await world.press.diff(before, after, [`version ${from}`, `version ${to}`])
  return { role, diff: { from, to, ...diff } }
}

const viewCursor = z.tuple([z.int(), z.string(), z.int()])

/**
 * Last look first; none where the owners of the organisation have switched it off, and all of before once it is on.
 * @throws GalleyError not_found | forbidden | insufficient_scope | invalid_request (cursor)
 */
export async function views(
  world: World,
  actor: Actor,
  id: string,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ViewList> {
  permit(actor, 'history', await world.store.reach(actor.orgId, id, actor.memberId))
  if (!(await world.store.settings(actor.orgId)).viewTracking) return { views: [], nextCursor: null, tracked: false }
  const [lastAt = 0, memberId = '', number = 0] = cursor === undefined ? [] : readCursor(viewCursor, cursor)
  const before = cursor === undefined ? undefined : { lastAt, memberId, number }
  const found = await world.store.views(actor.orgId, id, { limit: limit + 1, ...(before && { before }) })
  const rows = found.slice(0, limit)
  const people = await authorsOf(
    world.store,
    actor.orgId,
    rows.map(row => row.memberId),
  )
  const last = rows.at(-1)
  return {
    views: rows.map(row => ({
      ...people(row.memberId),
      number: row.number,
      firstAt: new Date(row.firstAt).toISOString(),
      lastAt: new Date(row.lastAt).toISOString(),
      times: row.times,
    })),
    nextCursor: found.length > limit && last ? writeCursor([last.lastAt, last.memberId, last.number]) : null,
    tracked: true,
  }
}
