import type { MigrationProvider } from 'kysely'
import { livePage } from './migrations/0001-live-page.ts'
import { deviceGrants } from './migrations/0002-device-grants.ts'
import { sharing } from './migrations/0003-sharing.ts'
import { memberRev } from './migrations/0004-member-rev.ts'
import { lists } from './migrations/0005-lists.ts'
import { organisation } from './migrations/0006-organisation.ts'
import type { Dialect } from './migrations/dialect.ts'

/** Whether one of these, which a database has been through, is not among ours. */
export async function isOfNewer(names: readonly string[], dialect: Dialect): Promise<boolean> {
  const ours = await migrations(dialect).getMigrations()
  return names.some(name => !(name in ours))
}

/**
 * The ordered migrations, run in one transaction. A name, once released, is never changed, nor what it does; a new one
 * sorts after all others. It takes nothing away that the release before reads or writes: in a rolling upgrade, nodes of
 * that one go on beside it (docs/OPERATIONS.md).
 */
export const migrations = (dialect: Dialect): MigrationProvider => ({
  getMigrations: () =>
    Promise.resolve({
      '0001_live_page': { up: db => livePage(db, dialect) },
      '0002_device_grants': { up: db => deviceGrants(db, dialect) },
      '0003_sharing': { up: db => sharing(db, dialect) },
      '0004_member_rev': { up: db => memberRev(db, dialect) },
      '0005_lists': { up: lists },
      '0006_organisation': { up: db => organisation(db, dialect) },
    }),
})
