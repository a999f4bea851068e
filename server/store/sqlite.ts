import { type Kysely, sql } from 'kysely'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics, Random } from '../core/ports.ts'
import type { Store, Transaction } from '../core/store-ports.ts'
import type { Content } from '../render/press.ts'
import { compact, hasRoomToCompact } from './compact.ts'
import { connect } from './connection.ts'
import { type PutPiece, putPiece } from './content.ts'
import type { Dialect } from './migrations/dialect.ts'
import { PieceThread } from './piece-thread.ts'
import { cannotKeep, databaseIn, isOutOfRoom, makeFile } from './place.ts'
import { storageFull } from './refusals.ts'
import type { Schema } from './schema.ts'
import { epochOf, KyselyStore, migrate } from './store.ts'

export interface SqliteOptions {
  dataDir: string
  random: Random
  log: Log
  /** Of a server. */
  metrics?: Metrics | undefined
}

/**
 * Opens the embedded database in a folder, and makes both where they are not there yet. Several processes may have it
 * open: a command beside a running server.
 * @throws Error when better-sqlite3 is not installed, the folder cannot be written, or a newer Galley wrote it.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { dataDir, random, log, metrics } = options
  const path = databaseIn(dataDir)
  await makeFile(path, dataDir)
  try {
    const db = await connect(path, metrics)
    try {
      await migrate(db, sqlite, log)
      const epoch = await epochOf(db, random)
      return new SqliteStore({ db, path, epoch, thread: new PieceThread(path), log, metrics })
    } catch (error) {
      await db.destroy()
      throw error
    }
  } catch (error) {
    throw isOutOfRoom(error) ? cannotKeep(dataDir, error) : error
  }
}

interface Parts {
  db: Kysely<Schema>
  path: string
  epoch: string
  thread: PieceThread
  log: Log
  metrics: Metrics | undefined
}

/** Waits for the disk in a thread of its own while large content is put, and says so when the disk takes no more. */
class SqliteStore extends KyselyStore {
  private readonly thread: PieceThread
  private readonly path: string
  private readonly log: Log
  /** The last write found no room. */
  private full = false

  constructor({ db, path, epoch, thread, log, metrics }: Parts) {
    const put: PutPiece = piece => (piece.size > limits.offLoopBytes ? thread.put(piece) : putPiece(db, piece))
    super({ reads: db, writes: db, epoch, putPiece: put, metrics })
    this.thread = thread
    this.path = path
    this.log = log
  }

  override transaction<T>(orgId: string | 'none' | 'any', work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.written(() => super.transaction(orgId, work))
  }

  override putContent(orgId: string, id: string, content: Content, at: number): Promise<void> {
    return this.written(() => super.putContent(orgId, id, content, at))
  }

  /** There is one node: DataLock sees to it. */
  async alone(_job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    await work(new AbortController().signal)
    return true
  }

  override async sweep(before: Parameters<Store['sweep']>[0], signal: AbortSignal): Promise<void> {
    await super.sweep(before, signal)
    // The log has in it what was erased until it is begun anew. While somebody reads for long, it is not cut: the next
    // sweep does it.
    await sql`pragma wal_checkpoint(truncate)`.execute(this.db)
  }

  async compact(signal: AbortSignal): Promise<void> {
    if (await hasRoomToCompact(this.path)) return compact(this.path, signal)
    this.log.warn(
      {},
      'There is no room on the disk to write the database anew. What was erased may leave traces in it.',
    )
  }

  override async close(): Promise<void> {
    await this.thread.close()
    await super.close()
  }

  /** Logged once, until something can be written again: on a full disk everybody is refused, again and again. */
  private async written<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write()
      this.full = false
      return result
    } catch (error) {
      if (!isOutOfRoom(error)) throw error
      if (!this.full) this.log.error({ err: error }, 'The disk with the data is full, or takes no more writes.')
      this.full = true
      throw storageFull()
    }
  }
}

export const sqlite: Dialect = {
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  appendOnly: table =>
    ['update', 'delete'].map(
      change =>
        sql`create trigger ${sql.ref(`${table}_refuses_${change}`)} before ${sql.raw(change)} on ${sql.ref(table)}
            begin select raise(abort, ${sql.lit(`${table} is append-only`)}); end`,
    ),
}
