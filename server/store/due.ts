import { type Kysely, sql } from 'kysely'
import { type Audience, audiences } from '../../shared/api.ts'
import type { DueBefore, Expiring } from '../core/organisation-ports.ts'
import type { Artifact } from '../core/records.ts'
import { toArtifact } from './rows.ts'
import type { Schema } from './schema.ts'

/** Artifacts of one org whose retention is over: counted for who asks beforehand, and named for who deletes them. */

type Db = Kysely<Schema>

/**
 * From when it is counted. A node of the release before, in a rolling upgrade, publishes without a word of it; nothing is to
 * go too early for that.
 */
const since = sql<number>`case when versions.created_at > artifacts.kept_from
  then versions.created_at else artifacts.kept_from end`

/** One audience at a time: so the index gives those that are due, and no row has to be looked at that is not. */
const dueOf = (db: Db, orgId: string, audience: Audience, before: number) =>
  db
    .selectFrom('artifacts')
    .leftJoin('versions', join =>
      join
        .onRef('versions.orgId', '=', 'artifacts.orgId')
        .onRef('versions.artifactId', '=', 'artifacts.id')
        .onRef('versions.number', '=', 'artifacts.latest'),
    )
    .where('artifacts.orgId', '=', orgId)
    .where('artifacts.deletedAt', 'is', null)
    .where('artifacts.audience', '=', audience)
    .where('artifacts.keptFrom', '<=', before)
    .where(since, '<=', before)

const timeFor = (audience: Audience, before: DueBefore): number | null =>
  audience === 'private' ? before.private : before.shared

export async function due(db: Db, orgId: string, before: DueBefore, limit: number): Promise<Artifact[]> {
  const found: Artifact[] = []
  for (const audience of audiences) {
    const time = timeFor(audience, before)
    if (time === null || found.length === limit) continue
    const rows = await dueOf(db, orgId, audience, time)
      .selectAll('artifacts')
      .select(since.as('since'))
      .orderBy('artifacts.keptFrom')
      .limit(limit - found.length)
      .execute()
    found.push(...rows.map(({ since, ...row }) => ({ ...toArtifact(row), keptFrom: Number(since) })))
  }
  return found
}

export async function expiring(db: Db, orgId: string, before: DueBefore): Promise<Expiring> {
  const counts: Expiring = { private: 0, shared: 0 }
  for (const audience of audiences) {
    const time = timeFor(audience, before)
    if (time === null) continue
    const { count } = await dueOf(db, orgId, audience, time)
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .executeTakeFirstOrThrow()
    counts[audience === 'private' ? 'private' : 'shared'] += Number(count)
  }
  return counts
}
