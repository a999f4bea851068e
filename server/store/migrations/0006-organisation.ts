import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'
import { type Dialect, index } from './dialect.ts'

/** What owners of an org choose, and what answers for its data need. */
export async function organisation(db: Kysely<unknown>, { text, integer }: Dialect): Promise<void> {
  const flag = (name: string) => [name, integer, (c: ColumnDefinitionBuilder) => c.notNull()] as const
  await db.schema
    .createTable('settings')
    .addColumn('org_id', text, c => c.primaryKey().references('orgs.id'))
    .addColumn(...flag('publishing'))
    .addColumn(...flag('readable_when_off'))
    .addColumn(...flag('members_publish'))
    .addColumn('retention_private_days', integer)
    .addColumn('retention_shared_days', integer)
    .addColumn(...flag('presence'))
    .addColumn(...flag('view_tracking'))
    .addColumn('rev', integer, c => c.notNull())
    .execute()
  await db.schema
    .createTable('roles')
    .addColumn('org_id', text, c => c.notNull().references('orgs.id'))
    .addColumn('id', text, c => c.notNull())
    .addColumn('name', text, c => c.notNull())
    .addColumn(...flag('publish'))
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('roles_pk', ['org_id', 'id'])
    .execute()
  await db.schema
    .createTable('role_groups')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('role_id', text, c => c.notNull())
    .addColumn('name', text, c => c.notNull())
    .addPrimaryKeyConstraint('role_groups_pk', ['org_id', 'role_id', 'name'])
    .addForeignKeyConstraint('role_groups_of', ['org_id', 'role_id'], 'roles', ['org_id', 'id'])
    .execute()
  await db.schema.alterTable('members').addColumn('role_id', text).execute()
  await index(db, 'members', 'by_name', ['org_id', 'name', 'id'])
  await index(db, 'members', 'by_role', ['org_id', 'role_id'])
  await db.schema
    .createTable('compliance_keys')
    .addColumn('id', text, c => c.primaryKey())
    .addColumn('secret_sha256', text, c => c.notNull().unique())
    .addColumn('org_id', text, c => c.notNull().references('orgs.id'))
    .addColumn('name', text, c => c.notNull())
    .addColumn('scopes', text, c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute()
  await db.schema
    .createTable('compliance_key_orgs')
    .addColumn('key_id', text, c => c.notNull().references('compliance_keys.id'))
    .addColumn('org_id', text, c => c.notNull().references('orgs.id'))
    .addPrimaryKeyConstraint('compliance_key_orgs_pk', ['key_id', 'org_id'])
    .execute()
  await index(db, 'compliance_key_orgs', 'by_org', ['org_id'])
  await retention(db, text)
  await auditIndexes(db)
  await refusals(db, text)
  await index(db, 'access_tokens', 'by_org', ['org_id', 'created_at', 'id'])
  await index(db, 'views', 'by_org', ['org_id'])
}

/** Each ends in the order of the log; what comes after that is told from the index alone, when few of many are looked for. */
async function auditIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('audit_by_time').execute()
  await index(db, 'audit', 'by_place', ['org_id', 'at', 'id', 'type'])
  await index(db, 'audit', 'by_type', ['org_id', 'type', 'at', 'id'])
  await index(db, 'audit', 'by_who', ['org_id', 'actor_id', 'at', 'id', 'type'])
  await index(db, 'audit', 'by_artifact', ['org_id', 'artifact_id', 'at', 'id', 'type', 'actor_id'])
}

/** Of what is not there as well, so that nothing is referred to. */
async function refusals(db: Kysely<unknown>, text: Dialect['text']): Promise<void> {
  await db.schema
    .createTable('refusals')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('member_id', text, c => c.notNull())
    .addColumn('artifact_id', text, c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('refusals_pk', ['org_id', 'member_id', 'artifact_id'])
    .execute()
  await index(db, 'refusals', 'by_age', ['at'])
}

/** From when an artifact's retention counts, and until when what is deleted is kept. */
async function retention(db: Kysely<unknown>, text: Dialect['text']): Promise<void> {
  await db.schema
    .alterTable('artifacts')
    .addColumn('kept_from', 'bigint', c => c.notNull().defaultTo(0))
    .execute()
  await sql`update artifacts set kept_from = coalesce((
      select v.created_at from versions v
      where v.org_id = artifacts.org_id and v.artifact_id = artifacts.id and v.number = artifacts.latest
    ), updated_at)`.execute(db)
  await db.schema.alterTable('artifacts').addColumn('erase_at', 'bigint').execute()
  await db.schema.alterTable('artifacts').addColumn('deleted_by', text).execute()
  await sql`update artifacts set erase_at = deleted_at + ${sql.lit(24 * 60 * 60 * 1000)}, deleted_by = 'person'
    where deleted_at is not null`.execute(db)
  await db.schema
    .createIndex('artifacts_by_retention')
    .on('artifacts')
    .columns(['org_id', 'audience', 'kept_from', 'id'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute()
  await db.schema
    .createIndex('artifacts_by_erasure')
    .on('artifacts')
    .expression(sql`(coalesce(erase_at, deleted_at + 86400000))`)
    .where(sql.ref('deleted_at'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('artifacts_by_deletion_in_org')
    .on('artifacts')
    .columns(['org_id', 'deleted_at', 'id'])
    .where(sql.ref('deleted_at'), 'is not', null)
    .execute()
}
