import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Config, publicUrlOf, readConfig } from '../config.ts'
import type { Store } from '../core/ports.ts'
import { openIdentity } from '../identity/identity.ts'
import { openLog } from '../log/log.ts'
import { DataLock } from '../store/lock.ts'
import { databaseIn } from '../store/place.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Office } from './visit.ts'

/**
 * Opens the data that the same environment would serve. Nothing is announced from here: a running server finds out by
 * its next look at the database. Only warnings are logged, unless GALLEY_LOG_LEVEL says otherwise: a person reads along.
 * @param where.make whether the data are made where there are none
 * @throws ConfigError, and what openSqliteStore throws · Error where there are none
 */
export async function openOffice(
  env: Readonly<Record<string, string | undefined>>,
  where: { make: boolean },
): Promise<Office> {
  const config = readConfig({ ...env, GALLEY_LOG_LEVEL: env.GALLEY_LOG_LEVEL || 'warn' })
  const dataDir = where.make ? config.dataDir : dataDirWithData(config)
  const clock = { now: Date.now }
  const lock = await DataLock.take({ dataDir, use: 'command', clock })
  let store: Store | undefined
  const close = async () => {
    await store?.close()
    await lock.release()
  }
  try {
    store = await openSqliteStore({ dataDir, random: randomBytes, log: openLog(config.logLevel) })
    const publicUrl = publicUrlOf(config)
    const identity = await openIdentity({ store, clock, publicUrl })
    const world = { store, live: { announce() {} }, clock, random: randomBytes, publicUrl }
    return { world, identity, provider: config.provider && new URL(config.provider.issuer).host, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @throws Error where there are no data in it */
export function dataDirWithData({ dataDir }: Config): string {
  if (existsSync(databaseIn(dataDir))) return dataDir
  throw new Error(`There is no Galley data in ${dataDir}. Run this where the server runs, or set GALLEY_DATA_DIR.`)
}
