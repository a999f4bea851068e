import { type Kysely, type SqlBool, sql } from 'kysely'
import type { AuditQuery, ComplianceListing } from '../core/organisation-ports.ts'
import type { Artifact, AuditEntry } from '../core/records.ts'
import { toArtifact, toAuditEntry } from './rows.ts'
import type { Schema } from './schema.ts'

/** What those ask who answer for an org's data: the audit log, and everything that it keeps. */

type Db = Kysely<Schema>

/**
 * A range of one index, which has its rows in the order that is asked for: that of one artifact, member or type in one
 * org, or of the org. Whatever else is asked, each row of the range is held against.
 */
interface Lane {
  orgId: string
  of?: readonly ['artifactId' | 'actorId' | 'type', string]
}

/** SQLite puts no more of them together in one statement, … */
const lanesAtOnce = 500
/** … and binds 32,766 values in it (PostgreSQL 65,535): beside what they are narrowed by, a lane has fewer than this. */
const boundAtOnce = 30_000
const boundOfLane = 10

/** An actor who was looked for and is nobody, a type that there is none of: no row, rather than all. */
export async function auditRows(db: Db, query: AuditQuery): Promise<AuditEntry[]> {
  const lanes = lanesOf(query)
  const { types = [], exceptTypes = [], actorIds = [] } = query
  const bound = boundOfLane + types.length + exceptTypes.length + actorIds.length
  const atOnce = Math.min(lanesAtOnce, Math.floor(boundAtOnce / bound))
  const found: AuditEntry[] = []
  for (let from = 0; from < lanes.length; from += atOnce) {
    found.push(...(await rowsOf(db, lanes.slice(from, from + atOnce), query)))
  }
  if (lanes.length <= atOnce) return found
  return found.sort((a, b) => (isBefore(a, b) === (query.order === 'asc') ? -1 : 1)).slice(0, query.limit)
}

/**
 * By what there is least of: some artifact has fewer rows than some member, and they have fewer than some type. What is
 * named twice is one lane.
 */
function lanesOf({ orgIds, artifactId, actorIds, types }: AuditQuery): Lane[] {
  if (actorIds?.length === 0 || types?.length === 0) return []
  const lanes = (of: 'artifactId' | 'actorId' | 'type', values: readonly string[] | undefined) =>
    values && [...new Set(values)].map(value => [of, value] as const)
  const by =
    lanes('artifactId', artifactId === undefined ? undefined : [artifactId]) ??
    lanes('actorId', actorIds) ??
    lanes('type', types)
  const orgs = [...new Set(orgIds)]
  if (by === undefined || by.length * orgs.length > lanesAtOnce) return orgs.map(orgId => ({ orgId }))
  return orgs.flatMap(orgId => by.map(of => ({ orgId, of })))
}

async function rowsOf(db: Db, lanes: readonly Lane[], query: AuditQuery): Promise<AuditEntry[]> {
  const { order, limit } = query
  const [first, ...others] = lanes.map(lane => db.selectFrom(rowsIn(db, lane, query).as('lane')).selectAll())
  if (!first) return []
  const all = others.reduce((some, other) => some.unionAll(other), first)
  const rows = await db
    .selectFrom(all.as('rows'))
    .selectAll()
    .orderBy('at', order)
    .orderBy('id', order)
    .limit(limit)
    .execute()
  return rows.map(toAuditEntry)
}

function rowsIn(db: Db, { orgId, of }: Lane, query: AuditQuery) {
  const { types, exceptTypes = [], actorIds, order, limit, after } = query
  const { low, high } = boundsOf(query)
  const [column, value] = of ?? []
  return (
    db
      .selectFrom('audit')
      .selectAll()
      .where('orgId', '=', orgId)
      .$if(column !== undefined, q => q.where(column ?? 'type', '=', value ?? ''))
      // One condition, and not two: by two SQLite takes it for so narrow that it goes by the time alone.
      .where(sql<SqlBool>`(at, id) between (${low.at}, ${low.id}) and (${high.at}, ${high.id})`)
      .$if(after !== undefined, q => q.where('id', '<>', after?.id ?? ''))
      .$if(types !== undefined && column !== 'type', q => q.where(held('type'), 'in', types ?? []))
      .$if(exceptTypes.length > 0, q => q.where(held('type'), 'not in', exceptTypes))
      .$if(actorIds !== undefined && column !== 'actorId', q => q.where(held('actorId'), 'in', actorIds ?? []))
      .orderBy('at', order)
      .orderBy('id', order)
      .limit(limit)
  )
}

