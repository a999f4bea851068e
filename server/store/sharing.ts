import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { limits } from '../../shared/limits.ts'
import type { AccessRequest, Grant, Member, View } from '../core/records.ts'
import type { NewView, Reach } from '../core/store-ports.ts'
import { keyOf, raised, toArtifact, toMember } from './rows.ts'
import type { Schema } from './schema.ts'
import { contains, namesGroup } from './search.ts'

/** Who is let in to what, who asks to be, and who has looked. */

type Db = Kysely<Schema>

/**
 * The time that an answer takes must not tell whether there is such an artifact. So where there is none another of the
 * org is read, its neighbour in the index, and put aside; and which grants are looked for depends on the member alone.
 */
export async function reachOf(db: Db, orgId: string, id: string, memberId: string): Promise<Reach | undefined> {
  const living = db.selectFrom('artifacts').where('orgId', '=', orgId).where('deletedAt', 'is', null)
  const first = living.select('id').orderBy('id').limit(1)
  const row = await living
    .selectAll()
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('settings as s')
          .select('s.orgId')
          .where('s.orgId', '=', orgId)
          .where('s.publishing', '=', 0)
          .where('s.readableWhenOff', '=', 0),
      ).as('closed'),
    )
    .where(({ eb, fn }) => eb('id', '=', fn.coalesce(first.where('id', '>=', id), first)))
    .executeTakeFirst()
  const granted = await grantedTo(db, orgId, [id], memberId)
  if (!row) return undefined
  const { closed, ...found } = row
  const reach = { artifact: toArtifact(found), granted: granted.map(({ role }) => role), closed: Boolean(closed) }
  return reach.artifact.id === id ? reach : undefined
}

/** Grants that reach this member, themselves or through a group. */
export async function grantedTo(
  db: Db,
  orgId: string,
  artifactIds: readonly string[],
  memberId: string,
): Promise<{ artifactId: string; role: Grant['role'] }[]> {
  if (artifactIds.length === 0) return []
  const to = (kind: Grant['kind']) =>
    db
      .selectFrom('grants')
      .select(['artifactId', 'role'])
      .where('orgId', '=', orgId)
      .where('artifactId', 'in', artifactIds)
      .where('kind', '=', kind)
  const groups = db
    .selectFrom('memberGroups')
    .select('name')
    .where('orgId', '=', orgId)
    .where('memberId', '=', memberId)
  const named = to('member').where('subject', '=', memberId)
  return named.unionAll(to('group').where('subject', 'in', groups)).execute()
}

export const grantsOf = (db: Db, orgId: string, artifactId: string): Promise<Grant[]> =>
  db
    .selectFrom('grants')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('artifactId', '=', artifactId)
    .orderBy('createdAt')
    .orderBy('kind')
    .orderBy('subject')
    .execute()

export async function setGrants(db: Db, orgId: string, artifactId: string, grants: readonly Grant[]): Promise<void> {
  await db.deleteFrom('grants').where('orgId', '=', orgId).where('artifactId', '=', artifactId).execute()
  if (grants.length > 0) await db.insertInto('grants').values(grants).execute()
}

/** Where the member was let in by name already, that stands, and the stronger of the two roles. */
export async function bindGrants(db: Db, orgId: string, email: string, memberId: string): Promise<string[]> {
  const key = keyOf(email)
  const waiting = await db
    .selectFrom('grants')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('kind', '=', 'email')
    .where('subject', '=', key)
    .execute()
  for (const grant of waiting) {
    await db
      .insertInto('grants')
      .values({ ...grant, kind: 'member', subject: memberId })
      .onConflict(conflict =>
        conflict
          .columns(['orgId', 'artifactId', 'kind', 'subject'])
          .doUpdateSet({ role: sql`case when grants.role = 'editor' then 'editor' else excluded.role end` }),
      )
      .execute()
  }
  await db
    .deleteFrom('grants')
    .where('orgId', '=', orgId)
    .where('kind', '=', 'email')
    .where('subject', '=', key)
    .execute()
  return waiting.map(grant => grant.artifactId)
}

export const accessRequestsOf = (db: Db, orgId: string, artifactId: string) =>
  db.selectFrom('accessRequests').selectAll().where('orgId', '=', orgId).where('artifactId', '=', artifactId)

