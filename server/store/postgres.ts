import {
  CamelCasePlugin,
  Kysely,
  type KyselyConfig,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import { Pool } from 'pg'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics, Random } from '../core/ports.ts'
import type { Store } from '../core/store-ports.ts'
import { comeUp } from './come-up.ts'
import { putPiece } from './content.ts'
import { lockKey, takeHold } from './hold.ts'
import type { Dialect } from './migrations/dialect.ts'
import { bounds, clientOf, PostgresDriver, Reachability } from './postgres-driver.ts'
import { unanswered } from './refusals.ts'
import type { Schema } from './schema.ts'
import { epochOf, KyselyStore, migrate } from './store.ts'
import { timed } from './timed.ts'
import { Turns } from './turns.ts'

export interface PostgresOptions {
  /** As libpq has it: postgres://user:password@host:port/database?sslmode=verify-full */
  url: string
  random: Random
  log: Log
  /** Milliseconds that PostgreSQL may take to come up; limits.storeOpening unless said otherwise. */
  patience?: number
  /** Whether tables are made where there are none, as they are unless said otherwise. */
  make?: boolean
  /** Of a server. */
  metrics?: Metrics | undefined
}

/**
 * Opens a database in PostgreSQL, and brings its tables up to date. Any number of nodes and commands may have it open, and
 * open it at once.
 * @throws Error as comeUp does, or that its tables are of a newer Galley, or could not be brought up to date
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { url, random, log, patience = limits.storeOpening, make = true, metrics } = options
  await comeUp(url, { patience, make, log })
  const reachability = new Reachability(log)
  const poolOf = (max: number) => new Pool({ ...clientOf(url, bounds), query_timeout: limits.storeAnswer, max })
  const epoch = await prepare(url, random, log)
  const [readers, writers] = [poolOf(limits.storeReaders), poolOf(limits.storeWriters)]
  const turns = new Turns()
  metrics?.show('store_waiting', () => readers.waitingCount + writers.waitingCount + turns.waiting)
  const reads = queriesOver(new PostgresDriver(readers, reachability), timed(metrics))
  const writes = queriesOver(new PostgresDriver(writers, reachability), timed(metrics))
  return new PostgresStore({ reads, writes, epoch, metrics, turns, reachability, url })
}

/** Migrates as long as it takes, and others who open it meanwhile wait. */
async function prepare(url: string, random: Random, log: Log): Promise<string> {
  const db = queriesOver(new PostgresDriver(new Pool({ ...clientOf(url, {}), max: 1 }), new Reachability(log)), {})
  try {
    await migrate(db, postgres, log)
    return await epochOf(db, random)
  } finally {
    await db.destroy()
  }
}

const queriesOver = (driver: PostgresDriver, config: Pick<KyselyConfig, 'log'>): Kysely<Schema> =>
  new Kysely<Schema>({
    ...config,
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: db => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  })

interface Parts {
  /** Connections of their own: reads do not wait for whoever waits for a lock. */
  reads: Kysely<Schema>
  writes: Kysely<Schema>
  epoch: string
  metrics: Metrics | undefined
  turns: Turns
  reachability: Reachability
  url: string
}

class PostgresStore extends KyselyStore {
  protected override readonly heldAtOnce = limits.connections
  private readonly turns: Turns
  private readonly reachability: Reachability
  private readonly url: string

  constructor({ turns, reachability, url, ...parts }: Parts) {
    super({ ...parts, putPiece: piece => putPiece(parts.writes, piece) })
    this.turns = turns
    this.reachability = reachability
    this.url = url
  }

  /**
   * The locks, and not the isolation level, put transactions in order: docs/decisions/0011. They are taken first, and each
   * statement after them sees all that whoever had them before has committed.
   */
  protected override inTransaction<T>(
    orgId: string | 'none' | 'any',
    work: (tx: Kysely<Schema>) => Promise<T>,
  ): Promise<T> {
    return this.turns.take(orgId, () =>
      super.inTransaction(orgId, async tx => {
        const locks =
          orgId === 'any'
            ? sql`pg_advisory_xact_lock(${everything})`
            : sql`pg_advisory_xact_lock_shared(${everything}), pg_advisory_xact_lock(${lockKey(`org ${orgId}`)})`
        await sql`select ${locks}`.execute(tx)
        return work(tx)
      }),
    )
  }

  /** PostgreSQL's own vacuum sees to it, and whoever runs it: docs/OPERATIONS.md. */
  async compact(): Promise<void> {}

  async alone(job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const hold = await this.hold(job)
    if (!hold) return false
    try {
      await work(hold.signal)
      return true
    } finally {
      await hold.release()
    }
  }

  private async hold(job: string) {
    const settings = { ...bounds, idle_session_timeout: limits.jobHeld }
    try {
      return await takeHold({ ...clientOf(this.url, settings), query_timeout: limits.storeAnswer }, job)
    } catch (error) {
      this.reachability.lost(error)
      throw unanswered()
    }
  }
}

const everything = lockKey('everything')

/** As SQLite has it, wherever the two differ: text is compared by its bytes, whatever order the database has been given. */
const postgres: Dialect = {
  text: sql`text collate "C"`,
  integer: 'bigint',
  bytes: 'bytea',
  appendOnly: table => {
    const refuse = sql.ref(`${table}_refuses`)
    return [
      sql`create function ${refuse}() returns trigger language plpgsql as
          ${sql.lit(`begin raise exception '${table} is append-only'; end`)}`,
      sql`create trigger ${refuse} before update or delete or truncate on ${sql.ref(table)}
          for each statement execute function ${refuse}()`,
    ]
  },
}
