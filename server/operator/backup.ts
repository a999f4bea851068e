import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { publicUrlOf, readConfig } from '../config.ts'
import { markRestored } from '../core/restored.ts'
import { openLog } from '../log/log.ts'
import { type Backup, backUp } from '../store/backup.ts'
import { DataLock } from '../store/lock.ts'
import { draftOf } from '../store/restore.ts'
import type { Holdings } from '../store/verify.ts'
import { dataDirWithData } from './office.ts'

type Env = Readonly<Record<string, string | undefined>>

const clock = { now: Date.now }

/**
 * `galley backup`: beside a running server, or without one.
 * @throws ConfigError, and what DataLock.take and backUp throw · Error where there are no data
 */
export async function backUpData(
  env: Env,
  options: { file: string; overwrite: boolean; signal: AbortSignal },
): Promise<Backup> {
  const dataDir = dataDirWithData(readConfig(env))
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
 * @throws ConfigError, and what DataLock.take and draftOf throw
 */
export async function restoreData(
  env: Env,
  options: { file: string; overwrite: boolean; signOutAll: boolean; signal: AbortSignal },
): Promise<Restored> {
  const config = readConfig({ ...env, GALLEY_LOG_LEVEL: env.GALLEY_LOG_LEVEL || 'warn' })
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
