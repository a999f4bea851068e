import type { Kysely } from 'kysely'
import type { Dialect } from './dialect.ts'

export async function memberRev(db: Kysely<unknown>, { integer }: Dialect): Promise<void> {
  await db.schema
    .alterTable('members')
    .addColumn('rev', integer, c => c.notNull().defaultTo(1))
    .execute()
}
