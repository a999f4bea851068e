import { setImmediate } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { change, systemActor } from '../core/change.ts'
import type { Log } from '../core/ports.ts'
import type { Ground } from '../core/world.ts'

export interface Sweep {
  /** Sweeps now, after a sweep that is under way. */
  runOnce(): Promise<void>
  /** No sweep begins any more; one that is under way stops after its current batch. */
  close(): Promise<void>
}

/**
 * Erases what its time is over for: artifacts deleted longer ago than limits.deletedKept with all they had, content
 * that no version came to name, answers kept for repeated requests, and credentials long expired. Once now and then
 * every limits.sweep.
 */
export function startSweep(world: Ground & { log: Log }): Sweep {
  const closing = new AbortController()
  let last: Promise<void> = Promise.resolve()
  const runOnce = (): Promise<void> => {
    const run = last.then(() => sweep(world, closing.signal))
    last = run.catch(() => {})
    return run
  }
  const runOnTime = (): void => {
    runOnce().catch((error: unknown) => world.log.error({ err: error }, 'The sweep failed; the next one tries again.'))
  }
  const timer = setInterval(runOnTime, limits.sweep)
  timer.unref()
  runOnTime()
  return {
    runOnce,
    async close() {
      clearInterval(timer)
      closing.abort()
      await last
    },
  }
}

async function sweep(world: Ground, signal: AbortSignal): Promise<void> {
  const now = world.clock.now()
  while (!signal.aborted && (await eraseSome(world, now - limits.deletedKept))) await setImmediate()
  // After the artifacts: what was theirs is nobody's now.
  await world.store.sweep(
    {
      content: now - limits.unnamedContentKept,
      idempotentAnswers: now - limits.idempotencyKept,
      credentials: now - limits.expiredCredentialsKept,
    },
    signal,
  )
}

/** One transaction's worth. @returns whether there is more. */
const eraseSome = (world: Ground, before: number): Promise<boolean> =>
  change(world, systemActor, 'any', async tx => {
    const { erased, more } = await tx.eraseDeleted(before)
    return {
      result: more,
      record: erased.map(artifact => ({ type: 'galley_artifact_erased', ...artifact, versionId: null, details: {} })),
    }
  })
