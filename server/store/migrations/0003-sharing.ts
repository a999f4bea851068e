import { type Kysely, sql } from 'kysely'
import { type Dialect, index } from './dialect.ts'

export async function sharing(db: Kysely<unknown>, { text, integer }: Dialect): Promise<void> {
  await db.schema.alterTable('orgs').addColumn('claim', text).execute()
  await db.schema.createIndex('orgs_by_claim').unique().on('orgs').column('claim').execute()
  await db.schema.alterTable('versions').addColumn('title', text).execute()
  await db.schema.alterTable('versions').addColumn('shared_at', 'bigint').execute()
  // Nothing could be pinned before: viewers saw each version in its turn.
  await sql`update versions set shared_at = created_at`.execute(db)
  // Of a title that follows the page, only the latest version's is known.
  await sql`update versions set title = (
      select a.title from artifacts a where a.org_id = versions.org_id and a.id = versions.artifact_id
        and a.latest = versions.number and a.title_given = 0
    )`.execute(db)
  for (const [table, key, of] of [
    ['artifacts', 'title_key', 'title'],
    ['members', 'name_key', 'name'],
  ] as const) {
    await db.schema
      .alterTable(table)
      .addColumn(key, text, c => c.notNull().defaultTo(''))
      .execute()
    // Of ASCII's letters alone; of others, when the row is next written.
    await sql`update ${sql.ref(table)} set ${sql.ref(key)} = lower(${sql.ref(of)})`.execute(db)
  }
  await db.schema
    .alterTable('artifacts')
    .addColumn('shared_at', 'bigint', c => c.notNull().defaultTo(0))
    .execute()
  await sql`update artifacts set shared_at = coalesce((
      select v.created_at from versions v
      where v.org_id = artifacts.org_id and v.artifact_id = artifacts.id and v.number = artifacts.latest
    ), updated_at)`.execute(db)
  await index(db, 'artifacts', 'by_audience', ['org_id', 'audience', 'shared_at', 'id'])
  await db.schema
    .createTable('grants')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('artifact_id', text, c => c.notNull())
    .addColumn('kind', text, c => c.notNull())
    .addColumn('subject', text, c => c.notNull())
    .addColumn('role', text, c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('grants_pk', ['org_id', 'artifact_id', 'kind', 'subject'])
    .addForeignKeyConstraint('grants_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .execute()
  await index(db, 'grants', 'by_subject', ['org_id', 'kind', 'subject'])
  await db.schema
    .createTable('access_requests')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('artifact_id', text, c => c.notNull())
    .addColumn('member_id', text, c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('decision', text)
    .addPrimaryKeyConstraint('access_requests_pk', ['org_id', 'artifact_id', 'member_id'])
    .addForeignKeyConstraint('access_requests_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .addForeignKeyConstraint('access_requests_by', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await db.schema
    .createTable('views')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('artifact_id', text, c => c.notNull())
    .addColumn('number', integer, c => c.notNull())
    .addColumn('member_id', text, c => c.notNull())
    .addColumn('first_at', 'bigint', c => c.notNull())
    .addColumn('last_at', 'bigint', c => c.notNull())
    .addColumn('times', integer, c => c.notNull())
    .addPrimaryKeyConstraint('views_pk', ['org_id', 'artifact_id', 'number', 'member_id'])
    .addForeignKeyConstraint('views_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .addForeignKeyConstraint('views_by', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'views', 'by_time', ['org_id', 'artifact_id', 'last_at', 'member_id', 'number'])
  await db.schema
    .createTable('member_identities')
    .addColumn('issuer', text, c => c.notNull())
    .addColumn('subject', text, c => c.notNull())
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('member_id', text, c => c.notNull())
    .addPrimaryKeyConstraint('member_identities_pk', ['issuer', 'subject', 'org_id'])
    .addForeignKeyConstraint('member_identities_of', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'member_identities', 'by_member', ['org_id', 'member_id'])
  await db.schema
    .createTable('member_groups')
    .addColumn('org_id', text, c => c.notNull())
    .addColumn('member_id', text, c => c.notNull())
    .addColumn('name', text, c => c.notNull())
    .addPrimaryKeyConstraint('member_groups_pk', ['org_id', 'member_id', 'name'])
    .addForeignKeyConstraint('member_groups_of', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'member_groups', 'by_name', ['org_id', 'name'])
}
