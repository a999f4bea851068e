import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics } from '../core/ports.ts'
import type { Ground } from '../core/world.ts'

/** What is done now and then for everybody's data, and so by one node at a time. */
export interface Job {
  readonly name: string
  /** Milliseconds from one time to the next, whichever node does it. */
  readonly every: number
  /** When `signal` aborts it ends soon, and whoever has the next turn does the rest. */
  work(world: Ground, signal: AbortSignal): Promise<void>
}

export interface Jobs {
  /** No job begins any more; one that is under way ends after its current batch. */
  close(): Promise<void>
}

type JobWorld = Ground & { log: Log; metrics: Metrics }

/**
 * Every node looks now, and every limits.jobLook from then on, whether a job is due. One that died at it, or failed, has
 * not done it: the next to look does.
 */
export function startJobs(world: JobWorld, jobs: readonly Job[]): Jobs {
  const closing = new AbortController()
  const looking = keepLooking(world, jobs, closing.signal)
  return {
    async close() {
      closing.abort()
      await looking
    },
  }
}

/** At one after the other: each has a connection to the database for itself meanwhile. */
async function keepLooking(world: JobWorld, jobs: readonly Job[], closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    for (const job of jobs) if (!closing.aborted) await tryLook(world, job, closing)
    await sleep(pause(world), undefined, { signal: closing, ref: false }).catch(() => {})
  }
}

async function tryLook(world: JobWorld, job: Job, closing: AbortSignal): Promise<void> {
  try {
    await look(world, job, closing)
  } catch (error) {
    if (closing.aborted) return
    world.metrics.outcome('jobs', 'failed')
    world.log.error({ err: error, job: job.name }, 'A job failed; the next look tries again.')
  }
}

async function look(world: JobWorld, job: Job, closing: AbortSignal): Promise<void> {
  await world.store.alone(job.name, async held => {
    if (!(await isDue(world, job))) return
    const signal = AbortSignal.any([closing, held])
    await job.work(world, signal)
    if (signal.aborted) return
    await world.store.keepJobDone(job.name, world.clock.now())
    world.metrics.outcome('jobs', 'done')
  })
}

/** Done in the future it was by a node whose clock was wrong. */
async function isDue({ store, clock }: Ground, { name, every }: Job): Promise<boolean> {
  const doneAt = await store.jobDoneAt(name)
  return doneAt === undefined || Math.abs(clock.now() - doneAt) >= every
}

/** Nodes that were started together do not look together for ever. */
const pause = ({ random }: Ground): number => limits.jobLook * (0.5 + Buffer.from(random(1)).readUInt8() / 256)
