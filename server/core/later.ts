import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'

export interface Keeping<Item> {
  /** In one transaction, of one org: no other has to wait for it. */
  keep(orgId: string, items: readonly Item[]): Promise<void>
  /** How many `keep` is given at once: whoever changes something of that org waits as long. */
  batch: number
  /** Told of what could not be kept. */
  lost(items: readonly Item[], error: unknown): void
  /** Told how many found no room any more. */
  overflowed(count: number): void
}

/** Gathers what nobody waits for, and keeps it together every limits.looksKept. */
export class Later<Item extends { orgId: string }> {
  private readonly as: Keeping<Item>
  private waiting: Item[] = []
  private tooMany = 0
  private keeping: Promise<void> | undefined
  private readonly closing = new AbortController()

  constructor(as: Keeping<Item>) {
    this.as = as
  }

  /** @returns false when it is closed, or so much is waiting that the store must be out of reach */
  add(item: Item): boolean {
    if (this.closing.signal.aborted) return false
    if (this.waiting.length >= limits.looksWaiting) {
      this.tooMany++
      return false
    }
    this.waiting.push(item)
    this.keeping ??= this.keepSoon()
    return true
  }

  /** What was added until now is kept when this resolves. */
  async close(): Promise<void> {
    this.closing.abort()
    await this.keeping
  }

  private async keepSoon(): Promise<void> {
    await sleep(limits.looksKept, undefined, { signal: this.closing.signal }).catch(() => {})
    for (let [first] = this.waiting; first; [first] = this.waiting) {
      const { orgId } = first
      const items = this.waiting.filter(item => item.orgId === orgId).slice(0, this.as.batch)
      const taken = new Set(items)
      this.waiting = this.waiting.filter(item => !taken.has(item))
      await this.as.keep(orgId, items).catch(error => this.as.lost(items, error))
      // The event loop has its turn, and so has whoever waits for the same org.
      await setImmediate()
    }
    if (this.tooMany > 0) this.as.overflowed(this.tooMany)
    this.tooMany = 0
    this.keeping = undefined
  }
}
