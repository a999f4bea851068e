import { RateLimiterRedis } from 'rate-limiter-flexible'
import { limits } from '../../shared/limits.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { NodeCount, Size } from './node-count.ts'

/** What is used of node-redis: its client, or its cluster's, which finds a key's node by itself. */
export interface RedisCommands {
  readonly isReady: boolean
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

interface Patience {
  clock: Clock
  log: Log
  /** Milliseconds. */
  answer: number
}

/**
 * Redis as the library is to see it. One that is slow, or swallows what it is sent, is waited for once and then left
 * alone for limits.quotaRest: so one request in a while waits, not each of them, and nothing piles up on its way there.
 */
export class SharedCount implements RedisCommands {
  private readonly redis: RedisCommands
  private readonly patience: Patience
  private restUntil = 0
  private silent = false

  constructor(redis: RedisCommands, patience: Patience) {
    this.redis = redis
    this.patience = patience
  }

  /** @param own counts while Redis does not answer */
  limiter(name: string, { points, window }: Size, own: NodeCount): RateLimiterRedis {
    return new RateLimiterRedis({
      storeClient: this,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      insuranceLimiter: own,
      keyPrefix: `galley:quota:${name}`,
      points,
      duration: window / 1000,
    })
  }

  get isReady(): boolean {
    return this.redis.isReady && this.patience.clock.now() >= this.restUntil
  }

  async eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
    try {
      const answer = await this.inTime(this.redis.eval(script, options))
      this.silent = false
      return answer
    } catch (error) {
      const { clock, log } = this.patience
      if (!this.silent) log.warn({ err: error }, 'Redis does not count: this node does so by itself.')
      this.silent = true
      this.restUntil = clock.now() + limits.quotaRest
      throw error
    }
  }

  private inTime(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error('Redis did not answer in time.'))
      // An answer that has come while this process was busy is read first: that is not Redis's silence.
      const timer = setTimeout(() => setImmediate(late), this.patience.answer)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}
