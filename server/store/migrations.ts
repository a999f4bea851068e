import { type Kysely, type Migration, type MigrationProvider, type RawBuilder, sql } from 'kysely'

/** Whether one of these, which a database has been through, is not among ours. */
export async function isOfNewer(names: readonly string[], dialect: Dialect): Promise<boolean> {
  const ours = await migrations(dialect).getMigrations()
  return names.some(name => !(name in ours))
}

/** What the databases do not agree on. */
export interface Dialect {
  /** The column type of bytes. */
  readonly bytes: 'blob' | 'bytea'
  /** Statements that make the database refuse every UPDATE and DELETE of the table's rows. */
  appendOnly(table: string): RawBuilder<unknown>[]
}

/**
 * The ordered migrations, run in one transaction. A name, once released, is never changed, nor what it does; a new one
 * sorts after all others.
 */
export const migrations = (dialect: Dialect): MigrationProvider => ({
  getMigrations: () =>
    Promise.resolve({
      '0001_live_page': livePage(dialect),
      '0002_device_grants': { up: deviceGrants },
      '0003_sharing': { up: sharing },
      '0004_member_rev': { up: memberRev },
    }),
})

/**
 * Keys begin with the org wherever rows are reached through one, and so do the references between tables: no row
 * can name another org's.
 */
const livePage = (dialect: Dialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await orgs(db)
    await contents(db, dialect)
    await artifacts(db)
    await credentials(db)
    await log(db, dialect)
  },
})

