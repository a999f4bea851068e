import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { decode, unpack, whole } from './content.ts'
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
      if (isSmall(copy)) return proveNow(copy)
      const { previous } = copy
      const task: Task = {
        kind: 'prove',
        copy: {
          ...copy,
          body: whole(copy.body),
          ...(previous && { previous: { ...previous, content: sendable(previous.content) } }),
        },
      }
      return (await threads.run(task)) as Proof
    },
    async delta(from, to) {
      if (fitsLoop(from) && fitsLoop(to)) return deltaNow(from, to)
      const task: Task = { kind: 'delta', from: sendable(from), to: sendable(to) }
      return (await threads.run(task)) as Uint8Array | undefined
    },
    async plain(content) {
      if (content.encoding === 'identity' || fitsLoop(content)) return unpack(content)
      return (await threads.run({ kind: 'plain', content: sendable(content) })) as Uint8Array
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

const sendable = ({ encoding, bytes }: Content): Content => ({ encoding, bytes: whole(bytes) })

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
   * A task's bytes are copied to the thread, since caches may hold them; the answer's are handed over.
   * @throws GalleyError overloaded | page_too_complex, or what the task threw
   */
  async run(task: Task): Promise<unknown> {
    if (this.closed || this.taken >= this.most) throw overloaded()
    const signal = AbortSignal.timeout(limits.pressTask)
    this.taken += 1
    try {
      const outcome = await this.pool.run(task, { signal })
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
