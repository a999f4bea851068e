import type { Kysely } from 'kysely'
import { index } from './dialect.ts'

/** By title, of what is shared with everyone: there may be far more of that than anybody has themselves. */
export async function lists(db: Kysely<unknown>): Promise<void> {
  await index(db, 'artifacts', 'by_title', ['org_id', 'audience', 'title_key', 'id'])
}
