import { constants, existsSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Log, Random } from '../core/ports.ts'
import type { Store } from '../core/store-ports.ts'
import { sync } from './backup.ts'
import { isBusy, loadDriver } from './connection.ts'
import { isOfNewer } from './migrations.ts'
import { cannotKeep, databaseIn, isOutOfRoom } from './place.ts'
import { openSqliteStore, sqlite } from './sqlite.ts'
import { type Holdings, verify } from './verify.ts'

/** A copy of a backup, checked, brought up to date and open, and yet to take the place of the data. */
export interface Draft extends Holdings {
  store: Store
  /**
   * Closes the store, and puts its file where the data are: at one moment the old, at the next the new, also when the
   * process is killed meanwhile. Data that were there get another name.
   * @returns the path under which the old data are now, if there were any
   */
  settle(): Promise<string | undefined>
  /** Takes away whatever is left of the draft. */
  discard(): Promise<void>
}

/**
 * To be called by who holds the data folder for a restore.
 * @param options.overwrite data that are there
 * @param options.aside what the name of the old file ends with
 * @throws Error whose message is a sentence: data are there, this is no backup, it is damaged or of a newer Galley, or
 *   there is no room
 */
export async function draftOf(options: {
  dataDir: string
  file: string
  overwrite: boolean
  aside: string
  random: Random
  log: Log
  signal: AbortSignal
}): Promise<Draft> {
  const { dataDir, file, overwrite, random, log, signal } = options
  if (!overwrite && (await hasData(dataDir))) {
    throw new Error(
      `There are data in ${dataDir} already. To put them aside and restore in their place: --force. Or set GALLEY_DATA_DIR to another folder.`,
    )
  }
  const folder = join(dataDir, 'restoring')
  const path = databaseIn(folder)
  const discard = () => rm(folder, { recursive: true, force: true })
  try {
    // What a killed restore has left.
    await discard()
    await mkdir(folder, { mode: 0o700 })
    await copyBackup(file, path)
    const holdings = await check(path, file, signal)
    const store = await openSqliteStore({ dataDir: folder, random, log })
    const settle = async () => {
      await store.close()
      signal.throwIfAborted()
      await sync(path)
      const old = (await hasData(dataDir)) ? await putAside(databaseIn(dataDir), options.aside) : undefined
      await rename(path, databaseIn(dataDir))
      await sync(dataDir)
      return old
    }
    return { ...holdings, store, settle, discard: () => store.close().then(discard) }
  } catch (error) {
    await discard()
    throw isOutOfRoom(error) ? cannotKeep(dataDir, error) : error
  }
}

/** An empty file is what a server makes that then ends at once; and what is new may all be in the log as yet. */
async function hasData(dataDir: string): Promise<boolean> {
  const path = databaseIn(dataDir)
  const found = await Promise.all([path, `${path}-wal`].map(part => stat(part).catch(() => undefined)))
  return found.some(part => part !== undefined && part.size > 0)
}

async function copyBackup(file: string, to: string): Promise<void> {
  const log = await stat(`${file}-wal`).catch(() => undefined)
  if (log && log.size > 0) {
    throw new Error(`${file} is a database in use, with a log beside it. Make a backup of it: galley backup FILE`)
  }
  try {
    await copyFile(file, to, constants.COPYFILE_FICLONE)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new Error(`There is no file ${file}.`, { cause: error })
    if (code === 'EISDIR') throw new Error(`${file} is a folder, and no backup.`, { cause: error })
    if (code === 'EACCES') throw new Error(`This user may not read ${file}.`, { cause: error })
    throw error
  }
  await chmod(to, 0o600)
}

/** @throws Error that says why it cannot be restored */
async function check(path: string, file: string, signal: AbortSignal): Promise<Holdings> {
  const Driver = await loadDriver()
  const database = new Driver(path)
  try {
    const migrations = migrationsOf(database)
    if (migrations.length === 0) throw new Error(`${file} is no backup of a Galley.`)
    if (await isOfNewer(migrations, sqlite)) {
      throw new Error(`${file} was made by a newer Galley than this one. Restore it with that one.`)
    }
    return await verify(database, signal).catch(error => {
      signal.throwIfAborted()
      throw new Error(`${file} cannot be restored. ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    })
  } finally {
    database.close()
  }
}

/** Of the database, by name; none of what is no database of ours. */
function migrationsOf(database: Database): string[] {
  try {
    database.prepare("select value from meta where key = 'epoch'").get()
    return database
      .prepare<[], { name: string }>('select name from kysely_migration')
      .all()
      .map(({ name }) => name)
  } catch {
    return []
  }
}

/**
 * The old file under another name beside its own, until the new one takes that. Its log is written into it first: beside
 * the new file SQLite would take it for the new one's.
 */
async function putAside(path: string, name: string): Promise<string> {
  const aside = `${path}.${name}`
  await foldLog(path)
  for (const part of ['', '-wal', '-shm']) {
    if (!existsSync(path + part)) continue
    await link(path + part, aside + part).catch(() => copyFile(path + part, aside + part))
    if (part !== '') await rm(path + part)
  }
  return aside
}

/** @throws Error when somebody has it open. What is too damaged for that keeps its log, and goes aside with it. */
async function foldLog(path: string): Promise<void> {
  const Driver = await loadDriver()
  try {
    const database = new Driver(path, { timeout: 0 })
    try {
      database.pragma('journal_mode = delete')
    } finally {
      database.close()
    }
  } catch (error) {
    if (isBusy(error)) throw new Error(`Another program has ${path} open. End it first.`, { cause: error })
    if (isOutOfRoom(error)) throw error
  }
}
