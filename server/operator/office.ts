import { randomBytes } from 'node:crypto'
import { publicUrlOf, readConfig } from '../config.ts'
import { openIdentity } from '../identity/identity.ts'
import { openLog } from '../log/log.ts'
import { openStore, placeOf } from '../store/open.ts'
import type { Office } from './visit.ts'

/**
 * Opens the data that the same environment would serve. Nothing is announced from here: a running server finds out by
 * its next look at the database. Only warnings are logged, unless GALLEY_LOG_LEVEL says otherwise: a person reads along.
 * @param where.make whether the data are made where there are none
 * @throws ConfigError, and what openStore throws
 */
export async function openOffice(
  env: Readonly<Record<string, string | undefined>>,
  { make }: { make: boolean },
): Promise<Office> {
  const config = readConfig({ ...env, GALLEY_LOG_LEVEL: env.GALLEY_LOG_LEVEL || 'warn' })
  const clock = { now: Date.now }
  const random = randomBytes
  const data = await openStore(config, { use: 'command', make, clock, random, log: openLog(config.logLevel) })
  try {
    const { store } = data
    const publicUrl = publicUrlOf(config)
    const identity = await openIdentity({ store, clock, publicUrl })
    const world = { store, live: { announce() {} }, clock, random, publicUrl }
    const provider = config.provider && new URL(config.provider.issuer).host
    return { world, identity, place: placeOf(config), provider, close: () => data.close() }
  } catch (error) {
    await data.close()
    throw error
  }
}
