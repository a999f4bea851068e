import { setImmediate } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Content, Copy } from './press.ts'
import { tooComplex } from './prove.ts'
import { bytesOf, Turns } from './turns.ts'
import type { Outcome, Task } from './worker.ts'

/** The worker threads, and the limits on their time, memory and queue. */
export class Threads {
  private readonly pool: Piscina<Task, Outcome>
  private readonly turns: Turns
  private readonly task: number

  /** @param times milliseconds that a task may take, and that it may wait for its turn before that */
  constructor(threads: number, times: { task: number; wait: number }) {
    this.turns = new Turns(threads, times.wait)
    this.task = times.task
    this.pool = new Piscina<Task, Outcome>({
      // worker.ts when run from sources, worker.js when compiled.
      filename: new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url).href,
      name: 'work',
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: limits.pressIdle,
      resourceLimits: { maxOldGenerationSizeMb: limits.pressHeapMiB },
    })
  }

  /**
   * Neither takes the bytes of the task away nor changes them. They are copied only when it is the task's turn: those
   * that wait hold no more memory than whoever sent them accounts for.
   * @throws GalleyError overloaded | page_too_complex, or what the task threw
   */
  async run(task: Task): Promise<unknown> {
    const done = await this.turns.take(bytesOf(task) > limits.smallTaskBytes)
    try {
      return await this.work(task)
    } finally {
      done()
    }
  }

  get waiting(): number {
    return this.turns.queued
  }

  close(): Promise<void> {
    this.turns.close()
    return this.pool.destroy()
  }

  private async work(task: Task): Promise<unknown> {
    const { task: owned, transferList } = await ownCopy(task)
    this.turns.refuseWhenClosed()
    // The pool never has more tasks than threads, so it begins this one now, and its time with it.
    const signal = AbortSignal.timeout(this.task)
    const outcome = await this.pool.run(owned, { signal, transferList }).catch((error: NodeJS.ErrnoException) => {
      // A thread that ran out of time or memory is gone; the pool starts another for the next task.
      if (signal.aborted || error.code === 'ERR_WORKER_OUT_OF_MEMORY') throw tooComplex()
      this.turns.refuseWhenClosed()
      throw error
    })
    if (outcome.ok) return outcome.value
    throw new GalleyError(outcome.code, outcome.message, outcome.facts)
  }
}

/** A task with bytes of its own, which can be handed to a thread: caches may hold those that came in. */
async function ownCopy(task: Task): Promise<{ task: Task; transferList: ArrayBuffer[] }> {
  const transferList: ArrayBuffer[] = []
  const own = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const copy = new Uint8Array(bytes.byteLength)
    // In pieces: to copy 16 MiB and the page before it takes the loop tens of milliseconds.
    for (let at = 0; at < bytes.byteLength; at += limits.pieceBytes) {
      copy.set(bytes.subarray(at, at + limits.pieceBytes), at)
      await setImmediate()
    }
    transferList.push(copy.buffer)
    return copy
  }
  const content = async ({ encoding, bytes }: Content): Promise<Content> => ({ encoding, bytes: await own(bytes) })
  if (task.kind !== 'prove') {
    return { task: { ...task, from: await content(task.from), to: await content(task.to) }, transferList }
  }
  const { previous } = task.copy
  const copy: Copy = { ...task.copy, body: await own(task.copy.body) }
  if (previous) copy.previous = { ...previous, content: await content(previous.content) }
  return { task: { ...task, copy }, transferList }
}
