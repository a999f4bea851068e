import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../server/core/ports.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { openPostgresStore } from '../../server/store/postgres.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { runOn } from '../database-shell.ts'
import { queryOn, sharedPostgres } from '../postgres.ts'

/** A database that stores are opened on: several at once, from several processes. */
export interface Implementation {
  name: string
  /** Somewhere new and empty. */
  makePlace(): Promise<string>
  /** Another one with all that is in this, which nobody has open. */
  copy(place: string): Promise<string>
  open(place: string): Promise<Store>
  /** Past the store, as an operator with a database shell. @returns the rows, if any */
  sql(place: string, statement: string): Promise<Record<string, unknown>[]>
  /** After every store on it was closed. */
  removePlace(place: string): Promise<void>
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

const makeFolder = () => mkdtemp(join(tmpdir(), 'galley-store-'))

const sqlite: Implementation = {
  name: 'SQLite',
  makePlace: makeFolder,
  copy: async place => {
    const folder = await makeFolder()
    await cp(place, folder, { recursive: true })
    return folder
  },
  open: place => openSqliteStore({ dataDir: place, random: randomBytes, log: silent }),
  sql: async (place, statement) => runOn(place, statement),
  removePlace: place => rm(place, { recursive: true }),
}

export const postgres: Implementation = {
  name: 'PostgreSQL',
  makePlace: async () => (await sharedPostgres()).createDatabase(),
  copy: async place => (await sharedPostgres()).createDatabase(place),
  open: place => openPostgresStore({ url: place, random: randomBytes, log: silent }),
  sql: async (place, statement) => queryOn(place, statement),
  removePlace: async place => (await sharedPostgres()).dropDatabase(place),
}

export const implementations: readonly Implementation[] = [sqlite, postgres]
