import type { Press } from '../render/press.ts'
import type { Deltas } from './deltas.ts'
import type { Clock, Live, Log, Random, Store } from './ports.ts'

/** What every rule is handed: the ports, and nothing that could not be replaced in a test. */
export interface World {
  store: Store
  live: Live
  press: Press
  deltas: Deltas
  clock: Clock
  random: Random
  log: Log
  /** Origin of the app, without a slash at the end. */
  publicUrl: string
}
