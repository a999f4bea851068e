import { GalleyError } from '../../shared/errors.ts'
import { authorsOf } from './authors.ts'
import { type Complier, permitComplier, reachedBy } from './comply.ts'
import type { After, AuditQuery, TimeBounds } from './organisation-ports.ts'
import type { AuditEntry } from './records.ts'
import type { World } from './world.ts'

/** The audit log as the compliance API has it: of every organisation that a key reaches. */

export interface ActivitiesRequest extends Pick<AuditQuery, 'types' | 'exceptTypes' | 'actorIds' | 'order' | 'limit'> {
  /** All that the key reaches, unless it names some. */
  orgIds?: readonly string[] | undefined
  created: TimeBounds
  /** The page beyond this one, in that order, … */
  afterId?: string | undefined
  /** … or the one that ends before it. */
  beforeId?: string | undefined
}

export interface Activity {
  entry: AuditEntry
  /** Of the member who did it, as it is now; null where they are none, or no longer. */
  email: string | null
}

/**
 * @returns a page, and whether there is more in the direction that was asked for
 * @throws GalleyError insufficient_scope | invalid_request: a place that is none
 */
export async function activities(
  world: World,
  complier: Complier,
  { orgIds, created, afterId, beforeId, order, limit, ...narrowed }: ActivitiesRequest,
): Promise<{ activities: Activity[]; hasMore: boolean }> {
  permitComplier(complier, 'read:compliance_activities')
  if (afterId !== undefined && beforeId !== undefined) {
    throw new GalleyError('invalid_request', 'Give after_id or before_id, not both.')
  }
  const backwards = beforeId !== undefined
  const rows = await world.store.auditRows({
    ...narrowed,
    orgIds: reachedBy(complier, orgIds),
    order: backwards ? opposite[order] : order,
    limit: limit + 1,
    from: within(Math.max, created.gte, created.gt === undefined ? undefined : created.gt + 1),
    until: within(Math.min, created.lt, created.lte === undefined ? undefined : created.lte + 1),
    after: await placeOf(world, complier, afterId ?? beforeId),
  })
  const page = rows.slice(0, limit)
  return {
    activities: await describe(world, backwards ? page.toReversed() : page),
    hasMore: rows.length > limit,
  }
}

const opposite = { asc: 'desc', desc: 'asc' } as const

/** The narrower of two bounds. */
function within(narrower: (...bounds: number[]) => number, ...bounds: (number | undefined)[]): number | undefined {
  const given = bounds.filter(bound => bound !== undefined)
  return given.length === 0 ? undefined : narrower(...given)
}

async function placeOf(world: World, { key }: Complier, id: string | undefined): Promise<After | undefined> {
  if (id === undefined) return undefined
  const row = await world.store.auditRow(id)
  if (!row || !key.orgIds.includes(row.orgId)) {
    throw new GalleyError('invalid_request', 'There is no such activity to go on from.')
  }
  return { key: row.at, id: row.id }
}

async function describe(world: World, entries: readonly AuditEntry[]): Promise<Activity[]> {
  const emails = new Map<string, string>()
  for (const orgId of new Set(entries.map(entry => entry.orgId))) {
    const ids = new Set(entries.flatMap(({ orgId: of, actor }) => (of === orgId ? (actor.memberId ?? []) : [])))
    const people = await authorsOf(world.store, orgId, [...ids])
    for (const id of ids) emails.set(id, people(id).email)
  }
  return entries.map(entry => ({ entry, email: emails.get(entry.actor.memberId ?? '') || null }))
}
