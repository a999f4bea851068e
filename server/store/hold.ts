import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { limits } from '../../shared/limits.ts'

/** What is held as long as a connection of its own lasts. */
export interface Hold {
  /** Aborts when the connection breaks, or is silent for too long: another may have it then. */
  signal: AbortSignal
  release(): Promise<void>
}

/**
 * An advisory lock of the session. PostgreSQL frees it with the connection, so at the death of the process; and where it
 * only stands still, or cannot be reached any more, as soon as it has not been heard of for limits.jobHeld.
 * @param config with that idle_session_timeout, and a query_timeout
 * @returns undefined while another connection has it
 * @throws whatever keeps it from connecting
 */
export async function takeHold(config: ClientConfig, name: string): Promise<Hold | undefined> {
  const lost = new AbortController()
  const client = new Client(config)
  client.on('error', () => lost.abort())
  client.on('end', () => lost.abort())
  await client.connect()
  const end = () => void client.end().catch(() => {})
  const key = lockKey(`job ${name}`)
  try {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [key])
    if (!rows[0]?.held) {
      end()
      return undefined
    }
  } catch (error) {
    end()
    throw error
  }
  const released = new AbortController()
  void beat(client, released.signal).catch(() => lost.abort())
  return {
    signal: lost.signal,
    async release() {
      released.abort()
      // Without waiting for the connection's end the next to ask might find it held.
      if (!lost.signal.aborted) await client.query('select pg_advisory_unlock($1)', [key]).catch(() => {})
      end()
    },
  }
}

async function beat(client: Client, released: AbortSignal): Promise<void> {
  while (!released.aborted) {
    await client.query('select 1')
    await setTimeout(limits.jobBeat, undefined, { signal: released, ref: false }).catch(() => {})
  }
}

/** The int8 by which PostgreSQL knows an advisory lock, in a database's one space for all of them. */
export const lockKey = (of: string): string =>
  String(createHash('sha256').update(`galley ${of}`).digest().readBigInt64BE())
