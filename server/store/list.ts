import { type Kysely, type SqlBool, sql } from 'kysely'
import type { ListScope } from '../../shared/api.ts'
import type { Listed, ListOf, Place } from '../core/store-ports.ts'
import { toArtifact } from './rows.ts'
import type { Schema } from './schema.ts'
import { contains } from './search.ts'
import { grantedTo } from './sharing.ts'

/** A member's list, as Reads.artifactsFor says. */
export async function artifactsFor(
  db: Kysely<Schema>,
  orgId: string,
  memberId: string,
  list: ListOf,
): Promise<Listed[]> {
  const [first, ...others] = parts(orgId, memberId)[list.scope].map(part => partOf(db, orgId, part, list))
  const rows = await others
    .reduce((all, next) => all.unionAll(next), first as NonNullable<typeof first>)
    .orderBy('key', directionOf(list))
    .orderBy('id', directionOf(list))
    .limit(list.limit)
    .execute()
  const ids = rows.map(row => row.id)
  const granted = await grantedTo(db, orgId, ids, memberId)
  return rows.map(({ at, key, ...row }) => ({
    artifact: toArtifact(row),
    granted: granted.filter(grant => grant.artifactId === row.id).map(({ role }) => role),
    at,
    place: { key, id: row.id },
  }))
}

const directionOf = ({ sort }: ListOf) => (sort === 'title' ? 'asc' : 'desc')

/** Artifacts that one index has in the order of the list, or that are few. No artifact is in two parts of a scope. */
interface Part {
  at: 'updatedAt' | 'sharedAt'
  are: ReturnType<typeof sql<SqlBool>>
}

function parts(orgId: string, memberId: string): Record<ListScope, Part[]> {
  const others = sql<SqlBool>`owner_id <> ${memberId}`
  const named = sql<SqlBool>`${others} and id in (
    select artifact_id from grants where org_id = ${orgId} and kind = 'member' and subject = ${memberId}
    union
    select g.artifact_id from member_groups m
      join grants g on g.org_id = m.org_id and g.kind = 'group' and g.subject = m.name
      where m.org_id = ${orgId} and m.member_id = ${memberId})`
  const mine: Part = { at: 'updatedAt', are: sql`owner_id = ${memberId}` }
  const shared: Part = { at: 'sharedAt', are: sql`audience <> 'private' and ${named}` }
  const everyones: Part = { at: 'sharedAt', are: sql`audience = 'org'` }
  return {
    mine: [mine],
    shared: [shared],
    org: [everyones],
    all: [
      mine,
      { ...everyones, are: sql`${everyones.are} and ${others}` },
      { ...shared, are: sql`audience = 'people' and ${named}` },
    ],
  }
}

/** As much of a part as the list may need. */
function partOf(db: Kysely<Schema>, orgId: string, { at, are }: Part, list: ListOf) {
  const { q, sort, after, until, limit } = list
  const column = sort === 'title' ? 'titleKey' : at
  const comesAfter = ({ key, id }: Place) =>
    sql<SqlBool>`(${sql.ref(column)}, id) ${sql.raw(sort === 'title' ? '>' : '<')} (${key}, ${id})`
  const part = db
    .selectFrom('artifacts')
    .selectAll()
    .select(({ ref }) => [ref(at).as('at'), ref(column).as('key')])
    .where('orgId', '=', orgId)
    .where('deletedAt', 'is', null)
    .where(are)
    .$if(q !== '', query => query.where(contains('titleKey', q)))
    .$if(after !== undefined, query => query.where(comesAfter(after as Place)))
    .$if(until !== undefined, query => query.where(({ not }) => not(comesAfter(until as Place))))
    .orderBy('key', directionOf(list))
    .orderBy('id', directionOf(list))
    .limit(limit)
  // SQLite orders and limits no part of a union but what is a selection of its own.
  return db.selectFrom(part.as('part')).selectAll()
}
