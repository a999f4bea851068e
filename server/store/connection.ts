import { setTimeout } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { limits } from '../../shared/limits.ts'
import type { Metrics } from '../core/ports.ts'
import { kept } from './refusals.ts'
import type { Schema } from './schema.ts'
import { timed } from './timed.ts'

/** One connection to the database in this file, which must be in a folder that is there. */
export async function connect(path: string, metrics?: Metrics): Promise<Kysely<Schema>> {
  const Driver = await loadDriver()
  const database = new Driver(path, { timeout: limits.storeBusy })
  try {
    configure(database)
    database.pragma(`busy_timeout = ${busyPause}`)
  } catch (error) {
    database.close()
    throw error
  }
  return queriesOn(database, metrics)
}

/** Queries on a database that is open. Closing them closes it. */
export const queriesOn = (database: Database, metrics?: Metrics): Kysely<Schema> =>
  new Kysely<Schema>({
    ...timed(metrics),
    dialect: {
      createDriver: () => new EmbeddedDriver(database),
      createAdapter: () => new EmbeddedAdapter(),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  })

/** Milliseconds between two tries for the write lock, and for how long a statement may stand still for any lock. */
const busyPause = 10

export function configure(database: Database): void {
  database.pragma('journal_mode = WAL')
  // Every 4 MiB of log, SQLite's default, are written into the file by whoever commits then, in some 6 ms; and the log is
  // begun anew. It grows beyond that only while somebody reads all the time, as a backup does, by what is published
  // meanwhile; and would then keep that size for ever.
  database.pragma(`journal_size_limit = ${limits.writeAheadLogBytes}`)
  // In WAL mode anything less loses the last commits with the power.
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  // What is erased is overwritten, but for what compact.ts is for.
  database.pragma('secure_delete = ON')
}

/** SQLite itself, for what is not a query. @throws Error that says what to install, where it is missing */
export async function loadDriver() {
  try {
    const { default: Driver } = await import('better-sqlite3')
    // Only with a database is its native part loaded.
    new Driver(':memory:').close()
    return Driver
  } catch (cause) {
    throw new Error(
      'The server needs the package better-sqlite3, which npm has not built here, or built for another Node. Install Galley again and let npm build it: npm install --global --allow-scripts=better-sqlite3 ./galley-….tgz (in a clone: npm ci)',
      { cause },
    )
  }
}

/**
 * One connection behind a mutex (Kysely's): whoever is not in the open transaction waits for its end. A transaction
 * takes the file's write lock at once, so that it cannot fail half-way because another process wrote meanwhile; and it
 * waits for that lock without standing still, as SQLite's own waiting does.
 */
class EmbeddedDriver extends SqliteDriver {
  private readonly database: Database

  constructor(database: Database) {
    super({ database })
    this.database = database
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const giveUp = performance.now() + limits.storeBusy
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw('begin immediate'))
        return
      } catch (error) {
        if (!isBusy(error)) throw error
        if (performance.now() > giveUp) throw kept()
      }
      await setTimeout(busyPause)
    }
  }

  /** After some errors (a full disk) SQLite has rolled back already, and would refuse to do it again. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.database.inTransaction) await super.rollbackTransaction(connection)
  }
}

export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')

/** SQLite takes back tables made in a transaction, so two processes may open a new database at once. */
class EmbeddedAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
