import type { Clock, Log, Random, Store } from '../core/ports.ts'
import { DataLock } from './lock.ts'
import { databaseOf, refuseEmpty } from './place.ts'
import { openSqliteStore } from './sqlite.ts'

/** Where data are, as the settings have it: in PostgreSQL where its URL is there, else in a folder. */
export interface Where {
  dataDir: string
  databaseUrl: string | undefined
}

/** The data, and this process's hold on them. */
export interface OpenStore {
  store: Store
  /** Tells whoever is refused the data meanwhile where this process serves them. */
  serveAt(url: string): Promise<void>
  close(): Promise<void>
}

interface Opening {
  use: 'serve' | 'command'
  /** Whether they are made where there are none. */
  make: boolean
  clock: Clock
  random: Random
  log: Log
}

/**
 * The one place that chooses the database. The embedded one has one server, and commands beside it; PostgreSQL has as
 * many of both as there are.
 * @throws Error whose message is a sentence: there are no data, somebody else has them, or the database cannot be opened
 */
export async function openStore({ dataDir }: Where, opening: Opening): Promise<OpenStore> {
  const { use, make, clock, random, log } = opening
  if (!make) refuseEmpty(dataDir)
  const lock = await DataLock.take({ dataDir, use, clock })
  try {
    const store = await openSqliteStore({ dataDir, random, log })
    return {
      store,
      serveAt: url => lock.serveAt(url),
      close: () => store.close().finally(() => lock.release()),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** For people, and without a password: "/var/lib/galley", "the PostgreSQL database galley on db.example.com". */
export const placeOf = ({ dataDir, databaseUrl }: Where): string =>
  databaseUrl === undefined ? dataDir : databaseOf(databaseUrl)