async function orgs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('meta')
    .addColumn('key', 'text', c => c.primaryKey())
    .addColumn('value', 'text', c => c.notNull())
    .execute()
  await db.schema
    .createTable('orgs')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .execute()
  await db.schema
    .createTable('members')
    .addColumn('id', 'text', c => c.notNull())
    .addColumn('org_id', 'text', c => c.notNull().references('orgs.id'))
    .addColumn('email', 'text', c => c.notNull())
    .addColumn('email_key', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('role', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('removed_at', 'bigint')
    .addPrimaryKeyConstraint('members_pk', ['org_id', 'id'])
    .execute()
  await db.schema
    .createIndex('members_by_email')
    .unique()
    .on('members')
    .columns(['org_id', 'email_key'])
    .where(sql.ref('removed_at'), 'is', null)
    .execute()
}

async function contents(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('contents')
    .addColumn('org_id', 'text', c => c.notNull().references('orgs.id'))
    .addColumn('id', 'text', c => c.notNull())
    .addColumn('encoding', 'text', c => c.notNull())
    .addColumn('size', 'integer', c => c.notNull())
    .addColumn('complete', 'integer', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('contents_pk', ['org_id', 'id'])
    .execute()
  await db.schema
    .createTable('content_pieces')
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('content_id', 'text', c => c.notNull())
    .addColumn('number', 'integer', c => c.notNull())
    .addColumn('bytes', dialect.bytes, c => c.notNull())
    .addPrimaryKeyConstraint('content_pieces_pk', ['org_id', 'content_id', 'number'])
    .addForeignKeyConstraint('content_pieces_of', ['org_id', 'content_id'], 'contents', ['org_id', 'id'])
    .execute()
}

async function artifacts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('artifacts')
    .addColumn('id', 'text', c => c.notNull())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('owner_id', 'text', c => c.notNull())
    .addColumn('title', 'text', c => c.notNull())
    .addColumn('title_given', 'integer', c => c.notNull())
    .addColumn('icon', 'text', c => c.notNull())
    .addColumn('description', 'text', c => c.notNull())
    .addColumn('audience', 'text', c => c.notNull())
    .addColumn('pinned', 'integer')
    .addColumn('latest', 'integer', c => c.notNull())
    .addColumn('rev', 'integer', c => c.notNull())
    .addColumn('viewer_rev', 'integer', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('updated_at', 'bigint', c => c.notNull())
    .addColumn('deleted_at', 'bigint')
    .addPrimaryKeyConstraint('artifacts_pk', ['org_id', 'id'])
    .addForeignKeyConstraint('artifacts_owner', ['org_id', 'owner_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'artifacts', 'by_owner', ['org_id', 'owner_id', 'updated_at', 'id'])
  // Of the deleted alone: an index of all would be taken for the living, who all have the same null in it.
  await db.schema
    .createIndex('artifacts_by_deletion')
    .on('artifacts')
    .column('deleted_at')
    .where(sql.ref('deleted_at'), 'is not', null)
    .execute()
  await db.schema
    .createTable('versions')
    .addColumn('id', 'text', c => c.notNull())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('artifact_id', 'text', c => c.notNull())
    .addColumn('number', 'integer', c => c.notNull())
    .addColumn('type', 'text', c => c.notNull())
    .addColumn('sha256', 'text', c => c.notNull())
    .addColumn('size', 'integer', c => c.notNull())
    .addColumn('source_sha256', 'text', c => c.notNull())
    .addColumn('source_size', 'integer', c => c.notNull())
    .addColumn('page_content', 'text', c => c.notNull())
    .addColumn('source_content', 'text', c => c.notNull())
    .addColumn('note', 'text')
    .addColumn('provenance', 'text')
    .addColumn('author_id', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('versions_pk', ['org_id', 'artifact_id', 'number'])
    .addUniqueConstraint('versions_by_id', ['org_id', 'id'])
    .addForeignKeyConstraint('versions_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .addForeignKeyConstraint('versions_page', ['org_id', 'page_content'], 'contents', ['org_id', 'id'])
    .addForeignKeyConstraint('versions_source', ['org_id', 'source_content'], 'contents', ['org_id', 'id'])
    .addForeignKeyConstraint('versions_author', ['org_id', 'author_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'versions', 'by_sha256', ['org_id', 'artifact_id', 'sha256', 'number'])
  await index(db, 'versions', 'by_page', ['org_id', 'page_content'])
  await index(db, 'versions', 'by_source', ['org_id', 'source_content'])
}

async function credentials(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .addForeignKeyConstraint('sessions_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'sessions', 'by_expiry', ['expires_at'])
  await db.schema
    .createTable('access_tokens')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('scope', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .addForeignKeyConstraint('access_tokens_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'access_tokens', 'by_expiry', ['expires_at'])
  await index(db, 'access_tokens', 'by_member', ['org_id', 'member_id', 'created_at'])
  await db.schema
    .createTable('sign_in_links')
    .addColumn('secret_sha256', 'text', c => c.primaryKey())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('spent_at', 'bigint')
    .addForeignKeyConstraint('sign_in_links_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'sign_in_links', 'by_expiry', ['expires_at'])
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', c => c.primaryKey())
    .addColumn('alg', 'text', c => c.notNull())
    .addColumn('jwk', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('retired_at', 'bigint')
    .execute()
}

async function log(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('idempotent_answers')
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('key', 'text', c => c.notNull())
    .addColumn('request_sha256', 'text', c => c.notNull())
    .addColumn('answer', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('idempotent_answers_pk', ['org_id', 'member_id', 'key'])
    .addForeignKeyConstraint('idempotent_answers_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'idempotent_answers', 'by_age', ['created_at'])
  await db.schema
    .createTable('audit')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('org_id', 'text', c => c.notNull().references('orgs.id'))
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('type', 'text', c => c.notNull())
    .addColumn('actor_type', 'text', c => c.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('ip', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('artifact_id', 'text')
    .addColumn('version_id', 'text')
    .addColumn('details', 'text', c => c.notNull())
    .execute()
  await index(db, 'audit', 'by_time', ['org_id', 'at'])
  await index(db, 'audit', 'by_actor', ['org_id', 'actor_id', 'type'])
  for (const statement of dialect.appendOnly('audit')) await statement.execute(db)
}

/** Of no organisation until somebody approves: what they name then is checked as everywhere. */
async function deviceGrants(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_grants')
    .addColumn('device_code_sha256', 'text', c => c.primaryKey())
    .addColumn('user_code', 'text', c => c.notNull().unique())
    .addColumn('device_name', 'text', c => c.notNull())
    .addColumn('scope', 'text', c => c.notNull())
    .addColumn('ip', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('decision', 'text')
    .addColumn('org_id', 'text')
    .addColumn('member_id', 'text')
    .addColumn('spent_at', 'bigint')
    .addForeignKeyConstraint('device_grants_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'device_grants', 'by_expiry', ['expires_at'])
  await index(db, 'device_grants', 'by_address', ['ip', 'expires_at'])
}

async function sharing(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('orgs').addColumn('claim', 'text').execute()
  await db.schema.createIndex('orgs_by_claim').unique().on('orgs').column('claim').execute()
  await db.schema.alterTable('versions').addColumn('title', 'text').execute()
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
      .addColumn(key, 'text', c => c.notNull().defaultTo(''))
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
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('artifact_id', 'text', c => c.notNull())
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('subject', 'text', c => c.notNull())
    .addColumn('role', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('grants_pk', ['org_id', 'artifact_id', 'kind', 'subject'])
    .addForeignKeyConstraint('grants_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .execute()
  await index(db, 'grants', 'by_subject', ['org_id', 'kind', 'subject'])
  await db.schema
    .createTable('access_requests')
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('artifact_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('decision', 'text')
    .addPrimaryKeyConstraint('access_requests_pk', ['org_id', 'artifact_id', 'member_id'])
    .addForeignKeyConstraint('access_requests_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .addForeignKeyConstraint('access_requests_by', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await db.schema
    .createTable('views')
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('artifact_id', 'text', c => c.notNull())
    .addColumn('number', 'integer', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('first_at', 'bigint', c => c.notNull())
    .addColumn('last_at', 'bigint', c => c.notNull())
    .addColumn('times', 'integer', c => c.notNull())
    .addPrimaryKeyConstraint('views_pk', ['org_id', 'artifact_id', 'number', 'member_id'])
    .addForeignKeyConstraint('views_of', ['org_id', 'artifact_id'], 'artifacts', ['org_id', 'id'])
    .addForeignKeyConstraint('views_by', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'views', 'by_time', ['org_id', 'artifact_id', 'last_at', 'member_id', 'number'])
  await db.schema
    .createTable('member_identities')
    .addColumn('issuer', 'text', c => c.notNull())
    .addColumn('subject', 'text', c => c.notNull())
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('member_identities_pk', ['issuer', 'subject', 'org_id'])
    .addForeignKeyConstraint('member_identities_of', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'member_identities', 'by_member', ['org_id', 'member_id'])
  await db.schema
    .createTable('member_groups')
    .addColumn('org_id', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('member_groups_pk', ['org_id', 'member_id', 'name'])
    .addForeignKeyConstraint('member_groups_of', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'member_groups', 'by_name', ['org_id', 'name'])
}

async function memberRev(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('members')
    .addColumn('rev', 'integer', c => c.notNull().defaultTo(1))
    .execute()
}

const index = (db: Kysely<unknown>, table: string, name: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute()
