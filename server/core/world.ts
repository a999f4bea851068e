import type { Press } from '../render/press.ts'
import type { Deltas } from './deltas.ts'
import type { Clock, Live, Log, Metrics, Random } from './ports.ts'
import type { Store } from './store-ports.ts'

/** What a change of state needs, and all that a command run beside a server's data has. */
export interface Ground {
  store: Store
  live: Live
  clock: Clock
  random: Random
  /** Origin of the app, without a slash at the end. */
  publicUrl: string
}

/** What every rule is handed: the ports, and nothing that could not be replaced in a test. */
export interface World extends Ground {
  press: Press
  deltas: Deltas
  log: Log
  metrics: Metrics
}
