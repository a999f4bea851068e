import { type Kysely, type SqlBool, sql } from 'kysely'
import type { After } from '../core/organisation-ports.ts'
import type { Artifact, ComplianceKey, CustomRole, Member, OrgSettings } from '../core/records.ts'
import { toArtifact, toComplianceKey, toMember, toRole, toSettings } from './rows.ts'
import type { Schema } from './schema.ts'
import { contains } from './search.ts'

/** Settings, roles, members, keys, and what is deleted, of one org. */

type Db = Kysely<Schema>

export async function settingsOfAll(db: Db, orgIds: readonly string[]): Promise<OrgSettings[]> {
  if (orgIds.length === 0) return []
  return (await db.selectFrom('settings').selectAll().where('orgId', 'in', orgIds).execute()).map(toSettings)
}

export async function rolesOfOrg(db: Db, orgId: string): Promise<CustomRole[]> {
  const rows = await db.selectFrom('roles').selectAll().where('orgId', '=', orgId).orderBy('name').execute()
  const groups = await db.selectFrom('roleGroups').selectAll().where('orgId', '=', orgId).orderBy('name').execute()
  return rows.map(row =>
    toRole(
      row,
      groups.flatMap(({ roleId, name }) => (roleId === row.id ? name : [])),
    ),
  )
}

/** The one given, else those that the member's groups carry. */
export async function rolesOf(db: Db, orgId: string, memberId: string): Promise<CustomRole[]> {
  const member = await db
    .selectFrom('members')
    .select('roleId')
    .where('orgId', '=', orgId)
    .where('id', '=', memberId)
    .executeTakeFirst()
  const roles = db.selectFrom('roles').selectAll().where('orgId', '=', orgId)
  const ids = db
    .selectFrom('roleGroups as r')
    .innerJoin('memberGroups as m', join => join.onRef('m.orgId', '=', 'r.orgId').onRef('m.name', '=', 'r.name'))
    .select('r.roleId')
    .where('r.orgId', '=', orgId)
    .where('m.memberId', '=', memberId)
  const given = member?.roleId
  const rows = await (given ? roles.where('id', '=', given) : roles.where('id', 'in', ids)).orderBy('name').execute()
  // What carries them is not asked for here.
  return rows.map(row => toRole(row, []))
}

export async function putRole(db: Db, { groups, ...role }: CustomRole): Promise<void> {
  const { orgId, id } = role
  const row = { ...role, publish: role.publish ? (1 as const) : (0 as const) }
  await db
    .insertInto('roles')
    .values(row)
    .onConflict(conflict => conflict.columns(['orgId', 'id']).doUpdateSet({ name: row.name, publish: row.publish }))
    .execute()
  await deleteGroupsOfRole(db, orgId, id)
  if (groups.length > 0) {
    await db
      .insertInto('roleGroups')
      .values(groups.map(name => ({ orgId, roleId: id, name })))
      .execute()
  }
}

export async function deleteRole(db: Db, orgId: string, id: string): Promise<void> {
  await db.updateTable('members').set({ roleId: null }).where('orgId', '=', orgId).where('roleId', '=', id).execute()
  await deleteGroupsOfRole(db, orgId, id)
  await db.deleteFrom('roles').where('orgId', '=', orgId).where('id', '=', id).execute()
}

const deleteGroupsOfRole = (db: Db, orgId: string, roleId: string) =>
  db.deleteFrom('roleGroups').where('orgId', '=', orgId).where('roleId', '=', roleId).execute()

export async function membersPage(
  db: Db,
  orgId: string,
  { q, limit, after }: { q: string; limit: number; after?: After },
): Promise<Member[]> {
  const rows = await db
    .selectFrom('members')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('removedAt', 'is', null)
    .$if(q !== '', query => query.where(({ or }) => or([contains('nameKey', q), contains('emailKey', q)])))
    .$if(after !== undefined, query => query.where(sql<SqlBool>`(name, id) > (${after?.key}, ${after?.id})`))
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toMember)
}

export async function deletedOf(
  db: Db,
  orgId: string,
  { limit, after }: { limit: number; after?: After },
): Promise<Artifact[]> {
  const rows = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('deletedAt', 'is not', null)
    .$if(after !== undefined, query => query.where(sql<SqlBool>`(deleted_at, id) < (${after?.key}, ${after?.id})`))
    .orderBy('deletedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toArtifact)
}

const living = (db: Db, orgId: string) =>
  db.selectFrom('artifacts').where('orgId', '=', orgId).where('deletedAt', 'is', null)

export async function countsOf(db: Db, orgId: string): Promise<{ artifacts: number; views: number }> {
  const count = sql<number | string>`count(*)`.as('count')
  const [artifacts, views] = await Promise.all([
    living(db, orgId).select(count).executeTakeFirstOrThrow(),
    db.selectFrom('views').select(count).where('orgId', '=', orgId).executeTakeFirstOrThrow(),
  ])
  return { artifacts: Number(artifacts.count), views: Number(views.count) }
}

export function tokensOfOrg(db: Db, orgId: string, now: number, { limit, after }: { limit: number; after?: After }) {
  return (
    db
      .selectFrom('accessTokens as t')
      // Those of who was removed are void.
      .innerJoin('members as m', join => join.onRef('m.orgId', '=', 't.orgId').onRef('m.id', '=', 't.memberId'))
      .select(['t.id', 't.name', 't.scope', 't.memberId', 't.createdAt', 't.expiresAt'])
      .where('t.orgId', '=', orgId)
      .where('m.removedAt', 'is', null)
      .where('t.revokedAt', 'is', null)
      .where('t.expiresAt', '>', now)
      .$if(after !== undefined, query =>
        query.where(sql<SqlBool>`(t.created_at, t.id) < (${after?.key}, ${after?.id})`),
      )
      .orderBy('t.createdAt', 'desc')
      .orderBy('t.id', 'desc')
      .limit(limit)
      .execute()
  )
}

/** Those that reach this org. */
export async function complianceKeysOf(db: Db, orgId: string): Promise<ComplianceKey[]> {
  const rows = await db
    .selectFrom('complianceKeys')
    .selectAll()
    .where('revokedAt', 'is', null)
    .where('id', 'in', query => query.selectFrom('complianceKeyOrgs').select('keyId').where('orgId', '=', orgId))
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return Promise.all(rows.map(row => withOrgs(db, row)))
}

export async function complianceKeyBy(
  db: Db,
  column: 'id' | 'secretSha256',
  value: string,
): Promise<ComplianceKey | undefined> {
  const row = await db.selectFrom('complianceKeys').selectAll().where(column, '=', value).executeTakeFirst()
  return row && withOrgs(db, row)
}

async function withOrgs(db: Db, row: Schema['complianceKeys']): Promise<ComplianceKey> {
  const orgs = await db
    .selectFrom('complianceKeyOrgs')
    .select('orgId')
    .where('keyId', '=', row.id)
    .orderBy('orgId')
    .execute()
  return toComplianceKey(
    row,
    orgs.map(({ orgId }) => orgId),
  )
}

export async function addComplianceKey(db: Db, { orgIds, scopes, ...key }: ComplianceKey): Promise<void> {
  await db
    .insertInto('complianceKeys')
    .values({ ...key, scopes: scopes.join(' ') })
    .execute()
  await db
    .insertInto('complianceKeyOrgs')
    .values(orgIds.map(orgId => ({ keyId: key.id, orgId })))
    .execute()
}
