import { existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

/** The path of the database file in a folder, whether it is there or not. */
export const databaseIn = (dataDir: string): string => join(dataDir, 'galley.db')

/** @throws Error that says what to do, where the folder has no database */
export function refuseEmpty(dataDir: string): void {
  if (existsSync(databaseIn(dataDir))) return
  throw new Error(
    `There is no Galley data in ${dataDir}. Run this where the server runs, or set GALLEY_DATA_DIR or DATABASE_URL.`,
  )
}

/**
 * Of PostgreSQL, by its URL, for people: without the password. "the PostgreSQL database galley on db.example.com". As pg
 * takes it, what stands behind the question mark goes first, and a host may be the folder of a Unix socket.
 */
export function databaseOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (decodeURIComponent(hostname) || 'localhost')
  const given = searchParams.get('port') ?? port
  const otherPort = given === '' || given === '5432' ? '' : `:${given}`
  return `the PostgreSQL database ${decodeURIComponent(pathname.slice(1))} on ${host}${otherPort}`
}

/** Where data go: a folder that nobody else reads. @throws Error that says why it cannot be made or written */
export async function makeFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw cannotKeep(dataDir, error)
  }
}

/**
 * A file in that folder, made empty where it is not there yet. What SQLite makes beside it takes its mode.
 * @throws Error that says why it cannot be made or written
 */
export async function makeFile(path: string, dataDir: string): Promise<void> {
  await makeFolder(dataDir)
  try {
    // Signing keys are in it.
    await (await open(path, 'a', 0o600)).close()
  } catch (error) {
    throw cannotKeep(dataDir, error)
  }
}

/** @returns an Error whose message is a sentence */
export const cannotKeep = (dataDir: string, cause: unknown): Error =>
  new Error(`The data cannot be kept in ${dataDir}: ${reasonOf(cause)}`, { cause })

function reasonOf(error: unknown): string {
  const { code = '', message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'that, or a part of the path to it, is a file.'
  if (code === 'EISDIR') return 'its galley.db is a folder.'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'this user may not write there.'
  if (isOutOfRoom(error)) return 'there is no room left on its disk, or it takes no more writes.'
  return message
}

/**
 * The disk is full, or a quota is; or it fails to take writes. SQLite tells a full disk apart, but neither a quota, nor
 * a disk that fills up while it makes the memory that its processes share.
 */
export function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (!('code' in error)) return isOutOfRoom(error.cause)
  return /^(?:ENOSPC|EDQUOT|EFBIG|SQLITE_FULL|SQLITE_IOERR_(?:WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHM\w+))$/.test(
    String(error.code),
  )
}
