import { setImmediate } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { eraseSome } from '../core/erase.ts'
import type { Job } from './jobs.ts'

/**
 * Erases what its time is over for: artifacts deleted longer ago than they can be taken back, with all they had; content
 * that no version came to name, answers kept for repeated requests, and credentials long expired.
 */
export const sweep: Job = {
  name: 'sweep',
  every: limits.sweep,
  async work(world, signal) {
    const now = world.clock.now()
    while (!signal.aborted && (await eraseSome(world, now))) await setImmediate()
    // After the artifacts: what was theirs is nobody's now.
    await world.store.sweep(
      {
        content: now - limits.unnamedContentKept,
        idempotentAnswers: now - limits.idempotencyKept,
        credentials: now - limits.expiredCredentialsKept,
      },
      signal,
    )
  },
}
