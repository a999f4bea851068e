import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'

/** What one transaction keeps at once: the event loop has its turn between two. */
const batch = 50

/** Gathers what nobody waits for, and keeps it together every limits.looksKept. */
export class Later<Item extends { orgId: string }> {
  private readonly keep: (orgId: string, items: readonly Item[]) => Promise<void>
  private readonly lost: (items: readonly Item[], error: unknown) => void
  private waiting: Item[] = []
  private keeping: Promise<void> | undefined
  private readonly closing = new AbortController()

  /**
   * @param keep in one transaction, of one org: no other has to wait for it
   * @param lost told of what could not be kept
   */
  constructor(
    keep: (orgId: string, items: readonly Item[]) => Promise<void>,
    lost: (items: readonly Item[], error: unknown) => void,
  ) {
    this.keep = keep
    this.lost = lost
  }

  /** False when it is closed, or so much is waiting that the store must be out of reach. */
  get takesMore(): boolean {
    return !this.closing.signal.aborted && this.waiting.length < limits.looksWaiting
  }

  add(item: Item): void {
    this.waiting.push(item)
    this.keeping ??= this.keepSoon()
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
      const items = this.waiting.filter(item => item.orgId === orgId).slice(0, batch)
      const taken = new Set(items)
      this.waiting = this.waiting.filter(item => !taken.has(item))
      await this.keep(orgId, items).catch(error => this.lost(items, error))
      await setImmediate()
    }
    this.keeping = undefined
  }
}
