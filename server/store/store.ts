import { type Kysely, Migrator } from 'kysely'
import type { Log, Metrics, Random } from '../core/ports.ts'
import { newEpoch } from '../core/restored.ts'
import type { Store, Transaction } from '../core/store-ports.ts'
import type { Content } from '../render/press.ts'
import { eraseContent, type InTransaction, type PutPiece, putContent, readContent, sweepContent } from './content.ts'
import { sweepExpired } from './expired.ts'
import type { Dialect } from './migrations/dialect.ts'
import { migrations } from './migrations.ts'
import { StoreReads } from './reads.ts'
import type { Schema } from './schema.ts'
import { StoreWrites } from './writes.ts'

interface Parts {
  /** What is read outside of transactions; and what is written. It may be the same. */
  reads: Kysely<Schema>
  writes: Kysely<Schema>
  epoch: string
  putPiece: PutPiece
  metrics: Metrics | undefined
}

/** The store over either database: the queries are the same, the connection and the migrations' `Dialect` are not. */
export abstract class KyselyStore extends StoreReads implements Store {
  private readonly writes: Kysely<Schema>
  private readonly putPiece: PutPiece
  private readonly metrics: Metrics | undefined
  private currentEpoch: string
  private readonly inTransactionOf: InTransaction = (orgId, work) => this.inTransaction(orgId, work)

  constructor({ reads, writes, epoch, putPiece, metrics }: Parts) {
    super(reads)
    this.writes = writes
    this.putPiece = putPiece
    this.metrics = metrics
    this.currentEpoch = epoch
  }

  get epoch(): string {
    return this.currentEpoch
  }

  async readEpoch(): Promise<void> {
    this.currentEpoch = await readEpoch(this.db)
  }

  async transaction<T>(orgId: string | 'none' | 'any', work: (tx: Transaction) => Promise<T>): Promise<T> {
    const begun = performance.now()
    try {
      return await this.inTransaction(orgId, tx => work(new StoreWrites(tx)))
    } finally {
      this.metrics?.time('store_transaction', performance.now() - begun)
    }
  }

  /**
   * Of one org one after the other, as `transaction` promises. The embedded database has one connection and one writer:
   * there that needs no more, and `this.db` used inside `work` would wait for `work` itself for ever.
   */
  protected inTransaction<T>(_orgId: string | 'none' | 'any', work: (tx: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.writes.transaction().execute(work)
  }

  putContent(orgId: string, id: string, content: Content, at: number): Promise<void> {
    return putContent(this.putPiece, { orgId, id }, content, at)
  }

  content(orgId: string, id: string): Promise<Content | undefined> {
    return readContent(this.db, { orgId, id })
  }

  eraseContent(orgId: string, id: string): Promise<void> {
    return eraseContent(this.db, this.inTransactionOf, { orgId, id })
  }

  async sweep(
    before: { content: number; idempotentAnswers: number; credentials: number },
    signal: AbortSignal,
  ): Promise<void> {
    await sweepContent(this.db, this.inTransactionOf, before.content, signal)
    await sweepExpired(this.writes, before, signal)
  }

  async jobDoneAt(job: string): Promise<number | undefined> {
    const row = await this.db.selectFrom('meta').select('value').where('key', '=', doneKey(job)).executeTakeFirst()
    return row && Number(row.value)
  }

  async keepJobDone(job: string, at: number): Promise<void> {
    const value = String(at)
    const put = (tx: Kysely<Schema>) =>
      tx
        .insertInto('meta')
        .values({ key: doneKey(job), value })
        .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
        .execute()
    await this.writes.transaction().execute(put)
  }

  abstract compact(signal: AbortSignal): Promise<void>

  abstract alone(job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean>

  async close(): Promise<void> {
    await this.db.destroy()
    await this.writes.destroy()
  }
}

const doneKey = (job: string): string => `done:${job}`

/** Brings the tables up to date. @throws Error when the data was written by a newer Galley, or cannot be migrated. */
export async function migrate(db: Kysely<Schema>, dialect: Dialect, log: Log): Promise<void> {
  const { error, results = [] } = await new Migrator({ db, provider: migrations(dialect) }).migrateToLatest()
  if (error !== undefined) throw migrationFailure(error)
  for (const { migrationName } of results) log.info({ migration: migrationName }, 'Migrated the database.')
}

function migrationFailure(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  // Kysely's words for a migration that was run and is not among ours.
  if (reason.startsWith('corrupted migrations')) {
    return new Error('The data was written by a newer Galley. Run that one, or restore a backup made by this one.', {
      cause,
    })
  }
  return new Error(`The database could not be brought up to date: ${reason}`, { cause })
}

/** The database's own epoch, made at its first opening. */
export function epochOf(db: Kysely<Schema>, random: Random): Promise<string> {
  return db.transaction().execute(async tx => {
    await tx
      .insertInto('meta')
      .values({ key: 'epoch', value: newEpoch(random) })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    return readEpoch(tx)
  })
}

async function readEpoch(db: Kysely<Schema>): Promise<string> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'epoch').executeTakeFirstOrThrow()
  return row.value
}
