import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { decode, unpack } from './content.ts'
import type { Content, Copy, Press, Proof } from './press.ts'
import { deltaNow, proveNow, tooComplex } from './prove.ts'
import type { Outcome, Task } from './worker.ts'

/**
 * @param options.threads how many worker threads at most; by default one fewer than there are cores. None is started
 * before it is needed.
 */
export function startPress(options: { threads?: number } = {}): Press {
  const threads = new Threads(options.threads ?? Math.max(1, availableParallelism() - 1))
  return {
    async prove(copy) {
      return isSmall(copy) ? proveNow(copy) : ((await threads.run({ kind: 'prove', copy })) as Proof)
    },
    async delta(from, to) {
      if (fitsLoop(from) && fitsLoop(to)) return deltaNow(from, to)
      return (await threads.run({ kind: 'delta', from, to })) as Uint8Array | undefined
    },
    async plain(content) {
      if (content.encoding === 'identity' || fitsLoop(content)) return unpack(content)
      return (await threads.run({ kind: 'plain', content })) as Uint8Array
    },
    close: () => threads.close(),
  }
}

/** Markdown never is: a few KiB of it can be made to take seconds. */
const isSmall = ({ body, bodyEncoding, type, previous }: Copy): boolean =>
  type === 'text/html' &&
  fitsLoop({ bytes: body, encoding: bodyEncoding }) &&
  (previous === undefined || fitsLoop(previous.content))

/** Few enough bytes, also when they are unpacked, to be worked on between two other things. */
function fitsLoop({ bytes, encoding }: { bytes: Uint8Array; encoding: Copy['bodyEncoding'] }): boolean {
  if (bytes.byteLength > limits.offLoopBytes) return false
  try {
    decode(bytes, encoding, limits.offLoopBytes)
    return true
  } catch (error) {
    // What cannot be unpacked at all is soon found out again.
    return (error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE'
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
  if (task.kind === 'plain') return { task: { ...task, content: await content(task.content) }, transferList }
  if (task.kind === 'delta') {
    return { task: { ...task, from: await content(task.from), to: await content(task.to) }, transferList }
  }
  const { previous } = task.copy
  const copy: Copy = { ...task.copy, body: await own(task.copy.body) }
  if (previous) copy.previous = { ...previous, content: await content(previous.content) }
  return { task: { ...task, copy }, transferList }
}

/** The worker threads, and the limits on their time, memory and queue. */
class Threads {
  private readonly pool: Piscina<Task, Outcome>
  private readonly most: number
  private taken = 0
  private closed = false

  constructor(threads: number) {
    this.most = threads + limits.pressQueue
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
   * Neither takes the bytes of the task away nor changes them.
   * @throws GalleyError overloaded | page_too_complex, or what the task threw
   */
  async run(task: Task): Promise<unknown> {
    if (this.closed || this.taken >= this.most) throw overloaded()
    const signal = AbortSignal.timeout(limits.pressTask)
    this.taken += 1
    try {
      const { task: owned, transferList } = await ownCopy(task)
      if (this.closed) throw overloaded()
      const outcome = await this.pool.run(owned, { signal, transferList })
      if (outcome.ok) return outcome.value
      throw new GalleyError(outcome.code, outcome.message, outcome.facts)
    } catch (error) {
      // A thread that ran out of time or memory is gone; the pool starts another for the next task.
      const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
      if (signal.aborted || outOfMemory) throw tooComplex()
      throw this.closed ? overloaded() : error
    } finally {
      this.taken -= 1
    }
  }

  close(): Promise<void> {
    this.closed = true
    return this.pool.destroy()
  }
}

const overloaded = (): GalleyError =>
  new GalleyError('overloaded', 'The server has too many pages to process just now. Try again in a few seconds.')
