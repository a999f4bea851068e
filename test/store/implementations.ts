import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log, Store } from '../../server/core/ports.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { runOn } from '../database-shell.ts'

/** A database that stores are opened on: several at once, from several processes. */
export interface Implementation {
  name: string
  /** Somewhere new and empty. */
  makePlace(): Promise<string>
  open(place: string): Promise<Store>
  /** Past the store, as an operator with a database shell. @returns the rows, if any */
  sql(place: string, statement: string): Promise<Record<string, unknown>[]>
  /** After every store on it was closed. */
  removePlace(place: string): Promise<void>
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

const sqlite: Implementation = {
  name: 'SQLite',
  makePlace: () => mkdtemp(join(tmpdir(), 'galley-store-')),
  open: place => openSqliteStore({ dataDir: place, random: randomBytes, log: silent }),
  sql: async (place, statement) => runOn(place, statement),
  removePlace: place => rm(place, { recursive: true }),
}

export const implementations: readonly Implementation[] = [sqlite]