/** Of members who were removed meanwhile none waits. */
export async function waitingRequestsOf(
  db: Db,
  orgId: string,
  artifactIds: readonly string[],
): Promise<Map<string, number>> {
  if (artifactIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('accessRequests as r')
    .innerJoin('members as m', join => join.onRef('m.orgId', '=', 'r.orgId').onRef('m.id', '=', 'r.memberId'))
    .select(['r.artifactId', ({ fn }) => fn.countAll().as('waiting')])
    .where('r.orgId', '=', orgId)
    .where('r.artifactId', 'in', artifactIds)
    .where('r.decision', 'is', null)
    .where('m.removedAt', 'is', null)
    .groupBy('r.artifactId')
    .execute()
  return new Map(rows.map(({ artifactId, waiting }) => [artifactId, Number(waiting)]))
}

/** Of members who were removed meanwhile none counts. */
export async function grantCountsOf(
  db: Db,
  orgId: string,
  artifactIds: readonly string[],
): Promise<Map<string, { people: number; groups: number }>> {
  const counts = new Map<string, { people: number; groups: number }>()
  if (artifactIds.length === 0) return counts
  const rows = await db
    .selectFrom('grants as g')
    .leftJoin('members as m', join => join.onRef('m.orgId', '=', 'g.orgId').onRef('m.id', '=', 'g.subject'))
    .select(['g.artifactId', 'g.kind', ({ fn }) => fn.countAll().as('count')])
    .where('g.orgId', '=', orgId)
    .where('g.artifactId', 'in', artifactIds)
    .where('m.removedAt', 'is', null)
    .groupBy(['g.artifactId', 'g.kind'])
    .execute()
  for (const { artifactId, kind, count } of rows) {
    const { people, groups } = counts.get(artifactId) ?? { people: 0, groups: 0 }
    const more = Number(count)
    counts.set(artifactId, kind === 'group' ? { people, groups: groups + more } : { people: people + more, groups })
  }
  return counts
}

export async function putAccessRequest(db: Db, request: AccessRequest): Promise<void> {
  const { createdAt, decision } = request
  await db
    .insertInto('accessRequests')
    .values(request)
    .onConflict(conflict => conflict.columns(['orgId', 'artifactId', 'memberId']).doUpdateSet({ createdAt, decision }))
    .execute()
}

export function viewsOf(
  db: Db,
  orgId: string,
  artifactId: string,
  { limit, before }: { limit: number; before?: { lastAt: number; memberId: string; number: number } },
): Promise<View[]> {
  return db
    .selectFrom('views')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('artifactId', '=', artifactId)
    .$if(before !== undefined, query =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('lastAt', 'memberId', 'number'),
          '<',
          tuple(before?.lastAt ?? 0, before?.memberId ?? '', before?.number ?? 0),
        ),
      ),
    )
    .orderBy('lastAt', 'desc')
    .orderBy('memberId', 'desc')
    .orderBy('number', 'desc')
    .limit(limit)
    .execute()
}

export async function addViews(db: Db, views: readonly NewView[]): Promise<Omit<NewView, 'orgId' | 'at'>[]> {
  if (views.length === 0) return []
  return db
    .insertInto('views')
    .values(
      views.map(({ orgId, artifactId, number, memberId, at }) => ({
        ...{ orgId, artifactId, number, memberId },
        firstAt: at,
        lastAt: at,
        times: 1,
      })),
    )
    .onConflict(conflict =>
      conflict
        .columns(['orgId', 'artifactId', 'number', 'memberId'])
        .doUpdateSet({ lastAt: ({ ref }) => ref('excluded.lastAt'), times: sql`views.times + 1` })
        .whereRef('views.lastAt', '<=', sql`excluded.last_at - ${sql.lit(limits.lookCounted)}`),
    )
    .returning(['artifactId', 'number', 'memberId'])
    .execute()
}

export async function addRefusal(
  db: Db,
  { orgId, memberId, artifactId }: Omit<Schema['refusals'], 'at'>,
  at: number,
): Promise<boolean> {
  const counted = await db
    .insertInto('refusals')
    .values({ orgId, memberId, artifactId, at })
    .onConflict(conflict =>
      conflict
        .columns(['orgId', 'memberId', 'artifactId'])
        .doUpdateSet({ at })
        .where('refusals.at', '<=', at - limits.lookCounted),
    )
    .returning('at')
    .executeTakeFirst()
  return counted !== undefined
}

export async function peopleOf(db: Db, orgId: string, q: string, limit: number): Promise<Member[]> {
  const rows = await db
    .selectFrom('members')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('removedAt', 'is', null)
    .where(({ or }) => or([contains('nameKey', q), contains('emailKey', q)]))
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toMember)
}

export async function membersByEmail(db: Db, orgId: string, emails: readonly string[]): Promise<Member[]> {
  if (emails.length === 0) return []
  const rows = await db
    .selectFrom('members')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('removedAt', 'is', null)
    .where('emailKey', 'in', emails.map(keyOf))
    .execute()
  return rows.map(toMember)
}

/** Those that have members, and those that this member has shared something with: what others type is theirs. */
export async function groupsFor(db: Db, orgId: string, memberId: string, q: string, limit: number): Promise<string[]> {
  const members = db.selectFrom('memberGroups').select('name').where('orgId', '=', orgId).where(namesGroup('name', q))
  const shared = db
    .selectFrom('grants')
    .innerJoin('artifacts as a', join => join.onRef('a.orgId', '=', 'grants.orgId').onRef('a.id', '=', 'artifactId'))
    .select('subject as name')
    .where('grants.orgId', '=', orgId)
    .where('kind', '=', 'group')
    .where('a.ownerId', '=', memberId)
    .where(namesGroup('subject', q))
  const rows = await members.union(shared).orderBy('name').limit(limit).execute()
  return rows.map(row => row.name)
}

export async function membersById(db: Db, orgId: string, ids: readonly string[]): Promise<Member[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('members')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('removedAt', 'is', null)
    .where('id', 'in', ids)
    .execute()
  return rows.map(toMember)
}

export async function setGroups(db: Db, orgId: string, memberId: string, groups: readonly string[]): Promise<void> {
  await db.deleteFrom('memberGroups').where('orgId', '=', orgId).where('memberId', '=', memberId).execute()
  await db.updateTable('members').set({ rev: raised }).where('orgId', '=', orgId).where('id', '=', memberId).execute()
  const names = [...new Set(groups)]
  if (names.length > 0) {
    await db
      .insertInto('memberGroups')
      .values(names.map(name => ({ orgId, memberId, name })))
      .execute()
  }
}
