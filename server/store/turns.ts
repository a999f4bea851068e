import { setTimeout } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { kept } from './refusals.ts'

/**
 * One at a time for each key, first come, first served. What waits for an organisation's lock holds a connection, so no
 * more than one of each node does: the others wait here, and every organisation gets a connection in its turn.
 */
export class Turns {
  private readonly last = new Map<string, Promise<void>>()
  private queued = 0

  get waiting(): number {
    return this.queued
  }

  /** @throws GalleyError overloaded, when it does not come to it in limits.storeBusy */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const { promise: mine, resolve: leave } = promiseOf()
    const before = this.last.get(key)
    // Whoever gives up lets those behind through no sooner than their turn.
    const line = before !== undefined ? before.then(() => mine) : mine
    this.last.set(key, line)
    void line.then(() => {
      if (this.last.get(key) === line) this.last.delete(key)
    })
    try {
      if (before !== undefined) await this.wait(before)
      return await work()
    } finally {
      leave()
    }
  }

  private async wait(before: Promise<void>): Promise<void> {
    const giveUp = new AbortController()
    this.queued++
    try {
      const late = setTimeout(limits.storeBusy, 'late', { signal: giveUp.signal }).catch(() => 'late')
      if ((await Promise.race([before, late])) === 'late') throw kept()
    } finally {
      this.queued--
      giveUp.abort()
    }
  }
}

function promiseOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>(fulfil => {
    resolve = fulfil
  })
  return { promise, resolve }
}