/** As an expression no index has it, so that the lane's own is the only one to go by. */
const held = (column: 'type' | 'actorId') => sql<string>`coalesce(${sql.ref(column)}, '')`

interface Bound {
  at: number
  id: string
}

/** Both are in it. Ids are of ASCII's letters and digits: none is before the empty one, or after a tilde. */
function boundsOf({
  from = 0,
  until = Number.MAX_SAFE_INTEGER,
  order,
  after,
}: AuditQuery): Record<'low' | 'high', Bound> {
  const low = { at: from, id: '' }
  const high = { at: until - 1, id: '~' }
  if (!after) return { low, high }
  const place = { at: Number(after.key), id: after.id }
  if (order === 'asc') return { low: isBefore(low, place) ? place : low, high }
  return { low, high: isBefore(place, high) ? place : high }
}

const isBefore = (a: Bound, b: Bound): boolean => a.at < b.at || (a.at === b.at && a.id < b.id)

export async function auditRowBy(db: Db, id: string): Promise<AuditEntry | undefined> {
  const row = await db.selectFrom('audit').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toAuditEntry(row)
}

export async function listingOf(db: Db, listing: ComplianceListing): Promise<Artifact[]> {
  const { orgIds, ownerIds, updated, limit, afterId } = listing
  if (orgIds.length === 0 || ownerIds?.length === 0) return []
  const { gt, gte, lt, lte } = updated
  const rows = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('orgId', 'in', orgIds)
    .where('deletedAt', 'is', null)
    .$if(ownerIds !== undefined, q => q.where('ownerId', 'in', ownerIds ?? []))
    .$if(gt !== undefined, q => q.where('updatedAt', '>', gt ?? 0))
    .$if(gte !== undefined, q => q.where('updatedAt', '>=', gte ?? 0))
    .$if(lt !== undefined, q => q.where('updatedAt', '<', lt ?? 0))
    .$if(lte !== undefined, q => q.where('updatedAt', '<=', lte ?? 0))
    .$if(afterId !== undefined, q => q.where('id', '>', afterId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toArtifact)
}

/** One query for all of them: a page of artifacts has hundreds of versions, of which few are listed. */
export async function newestVersions(
  db: Db,
  artifacts: readonly { orgId: string; artifactId: string }[],
  limit: number,
) {
  if (artifacts.length === 0) return []
  return db
    .selectFrom('versions as v')
    .innerJoin('artifacts as a', join => join.onRef('a.orgId', '=', 'v.orgId').onRef('a.id', '=', 'v.artifactId'))
    .select(['v.artifactId', 'v.id', 'v.number', 'v.createdAt', 'v.title'])
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('v.orgId', 'v.artifactId'),
        'in',
        artifacts.map(({ orgId, artifactId }) => tuple(orgId, artifactId)),
      ),
    )
    .where(sql<SqlBool>`v.number > a.latest - ${limit}`)
    .orderBy('v.artifactId')
    .orderBy('v.number', 'desc')
    .execute()
}

export async function versionBy(db: Db, orgIds: readonly string[], artifactId: string, versionId: string) {
  if (orgIds.length === 0) return undefined
  return db
    .selectFrom('versions as v')
    .innerJoin('artifacts as a', join =>
      join.onRef('a.orgId', '=', 'v.orgId').onRef('a.id', '=', 'v.artifactId').on('a.deletedAt', 'is', null),
    )
    .select(['v.orgId', 'v.number', 'v.sourceContent', 'v.type'])
    .where('v.orgId', 'in', orgIds)
    .where('v.artifactId', '=', artifactId)
    .where('v.id', '=', versionId)
    .executeTakeFirst()
}
