import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import { type ClientConfig, DatabaseError, type Pool, type PoolClient, types } from 'pg'
import { limits } from '../../shared/limits.ts'
import type { Log } from '../core/ports.ts'
import { kept, storageFull, unanswered } from './refusals.ts'

/** PostgreSQL's own settings of a connection, by its names for them. */
export type Settings = Readonly<Record<string, string | number>>

/** So that nobody is waited for without end. */
export const bounds: Settings = {
  // Where an operator has turned it off, what was acknowledged could be lost.
  synchronous_commit: 'on',
  statement_timeout: limits.storeStatement,
  lock_timeout: limits.storeLock,
  idle_in_transaction_session_timeout: limits.storeStill,
  tcp_user_timeout: limits.storeAnswer,
}

/** @param url may say otherwise, by libpq's parameters */
export const clientOf = (url: string, settings: Settings): ClientConfig => ({
  connectionString: url,
  fallback_application_name: 'galley',
  options: Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
  keepAlive: true,
  keepAliveInitialDelayMillis: limits.storeAnswer,
  connectionTimeoutMillis: limits.storeConnect,
  types: {
    // Times and counts are all within what a number holds: int8, which pg gives as text, becomes one.
    getTypeParser: (type: number, format?: 'text' | 'binary') =>
      type === types.builtins.INT8 ? Number : types.getTypeParser(type, format),
  },
})

/** Whether PostgreSQL answers, as it was seen last. It is logged when that changes, not for each who is refused. */
export class Reachability {
  private readonly log: Log
  private answers = true

  constructor(log: Log) {
    this.log = log
  }

  lost(error: unknown): void {
    if (this.answers) this.log.error({ err: error }, 'PostgreSQL does not answer.')
    this.answers = false
  }

  found(): void {
    if (!this.answers) this.log.info({}, 'PostgreSQL answers again.')
    this.answers = true
  }
}

/**
 * A bounded number of connections. One that breaks, or is silent for longer than its client's query_timeout, is thrown
 * away, and whoever used it is refused with GalleyError overloaded; the next to come gets a new one.
 */
export class PostgresDriver implements Driver {
  private readonly pool: Pool
  private readonly reachability: Reachability

  constructor(pool: Pool, reachability: Reachability) {
    this.reachability = reachability
    this.pool = pool
    // An error that nobody listens to would end the process. Whoever uses the connection is told of it all the same.
    pool.on('error', () => {})
    pool.on('connect', client => client.on('error', () => {}))
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    try {
      return new Connection(await this.pool.connect(), this.reachability)
    } catch (error) {
      // pg's words where all connections are in use: PostgreSQL may well answer.
      if (error instanceof Error && error.message === 'timeout exceeded when trying to connect') throw kept()
      this.reachability.lost(error)
      throw unanswered()
    }
  }

  /** Whatever an operator has made the default: what one transaction must not overlook of others it takes locks for. */
  async beginTransaction(connection: Connection): Promise<void> {
    await connection.run('begin isolation level read committed')
  }

  async commitTransaction(connection: Connection): Promise<void> {
    const { command } = await connection.run('commit')
    // PostgreSQL's answer where a statement had failed and somebody went on all the same.
    if (command === 'ROLLBACK') throw new Error('A statement of this transaction had failed, so it was not kept.')
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    await connection.run('rollback')
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release()
  }

  async destroy(): Promise<void> {
    await this.pool.end()
  }
}

class Connection implements DatabaseConnection {
  private readonly client: PoolClient
  private readonly reachability: Reachability
  /** Why it must not be used any more. */
  private broken: Error | undefined

  constructor(client: PoolClient, reachability: Reachability) {
    this.client = client
    this.reachability = reachability
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.run(sql, parameters)
    const changes = /^(?:INSERT|UPDATE|DELETE)$/.test(command)
    return { rows: rows as R[], ...(changes && { numAffectedRows: BigInt(rowCount ?? 0) }) }
  }

  /** @throws GalleyError overloaded | storage_full, or pg's DatabaseError */
  async run(sql: string, parameters: readonly unknown[] = []) {
    if (this.broken) throw this.broken
    try {
      const result = await this.client.query<Record<string, unknown>>(sql, parameters.map(sayable))
      this.reachability.found()
      return result
    } catch (error) {
      throw this.failed(error)
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely's drivers have it, and nobody here streams
  async *streamQuery(): AsyncGenerator<never> {
    throw new Error('Queries are not streamed.')
  }

  release(): void {
    this.client.release(this.broken)
  }

  private failed(error: unknown): unknown {
    const failure = failureOf(error)
    if (failure === 'lost') {
      this.reachability.lost(error)
      this.broken = unanswered()
      return this.broken
    }
    if (failure === 'busy') return kept()
    if (failure === 'full') return storageFull()
    // The values of rows are in it, and errors are logged.
    if (error instanceof DatabaseError) error.detail = undefined
    return error
  }
}

/** PostgreSQL's text has no NUL. Nothing that is kept has one either; but anybody may ask for such an id, or look for one. */
const sayable = (parameter: unknown): unknown =>
  typeof parameter === 'string' ? parameter.replaceAll('\0', '\ufffd') : parameter

/** By SQLSTATE: PostgreSQL's Appendix A. `lost`: the connection is of no more use. undefined: a fault of ours. */
function failureOf(error: unknown): 'lost' | 'busy' | 'full' | undefined {
  if (!(error instanceof DatabaseError)) return 'lost'
  const { code = '' } = error
  // Of the connection; the server ends, starts, has too many; it was idle for too long; it is a copy that only reads.
  if (/^(?:08...|57P0[1-5]|53300|25P0[34]|25006)$/.test(code)) return 'lost'
  // Waited for a lock, or worked, for too long; deadlock; conflict of transactions; out of memory or of locks.
  if (/^(?:55P03|57014|40P01|40001|53200)$/.test(code)) return 'busy'
  return /^(?:53100|58030)$/.test(code) ? 'full' : undefined
}
