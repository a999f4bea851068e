import { type Kysely, Migrator } from 'kysely'
import type { Log, Random, Store, Transaction } from '../core/ports.ts'
import { newEpoch } from '../core/restored.ts'
import type { Content } from '../render/press.ts'
import { type PutPiece, putContent, readContent, sweepContent } from './content.ts'
import { sweepExpired } from './expired.ts'
import { type Dialect, migrations } from './migrations.ts'
import { StoreReads } from './reads.ts'
import type { Schema } from './schema.ts'
import { StoreWrites } from './writes.ts'

/** The store over either database: the queries are the same, the connection and the migrations' `Dialect` are not. */
export abstract class KyselyStore extends StoreReads implements Store {
  private currentEpoch: string
  private readonly putPiece: PutPiece

  constructor(db: Kysely<Schema>, epoch: string, putPiece: PutPiece) {
    super(db)
    this.currentEpoch = epoch
    this.putPiece = putPiece
  }

  get epoch(): string {
    return this.currentEpoch
  }

  async readEpoch(): Promise<void> {
    this.currentEpoch = await readEpoch(this.db)
  }

  /** The embedded database has one connection: `this.db` used inside `work` would wait for `work` itself for ever. */
  transaction<T>(_orgId: string | 'any', work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(tx => work(new StoreWrites(tx)))
  }

  putContent(orgId: string, id: string, content: Content, at: number): Promise<void> {
    return putContent(this.putPiece, { orgId, id }, content, at)
  }

  content(orgId: string, id: string): Promise<Content | undefined> {
    return readContent(this.db, { orgId, id })
  }

  async sweep(
    before: { content: number; idempotentAnswers: number; credentials: number },
    signal: AbortSignal,
  ): Promise<void> {
    await sweepContent(this.db, before.content, signal)
    await sweepExpired(this.db, before, signal)
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
    await this.db.transaction().execute(put)
  }

  abstract alone(job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean>

  close(): Promise<void> {
    return this.db.destroy()
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
