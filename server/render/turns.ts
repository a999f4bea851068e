import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Task } from './worker.ts'

interface Waiting {
  large: boolean
  start: () => void
  refuse: () => void
}

/** As they are held, so compressed where they are: what a task is, is not known before it is worked on. */
export const bytesOf = (task: Task): number =>
  task.kind !== 'prove'
    ? task.from.bytes.byteLength + task.to.bytes.byteLength
    : task.copy.body.byteLength + (task.copy.previous?.content.bytes.byteLength ?? 0)

/**
 * Who may work on a thread now, first come, first served; but where there are two threads or more, large tasks leave
 * one to the small, which take milliseconds and which viewers wait for: no 16 MiB page keeps a one-line change waiting.
 */
export class Turns {
  private readonly threads: number
  private readonly mostLarge: number
  private readonly wait: number
  private readonly waiting: Waiting[] = []
  private working = 0
  private workingLarge = 0
  private closed = false

  /** @param wait milliseconds */
  constructor(threads: number, wait: number) {
    this.threads = threads
    this.mostLarge = Math.max(1, threads - 1)
    this.wait = wait
  }

  /**
   * Waits for a thread. What is returned gives it back.
   * @throws GalleyError overloaded, when the queue is full, the wait too long or the end has come
   */
  async take(large: boolean): Promise<() => void> {
    this.refuseWhenClosed()
    if (this.mayStart(large)) this.count(large, 1)
    else await this.queue(large)
    return () => {
      this.count(large, -1)
      this.startNext()
    }
  }

  /** @throws GalleyError overloaded */
  refuseWhenClosed(): void {
    if (this.closed) throw overloaded()
  }

  get queued(): number {
    return this.waiting.length
  }

  close(): void {
    this.closed = true
    for (const waiting of this.waiting.splice(0)) waiting.refuse()
  }

  private mayStart(large: boolean): boolean {
    return this.working < this.threads && !(large && this.workingLarge >= this.mostLarge)
  }

  private count(large: boolean, by: 1 | -1): void {
    this.working += by
    if (large) this.workingLarge += by
  }

  private queue(large: boolean): Promise<void> {
    if (this.waiting.length >= limits.pressQueue) throw overloaded()
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        large,
        start: () => {
          clearTimeout(timer)
          resolve()
        },
        refuse: () => {
          clearTimeout(timer)
          reject(overloaded())
        },
      }
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1)
        waiting.refuse()
      }, this.wait)
      this.waiting.push(waiting)
    })
  }

  private startNext(): void {
    const next = this.waiting.findIndex(({ large }) => this.mayStart(large))
    const [waiting] = next < 0 ? [] : this.waiting.splice(next, 1)
    if (!waiting) return
    this.count(waiting.large, 1)
    waiting.start()
  }
}

const overloaded = (): GalleyError =>
  new GalleyError('overloaded', 'The server has too many pages to process just now. Try again in a few seconds.')
