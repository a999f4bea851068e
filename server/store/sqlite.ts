import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
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
  sql,
} from 'kysely'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Log, Random, Store } from '../core/ports.ts'
import { putPiece } from './content.ts'
import type { Dialect } from './migrations.ts'
import { PieceThread } from './piece-thread.ts'
import type { Schema } from './schema.ts'
import { epochOf, KyselyStore, migrate } from './store.ts'

/**
 * Opens the embedded database in a folder, and makes both where they are not there yet. Several processes may have it
 * open: a command beside a running server.
 * @throws Error when better-sqlite3 is not installed, the folder cannot be written, or a newer Galley wrote it.
 */
export async function openSqliteStore(options: { dataDir: string; random: Random; log: Log }): Promise<Store> {
  const path = await makePlace(options.dataDir)
  const db = await connect(path)
  try {
    await migrate(db, sqlite, options.log)
    const epoch = await epochOf(db, options.random)
    return new SqliteStore(db, epoch, new PieceThread(path))
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Waits for the disk in a thread of its own while large content is put. */
class SqliteStore extends KyselyStore {
  private readonly thread: PieceThread

  constructor(db: Kysely<Schema>, epoch: string, thread: PieceThread) {
    super(db, epoch, piece => (piece.size > limits.offLoopBytes ? thread.put(piece) : putPiece(db, piece)))
    this.thread = thread
  }

  override async close(): Promise<void> {
    await this.thread.close()
    await super.close()
  }
}

/** One connection to the database in this file, which must be in a folder that is there. */
export async function connect(path: string): Promise<Kysely<Schema>> {
  const Driver = await loadDriver()
  const database = new Driver(path, { timeout: limits.storeBusy })
  try {
    configure(database)
    database.pragma(`busy_timeout = ${busyPause}`)
  } catch (error) {
    database.close()
    throw error
  }
  return new Kysely<Schema>({
    dialect: {
      createDriver: () => new EmbeddedDriver(database),
      createAdapter: () => new EmbeddedAdapter(),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  })
}

/** Milliseconds between two tries for the write lock, and for how long a statement may stand still for any lock. */
const busyPause = 10

const sqlite: Dialect = {
  bytes: 'blob',
  appendOnly: table =>
    ['update', 'delete'].map(
      change =>
        sql`create trigger ${sql.ref(`${table}_refuses_${change}`)} before ${sql.raw(change)} on ${sql.ref(table)}
            begin select raise(abort, ${sql.lit(`${table} is append-only`)}); end`,
    ),
}

/** The path of the database file in a folder, whether it is there or not. */
export const databaseIn = (dataDir: string): string => join(dataDir, 'galley.db')

/** @returns the path of the database file */
async function makePlace(dataDir: string): Promise<string> {
  const path = databaseIn(dataDir)
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    // Signing keys are in it. What SQLite makes beside it takes its mode.
    await (await open(path, 'a', 0o600)).close()
    return path
  } catch (error) {
    throw new Error(`The data cannot be kept in ${dataDir}: ${placeFault(error)}`, { cause: error })
  }
}

function placeFault(error: unknown): string {
  const { code = '', message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'that, or a part of the path to it, is a file.'
  if (code === 'EISDIR') return 'its galley.db is a folder.'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'this user may not write there.'
  return message
}

function configure(database: Database): void {
  database.pragma('journal_mode = WAL')
  // In WAL mode anything less loses the last commits with the power.
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  // What is erased is overwritten.
  database.pragma('secure_delete = ON')
}

async function loadDriver() {
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
        if (performance.now() > giveUp) throw overloaded()
      }
      await setTimeout(busyPause)
    }
  }

  /** After some errors (a full disk) SQLite has rolled back already, and would refuse to do it again. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.database.inTransaction) await super.rollbackTransaction(connection)
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')

const overloaded = (): GalleyError =>
  new GalleyError('overloaded', 'Another process has kept the database to itself for too long. Try again.')

/** SQLite takes back tables made in a transaction, so two processes may open a new database at once. */
class EmbeddedAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
