import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { limits } from '../../shared/limits.ts'

/** So many points in a window that begins with the first of them. */
export interface Size {
  points: number
  /** Milliseconds; whole seconds where Redis counts. */
  window: number
}

/**
 * What one node counts by itself. The library forgets a key with its window only, and somebody may come from any number
 * of addresses until then: beyond limits.quotaKeys those that came last are remembered.
 */
export class NodeCount extends RateLimiterMemory {
  private readonly known = new LRUCache<string, true>({
    max: limits.quotaKeys,
    dispose: (_true, key, reason) => {
      if (reason === 'evict') void this.delete(key)
    },
  })

  constructor(name: string, { points, window }: Size) {
    super({ keyPrefix: name, points, duration: window / 1000 })
  }

  override consume(key: string, points?: number): Promise<RateLimiterRes> {
    this.known.set(key, true)
    return super.consume(key, points)
  }
}
