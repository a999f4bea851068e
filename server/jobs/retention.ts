import { setImmediate } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { expireSome } from '../core/retain.ts'
import type { Job } from './jobs.ts'

/** Deletes, in every organisation, the artifacts whose retention is over; the sweep erases them after their grace. */
export const retention: Job = {
  name: 'retention',
  every: limits.retention,
  async work(world, signal) {
    for (const { id } of await world.store.orgs()) {
      while (!signal.aborted && (await expireSome(world, id))) await setImmediate()
      await setImmediate()
    }
  },
}
