import type { Kysely } from 'kysely'
import { type Dialect, index } from './dialect.ts'

/** Of no organisation until somebody approves: what they name then is checked as everywhere. */
export async function deviceGrants(db: Kysely<unknown>, { text }: Dialect): Promise<void> {
  await db.schema
    .createTable('device_grants')
    .addColumn('device_code_sha256', text, c => c.primaryKey())
    .addColumn('user_code', text, c => c.notNull().unique())
    .addColumn('device_name', text, c => c.notNull())
    .addColumn('scope', text, c => c.notNull())
    .addColumn('ip', text)
    .addColumn('user_agent', text)
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('decision', text)
    .addColumn('org_id', text)
    .addColumn('member_id', text)
    .addColumn('spent_at', 'bigint')
    .addForeignKeyConstraint('device_grants_member', ['org_id', 'member_id'], 'members', ['org_id', 'id'])
    .execute()
  await index(db, 'device_grants', 'by_expiry', ['expires_at'])
  await index(db, 'device_grants', 'by_address', ['ip', 'expires_at'])
}
