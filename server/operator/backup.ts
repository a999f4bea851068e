import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type Config, publicUrlOf, readConfig } from '../config.ts'
import { markRestored } from '../core/restored.ts'
import { openLog } from '../log/log.ts'
import { type Backup, backUp } from '../store/backup.ts'
import { DataLock } from '../store/lock.ts'
import { placeOf } from '../store/open.ts'
import { refuseEmpty } from '../store/place.ts'
import { draftOf } from '../store/restore.ts'
import type { Holdings } from '../store/verify.ts'
import { openOffice } from './office.ts'

type Env = Readonly<Record<string, string | undefined>>

const clock = { now: Date.now }

/**
 * `galley backup`: beside a running server, or without one.
 * @throws ConfigError, and what DataLock.take and backUp throw · Error where there are no data, or they are in PostgreSQL
 */
export async function backUpData(
  env: Env,
  options: { file: string; overwrite: boolean; signal: AbortSignal },
): Promise<Backup> {
  const config = readConfig(env)
  refusePostgres(config, 'Back that up with its own tools: pg_dump, snapshots or point-in-time recovery.')
  const { dataDir } = config
  refuseEmpty(dataDir)
  const lock = await DataLock.take({ dataDir, use: 'command', clock })
  try {
    return await backUp({ dataDir, ...options })
  } finally {
    await lock.release()
  }
}

export interface Restored extends Holdings {
  dataDir: string
  /** Where the data are that were there before, if there were any. */
  aside: string | undefined
  sessions: number
  tokens: number
}

/**
 * `galley restore`: while no server runs.
 * @throws ConfigError, and what DataLock.take and draftOf throw · Error where the data are in PostgreSQL
 */
export async function restoreData(
  env: Env,
  options: { file: string; overwrite: boolean; signOutAll: boolean; signal: AbortSignal },
): Promise<Restored> {
  const config = readConfig({ ...env, GALLEY_LOG_LEVEL: env.GALLEY_LOG_LEVEL || 'warn' })
  refusePostgres(config, 'Put that back with its own tools, pg_restore for one, and then run: galley restored')
  const { dataDir } = config
  const { file, overwrite, signOutAll, signal } = options
  const lock = await DataLock.take({ dataDir, use: 'restore', clock })
  try {
    const random = randomBytes
    const log = openLog(config.logLevel)
    const aside = `before-restore-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}`
    const draft = await draftOf({ dataDir, file: resolve(file), overwrite, aside, random, log, signal })
    try {
      const ground = { store: draft.store, live: { announce() {} }, clock, random, publicUrl: publicUrlOf(config) }
      const revoked = await markRestored(ground, { signOutAll })
      const { artifacts, versions, changedAt } = draft
      return { dataDir, artifacts, versions, changedAt, aside: await draft.settle(), ...revoked }
    } finally {
      await draft.discard()
    }
  } catch (error) {
    if (signal.aborted) throw new Error('Interrupted: nothing was restored.', { cause: signal.reason })
    throw error
  } finally {
    await lock.release()
  }
}

/** Its own tools copy it while it is written, to another machine, and to any moment; we could do no better. */
function refusePostgres(config: Config, instead: string): void {
  if (config.databaseUrl !== undefined) throw new Error(`The data are in ${placeOf(config)}. ${instead}`)
}

export interface Marked {
  /** Where the data are. */
  place: string
  sessions: number
  tokens: number
}

/**
 * `galley restored`: after a database was put back by other means than `galley restore`, whether servers run or not.
 * @throws what openOffice throws
 */
export async function markDataRestored(env: Env, options: { signOutAll: boolean }): Promise<Marked> {
  const office = await openOffice(env, { make: false })
  try {
    return { place: office.place, ...(await markRestored(office.world, options)) }
  } finally {
    await office.close()
  }
}
