import { setTimeout } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { limits } from '../../shared/limits.ts'
import type { Log } from '../core/ports.ts'
import { databaseOf } from './place.ts'
import { clientOf } from './postgres-driver.ts'

/** What no waiting makes fit: somebody has to change a setting, or what it leads to. */
class UnfitError extends Error {
  override readonly name = 'UnfitError'
  /** EX_CONFIG of sysexits.h: what restarts services can know that trying again is no use. */
  readonly exitCode = 78
}

/**
 * Waits until a connection can be made, and looks whether this is a database for us.
 * @param options.patience milliseconds that PostgreSQL may take to come up
 * @param options.make whether a database without data will do
 * @throws Error with a sentence, and never the password: UnfitError, or that it did not come up, or has no data
 */
export async function comeUp(
  url: string,
  { patience, make, log }: { patience: number; make: boolean; log: Log },
): Promise<void> {
  const { hasData } = await reach(url, patience, log)
  if (hasData || make) return
  throw new Error(
    `There is no Galley data in ${databaseOf(url)}. It is made when the server starts, or by: galley org add NAME`,
  )
}

async function reach(url: string, patience: number, log: Log): Promise<Found> {
  const giveUp = performance.now() + patience
  for (let tries = 1; ; tries++) {
    try {
      return await examine(clientOf(url, {}))
    } catch (error) {
      const { message, code = '' } = error as NodeJS.ErrnoException
      const reason = reasonOf(message, code)
      const sentence = `Galley cannot use ${databaseOf(url)}: ${reason}.`
      if (!mayPass(message, code)) throw new UnfitError(`DATABASE_URL: ${sentence}`, { cause: error })
      if (performance.now() > giveUp) throw new Error(sentence, { cause: error })
      if (tries === 1) log.warn({ reason }, `Waiting for ${databaseOf(url)}.`)
    }
    await setTimeout(limits.storeRetry)
  }
}

/** Nobody is there yet, or it has just begun or has too many connections (PostgreSQL's Appendix A). */
const mayPass = (message: string, code: string): boolean =>
  /^(?:E(?!RR_)[A-Z_]+|57P0[123]|53300)$/.test(code) || /^(?:Connection terminated|timeout expired)/.test(message)

function reasonOf(message: string, code: string): string {
  // The name of the exchange that needs it (RFC 5802) is all that pg says.
  if (message.startsWith('SASL')) return 'it wants a password, and there is none in the URL'
  // Where a name has several addresses and all refuse, the message is empty.
  return message || code
}

interface Found {
  hasData: boolean
}

async function examine(config: ClientConfig): Promise<Found> {
  const client = new Client(config)
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; encoding: string; has_data: boolean }>(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
         to_regclass('kysely_migration') is not null as has_data`,
    )
    const { version, encoding, has_data: hasData = false } = rows[0] ?? {}
    if (Number(version) < 140_000) throw new Error('it is older than PostgreSQL 14')
    if (encoding !== 'UTF8') throw new Error(`its encoding is ${encoding}, and has to be UTF8`)
    return { hasData }
  } finally {
    void client.end().catch(() => {})
  }
}
