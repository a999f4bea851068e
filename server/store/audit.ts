import { type Kysely, type SqlBool, sql } from 'kysely'
import type { AuditQuery, ComplianceListing } from '../core/organisation-ports.ts'
import type { Artifact, AuditEntry, AuditType } from '../core/records.ts'
import { toArtifact, toAuditEntry } from './rows.ts'
import type { Schema } from './schema.ts'

/** What those ask who answer for an org's data: the audit log, and everything that it keeps. */

type Db = Kysely<Schema>

/** An actor who was looked for and is nobody, a type that there is none of: no row, rather than all. */
export async function auditRows(db: Db, query: AuditQuery): Promise<AuditEntry[]> {
  const { orgIds, types, exceptTypes, actorIds, artifactId, from, until, order, limit, after } = query
  if (orgIds.length === 0 || types?.length === 0 || actorIds?.length === 0) return []
  const beyond = sql.raw(order === 'asc' ? '>' : '<')
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('orgId', 'in', orgIds)
    .$if(types !== undefined, q => q.where('type', 'in', (types ?? []) as AuditType[]))
    .$if(exceptTypes !== undefined && exceptTypes.length > 0, q =>
      q.where('type', 'not in', (exceptTypes ?? []) as AuditType[]),
    )
    .$if(actorIds !== undefined, q => q.where('actorId', 'in', actorIds ?? []))
    .$if(artifactId !== undefined, q => q.where('artifactId', '=', artifactId ?? ''))
    .$if(from !== undefined, q => q.where('at', '>=', from ?? 0))
    .$if(until !== undefined, q => q.where('at', '<', until ?? 0))
    .$if(after !== undefined, q => q.where(sql<SqlBool>`(at, id) ${beyond} (${after?.key}, ${after?.id})`))
    .orderBy('at', order)
    .orderBy('id', order)
    .limit(limit)
    .execute()
  return rows.map(toAuditEntry)
}

export async function auditRowBy(db: Db, id: string): Promise<AuditEntry | undefined> {
  const row = await db.selectFrom('audit').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toAuditEntry(row)
}

export async function listingOf(db: Db, listing: ComplianceListing): Promise<Artifact[]> {
  const { orgIds, ownerIds, ids, updated, limit, afterId } = listing
  if (orgIds.length === 0 || ownerIds?.length === 0) return []
  const { gt, gte, lt, lte } = updated
  const rows = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('orgId', 'in', orgIds)
    .where('deletedAt', 'is', null)
    .$if(ownerIds !== undefined, q => q.where('ownerId', 'in', ownerIds ?? []))
    .$if(ids !== undefined, q => q.where('id', 'in', ids ?? []))
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
