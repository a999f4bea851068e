import { randomBytes } from 'node:crypto'
import { publicUrlOf, readConfig } from '../config.ts'
import { openIdentity } from '../identity/identity.ts'
import { openLog } from '../log/log.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Office } from './commands.ts'

/**
 * Opens the data that the same environment would serve. Nothing is announced from here: a running server finds out by
 * its next look at the database.
 * @throws ConfigError, and what openSqliteStore throws
 */
export async function openOffice(env: Readonly<Record<string, string | undefined>>): Promise<Office> {
  const config = readConfig(env)
  const log = openLog(config.logLevel)
  const store = await openSqliteStore({ dataDir: config.dataDir, random: randomBytes, log })
  const clock = { now: Date.now }
  const publicUrl = publicUrlOf(config)
  try {
    const identity = await openIdentity({ store, clock, publicUrl })
    const world = { store, live: { announce() {} }, clock, random: randomBytes, publicUrl }
    return { world, identity, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}
