import { limits } from '../../shared/limits.ts'
import type { Clock, Log, Metrics, Random } from '../core/ports.ts'
import type { Store } from '../core/store-ports.ts'
import { DataLock } from './lock.ts'
import { databaseOf, refuseEmpty } from './place.ts'
import { openPostgresStore } from './postgres.ts'
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
  /** Of a server. */
  metrics?: Metrics
}

/**
 * The one place that chooses the database. The embedded one has one server, and commands beside it; PostgreSQL has as
 * many of both as there are.
 * @throws Error whose message is a sentence: there are no data, somebody else has them, or the database cannot be opened
 */
export function openStore({ dataDir, databaseUrl }: Where, opening: Opening): Promise<OpenStore> {
  return databaseUrl === undefined ? openEmbedded(dataDir, opening) : openPostgres(databaseUrl, opening)
}

async function openEmbedded(dataDir: string, { use, make, clock, ...parts }: Opening): Promise<OpenStore> {
  if (!make) refuseEmpty(dataDir)
  const lock = await DataLock.take({ dataDir, use, clock })
  try {
    const store = await openSqliteStore({ dataDir, ...parts })
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

/** A server may be started together with its PostgreSQL. Who types a command wants to know. */
async function openPostgres(url: string, { use, clock: _clock, ...parts }: Opening): Promise<OpenStore> {
  const patience = use === 'serve' ? limits.storeOpening : 0
  const store = await openPostgresStore({ url, patience, ...parts })
  return { store, serveAt: async () => {}, close: () => store.close() }
}

/** For people, and without a password: "/var/lib/galley", "the PostgreSQL database galley on db.example.com". */
export const placeOf = ({ dataDir, databaseUrl }: Where): string =>
  databaseUrl === undefined ? dataDir : databaseOf(databaseUrl)
