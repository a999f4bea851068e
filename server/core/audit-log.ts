import { z } from 'zod'
import type { AuditFilter, AuditPage, AuditRow } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { permitOwner } from './administer.ts'
import { authorsOf } from './authors.ts'
import { change, peopleEntry, userActor } from './change.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { After, AuditQuery } from './organisation-ports.ts'
import type { Actor, Origin } from './ports.ts'
import { timeOf } from './read.ts'
import type { AuditEntry } from './records.ts'
import type { World } from './world.ts'

/** What was done in an organisation, for its owners: newest first. */

const place = z.tuple([z.int(), z.string()])

/** @throws GalleyError insufficient_scope | forbidden | invalid_request (cursor) */
export async function auditLog(
  world: World,
  actor: Actor,
  filter: AuditFilter,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<AuditPage> {
  await permitOwner(world.store, actor)
  const from = cursor === undefined ? undefined : readCursor(place, cursor)
  const query = await queryOf(world, actor.orgId, filter)
  const rows = await world.store.auditRows({
    ...query,
    limit: limit + 1,
    ...(from && { after: { key: from[0], id: from[1] } }),
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    rows: await toRows(world, actor.orgId, page),
    nextCursor: last ? writeCursor([last.at, last.id]) : null,
  }
}

/**
 * All that the filter lets through, limits.auditBatch rows at a time and no more of them in memory. That it was exported
 * is in the log as well, and so the last thing it may hold.
 * @throws GalleyError insufficient_scope | forbidden
 */
export async function exportAuditLog(
  world: World,
  actor: Actor,
  origin: Origin,
  filter: AuditFilter,
): Promise<AsyncGenerator<AuditRow[]>> {
  await permitOwner(world.store, actor)
  const query = await queryOf(world, actor.orgId, filter)
  await change(world, userActor(actor, origin), actor.orgId, async () => ({
    result: undefined,
    record: [peopleEntry('galley_audit_exported', actor.orgId, asDetails(filter))],
  }))
  return batches(world, actor.orgId, query)
}

async function* batches(world: World, orgId: string, query: Omit<AuditQuery, 'limit'>): AsyncGenerator<AuditRow[]> {
  let after: After | undefined
  for (;;) {
    const rows = await world.store.auditRows({ ...query, limit: limits.auditBatch, ...(after && { after }) })
    if (rows.length > 0) yield toRows(world, orgId, rows)
    const last = rows.at(-1)
    if (!last || rows.length < limits.auditBatch) return
    after = { key: last.at, id: last.id }
  }
}

async function queryOf(world: World, orgId: string, filter: AuditFilter): Promise<Omit<AuditQuery, 'limit'>> {
  const { type, actor, artifact, from, until } = filter
  return {
    orgIds: [orgId],
    order: 'desc',
    ...(type !== undefined && { types: [type] }),
    ...(actor !== undefined && { actorIds: await actorIdsOf(world, orgId, actor) }),
    ...(artifact !== undefined && { artifactId: artifact }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  }
}

const asDetails = (filter: AuditFilter): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** Of an address, everybody's who has it or had it until they were removed; of anything else, itself. */
async function actorIdsOf(world: World, orgId: string, actor: string): Promise<string[]> {
  const ids = actor.includes('@') ? await world.store.everMembersByEmail(orgId, actor) : []
  return ids.length > 0 ? ids : [actor]
}

async function toRows(world: World, orgId: string, entries: readonly AuditEntry[]): Promise<AuditRow[]> {
  const ids = new Set(entries.flatMap(({ actor }) => actor.memberId ?? []))
  const people = await authorsOf(world.store, orgId, [...ids])
  return entries.map(({ id, at, type, actor, artifactId, versionId, details }) => ({
    id,
    at: timeOf(at),
    type,
    actor: {
      type: actor.type,
      id: actor.memberId,
      email: (actor.memberId && people(actor.memberId).email) || null,
      ip: actor.ip,
      userAgent: actor.userAgent,
    },
    artifactId,
    versionId,
    details,
  }))
}
