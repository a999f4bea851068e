import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { timeInWords } from '../../shared/text.ts'
import type { Clock } from '../core/ports.ts'
import { isBusy, loadDriver } from './connection.ts'
import { cannotKeep, makeFolder } from './place.ts'

/** What a process is about to do with the data in a folder. */
type Use = 'serve' | 'command' | 'restore'

/** SQLite's locks, weakest first: many share; one may be about to write beside them; one has it to itself. */
const begin: Readonly<Record<Use, string>> = {
  command: 'begin; select * from sqlite_schema',
  serve: 'begin immediate',
  restore: 'begin exclusive',
}

/** What whoever is refused may know. */
const holding = z.object({
  use: z.enum(['serve', 'restore']),
  pid: z.number(),
  host: z.string(),
  since: z.number(),
  /** Where it serves, once it does. */
  url: z.string().optional(),
})
type Holding = z.infer<typeof holding>

/**
 * A process's hold on a data folder: one server at most, commands beside it, and a restore only by itself. What is held
 * is a lock of the operating system's, which SQLite takes on an empty database of its own, `galley.lock`: it ends with
 * the process, however that ends, so none is ever left behind. Who holds it stands in a plain file beside it. Nobody
 * else may open `galley.lock` in the same process: by POSIX, closing a file lets go of all that the process locked in it.
 */
export class DataLock {
  private readonly database: Database
  private readonly path: string
  private readonly held: Holding | undefined

  private constructor(database: Database, path: string, held: Holding | undefined) {
    this.database = database
    this.path = path
    this.held = held
  }

  /** @throws Error that says who has the data, or why the folder cannot be used */
  static async take(options: { dataDir: string; use: Use; clock: Clock }): Promise<DataLock> {
    const { dataDir, use, clock } = options
    const path = join(dataDir, 'galley.lock')
    await makeFolder(dataDir)
    const Driver = await loadDriver()
    let database: Database | undefined
    try {
      database = new Driver(path, { timeout: 0 })
      // Not by opening it.
      await chmod(path, 0o600)
      if (!lock(database, use)) throw await refusal(database, options, path)
    } catch (error) {
      database?.close()
      throw hasCode(error) ? cannotKeep(dataDir, error) : error
    }
    if (use === 'command') return new DataLock(database, path, undefined)
    const held = { use, pid: process.pid, host: hostname(), since: clock.now() }
    await note(path, held)
    return new DataLock(database, path, held)
  }

  /** Tells whoever is refused where this process serves. */
  async serveAt(url: string): Promise<void> {
    if (this.held) await note(this.path, { ...this.held, url })
  }

  async release(): Promise<void> {
    if (this.held) await rm(noteOf(this.path), { force: true })
    this.database.close()
  }
}

/** @returns whether it was free. Of two servers at the same moment exactly one gets it: it takes one step. */
function lock(database: Database, use: Use): boolean {
  try {
    // Nothing is written, so no journal is to lie beside it.
    database.pragma('journal_mode = memory')
    database.exec(begin[use])
    return true
  } catch (error) {
    if (database.inTransaction) database.exec('rollback')
    if (isBusy(error)) return false
    throw error
  }
}

/** SQLite's or the system's. */
const hasCode = (error: unknown): boolean => error instanceof Error && 'code' in error

const noteOf = (path: string): string => `${path}.json`

/** Never half of it; and for want of room none, since it is there for a sentence alone. */
async function note(path: string, held: Holding): Promise<void> {
  const draft = `${noteOf(path)}.${process.pid}`
  try {
    await writeFile(draft, JSON.stringify(held), { mode: 0o600 })
    await rename(draft, noteOf(path))
  } catch {
    await rm(draft, { force: true })
  }
}

async function refusal(database: Database, options: { dataDir: string; use: Use }, path: string): Promise<Error> {
  const { dataDir, use } = options
  // Free for a server: so what keeps a restore out is no server, whatever an ended one has left in its note.
  if (use === 'restore' && lock(database, 'serve')) {
    return new Error(`Another galley command is at work on the data in ${dataDir}. Try again when it is done.`)
  }
  const holder = await readFile(noteOf(path), 'utf8')
    .then(text => holding.parse(JSON.parse(text)))
    .catch(() => undefined)
  const by = holder ? ` by process ${holder.pid} on ${holder.host}, since ${timeInWords(holder.since)}` : ''
  if (use === 'command' || holder?.use === 'restore') {
    return new Error(`The data in ${dataDir} are being restored${by}. Try again when that is done.`)
  }
  const at = holder?.url === undefined ? '' : `, at ${holder.url}`
  const otherwise = use === 'serve' ? ', or set GALLEY_DATA_DIR to another folder' : ''
  return new Error(`The data in ${dataDir} are being served already${by}${at}. Stop that server first${otherwise}.`)
}
