import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { limits } from '../../shared/limits.ts'
import { loadDriver } from './connection.ts'
import { databaseIn, isOutOfRoom } from './place.ts'
import { type Holdings, verify } from './verify.ts'

/** Pages of 4 KiB that are copied at once: between two such steps the process can be interrupted. */
const pagesAtOnce = 2048

export interface Backup extends Holdings {
  /** Its absolute path. */
  file: string
  bytes: number
}

/**
 * One consistent file with all there is, made while a server goes on writing: what it holds is how things were at one
 * moment. It is written beside as a draft, read again in full, durable, and only then there under its name.
 *
 * SQLite's online backup begins again whenever another process writes, so with somebody publishing all the time it would
 * never end; but not while a transaction that reads is open. That one keeps the write-ahead log from being begun anew,
 * so the log grows by what is published meanwhile. VACUUM INTO would keep it just as long, and could not be
 * interrupted.
 * @param options.overwrite a file of that name
 * @throws Error whose message is a sentence, also when the signal aborts; nothing is left behind then
 */
export async function backUp(options: {
  dataDir: string
  file: string
  overwrite: boolean
  signal: AbortSignal
}): Promise<Backup> {
  const { dataDir, overwrite, signal } = options
  const file = resolve(options.file)
  const refuseTaken = async () => {
    const there = await stat(file).catch(() => undefined)
    if (there?.isDirectory()) throw new Error(`${file} is a folder. Name a file in it.`)
    if (there && !overwrite) throw new Error(`There is a file ${file} already. To replace it: --force`)
  }
  if (await isOfTheData(file, dataDir)) throw new Error(`${file} is where the data themselves are. Name another file.`)
  await refuseTaken()
  const draft = `${file}.${process.pid}.part`
  try {
    // Signing keys are in it. What SQLite makes beside it takes its mode.
    await (await open(draft, 'wx', 0o600)).close()
    await copy(databaseIn(dataDir), draft, signal)
    const holdings = await verifyFile(draft, signal)
    await sync(draft)
    await refuseTaken()
    await rename(draft, file)
    await sync(dirname(file))
    return { ...holdings, file, bytes: (await stat(file)).size }
  } catch (error) {
    for (const part of ['', '-journal', '-wal', '-shm']) await rm(draft + part, { force: true })
    if (signal.aborted) throw new Error('Interrupted: no backup was made.', { cause: signal.reason })
    throw whyNot(error, file)
  }
}

/** By whatever path: to put a backup over the database that a server writes would lose all that it writes from then on. */
async function isOfTheData(file: string, dataDir: string): Promise<boolean> {
  const [folder, data] = await Promise.all([dirname(file), dataDir].map(path => realpath(path).catch(() => path)))
  if (folder === data && /^galley\.(?:db|lock)/.test(basename(file))) return true
  const [there, database] = await Promise.all(
    [file, databaseIn(dataDir)].map(path => stat(path).catch(() => undefined)),
  )
  return there !== undefined && database !== undefined && there.dev === database.dev && there.ino === database.ino
}

async function copy(from: string, to: string, signal: AbortSignal): Promise<void> {
  const Driver = await loadDriver()
  const database = new Driver(from, { fileMustExist: true, timeout: limits.storeBusy })
  try {
    database.exec('begin; select * from sqlite_schema')
    await database.backup(to, {
      progress() {
        signal.throwIfAborted()
        return pagesAtOnce
      },
    })
    database.exec('commit')
    // What the log has grown by is written into the file here: the server would stand still for it.
    database.pragma('wal_checkpoint(passive)')
  } finally {
    database.close()
  }
}

async function verifyFile(path: string, signal: AbortSignal): Promise<Holdings> {
  const Driver = await loadDriver()
  const database = new Driver(path)
  try {
    // One file, which can be read where nothing can be written.
    database.pragma('journal_mode = delete')
    return await verify(database, signal)
  } finally {
    database.close()
  }
}

/** A file's bytes, or a folder's names. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function whyNot(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const because = (reason: string) => new Error(`The backup cannot be written to ${file}: ${reason}`, { cause: error })
  // The step that copies says no more of a failed write than this.
  if (isOutOfRoom(error) || code === 'SQLITE_IOERR') {
    return because('there is no room left on that disk, or it takes no more writes. Nothing was kept.')
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') return because(`there is no folder ${dirname(file)}.`)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return because('this user may not write there.')
  return error
}
