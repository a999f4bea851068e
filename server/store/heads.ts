import { type Kysely, sql } from 'kysely'
import type { Head } from '../core/records.ts'
import type { Schema } from './schema.ts'

/** One query for all of these artifacts. What is missing in the answer is gone. */
export async function headsOf(
  db: Kysely<Schema>,
  wanted: readonly { orgId: string; artifactId: string }[],
): Promise<Head[]> {
  const pairs = sql.join(wanted.map(({ orgId, artifactId }) => sql`(${orgId}, ${artifactId})`))
  const rows = await db
    .with('wanted(orgId, artifactId)', () => sql<{ orgId: string; artifactId: string }>`(values ${pairs})`)
    .selectFrom('wanted')
    .innerJoin('artifacts as a', join =>
      join.onRef('a.orgId', '=', 'wanted.orgId').onRef('a.id', '=', 'wanted.artifactId').on('a.deletedAt', 'is', null),
    )
    .innerJoin('versions as l', join =>
      join.onRef('l.orgId', '=', 'a.orgId').onRef('l.artifactId', '=', 'a.id').onRef('l.number', '=', 'a.latest'),
    )
    .innerJoin('versions as s', join =>
      join
        .onRef('s.orgId', '=', 'a.orgId')
        .onRef('s.artifactId', '=', 'a.id')
        .on(({ eb, fn, ref }) => eb('s.number', '=', fn.coalesce(ref('a.pinned'), ref('a.latest')))),
    )
    .select(['a.orgId', 'a.id as artifactId', 'a.ownerId', 'a.audience', 'a.title', 'a.icon', 'a.description'])
    .select(['a.pinned', 'a.rev', 'a.viewerRev'])
    .select(['l.number as latestNumber', 'l.sha256 as latestSha256'])
    .select(['l.size as latestSize', 'l.createdAt as latestCreatedAt', 'l.note as latestNote'])
    .select(['s.number as sharedNumber', 's.sha256 as sharedSha256'])
    .select(['s.size as sharedSize', 's.createdAt as sharedCreatedAt', 's.note as sharedNote'])
    .execute()
  return rows.map(toHead)
}

/** An artifact with its latest and its shared version, as one joined row. */
interface HeadRow extends Omit<Head, 'latest' | 'shared'> {
  latestNumber: number
  latestSha256: string
  latestSize: number
  latestCreatedAt: number
  latestNote: string | null
  sharedNumber: number
  sharedSha256: string
  sharedSize: number
  sharedCreatedAt: number
  sharedNote: string | null
}

const toHead = (row: HeadRow): Head => ({
  orgId: row.orgId,
  artifactId: row.artifactId,
  ownerId: row.ownerId,
  audience: row.audience,
  title: row.title,
  icon: row.icon,
  description: row.description,
  pinned: row.pinned,
  rev: row.rev,
  viewerRev: row.viewerRev,
  latest: {
    number: row.latestNumber,
    sha256: row.latestSha256,
    size: row.latestSize,
    createdAt: row.latestCreatedAt,
    note: row.latestNote,
  },
  shared: {
    number: row.sharedNumber,
    sha256: row.sharedSha256,
    size: row.sharedSize,
    createdAt: row.sharedCreatedAt,
    note: row.sharedNote,
  },
})
