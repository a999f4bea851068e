import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerOptions } from 'socket.io'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics, Random } from '../core/ports.ts'
import { fraction } from './chance.ts'
import { RedisChannels } from './redis-channels.ts'
import { type Connection, channelPrefix, connect, type RedisAddress } from './redis-connection.ts'

export interface RedisOptions {
  log: Log
  random: Random
  metrics: Metrics
  /** In place of that of shared/limits.ts. */
  patience?: Patience
}

/** Milliseconds. */
export interface Patience {
  heartbeat: number
  silence: number
  answer: number
}

const usual: Patience = {
  heartbeat: limits.redisHeartbeat,
  silence: limits.redisSilence,
  answer: limits.redisAnswer,
}

/** The way to the other nodes, and what all nodes count by. Everything goes on without it, and it is tried for ever. */
export interface Redis {
  /** For GatewayOptions. What is said while Redis is away is dropped, and counted. */
  readonly adapter: NonNullable<ServerOptions['adapter']>
  readonly commands: RedisCommands
  /** This node hears what it says itself. */
  isUp(): boolean
  /** Called when all that is said is heard again, and something may have been missed before: the first time, too. */
  onGap(heal: () => void): void
  close(): Promise<void>
}

export interface RedisCommands {
  /** Else commands are rejected at once. */
  readonly isReady: boolean
  /** Rejected when it was not run, or nobody knows whether it was. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** Does not wait for Redis, nor fail for want of it. */
export function openRedis(address: RedisAddress, options: RedisOptions): Redis {
  const lives = new Lives(address, options)
  return {
    adapter: lives.channels.adapter(address.cluster),
    commands: {
      get isReady() {
        return lives.connection !== undefined
      },
      async eval(script, given) {
        if (!lives.connection) throw new Error('Redis is away.')
        return lives.connection.eval(script, given)
      },
    },
    isUp: () => lives.isUp,
    onGap: heal => void lives.heals.push(heal),
    close: () => lives.close(),
  }
}

/** One connection after the other. */
class Lives {
  readonly channels: RedisChannels
  readonly heals: (() => void)[] = []
  connection: Connection | undefined
  private readonly address: RedisAddress
  private readonly options: RedisOptions
  private readonly patience: Patience
  /** Of the connection, or of the pause before the next. */
  private life = new AbortController()
  private ended = false
  private readonly over: Promise<void>
  /** Since when this node hears itself. Neither this nor the heartbeat goes by a clock that may be put right. */
  private upSince: number | undefined
  /** Whoever looks after this server was told that Redis is away, and not yet that it is back. */
  private missed = false

  constructor(address: RedisAddress, options: RedisOptions) {
    this.address = address
    this.options = options
    this.patience = options.patience ?? usual
    this.channels = new RedisChannels(options.log, options.metrics)
    options.metrics.show('redis_up', () => (this.isUp ? 1 : 0))
    this.over = this.liveOn()
  }

  get isUp(): boolean {
    return this.upSince !== undefined
  }

  /** What was said last is not in the socket yet; a Redis that stands still is not waited for. */
  async close(): Promise<void> {
    await Promise.race([this.channels.said, sleep(this.patience.heartbeat, undefined, { ref: false })])
    this.ended = true
    this.life.abort()
    await this.over
  }

  private async liveOn(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { reason, wasUp } = await this.live()
      if (this.ended) return
      this.miss(reason)
      if (wasUp > limits.redisRetryMost) tries = 0
      await sleep(this.retryIn(tries), undefined, { signal: this.begin() }).catch(() => {})
      if (this.ended) return
    }
  }

  private begin(): AbortSignal {
    this.life = new AbortController()
    return this.life.signal
  }

  /** @returns why it is over, and for how many milliseconds all was well */
  private async live(): Promise<{ reason: unknown; wasUp: number }> {
    const signal = this.begin()
    const { life, patience } = this
    let connection: Connection | undefined
    let reason: unknown
    try {
      const retryIn = (tries: number) => this.retryIn(tries)
      connection = await connect(this.address, { answer: patience.answer, retryIn, life })
      this.connection = connection
      await this.channels.carryBy(connection)
      reason = await this.beat(connection, signal)
    } catch (error) {
      reason = error
    }
    const wasUp = this.upSince === undefined ? 0 : performance.now() - this.upSince
    this.upSince = undefined
    this.connection = undefined
    this.channels.carryNothing()
    connection?.destroy()
    return { reason, wasUp }
  }

  /**
   * Says something to itself, again and again. That is how a connection is noticed that has fallen silent: TCP takes a
   * quarter of an hour, and the adapter would never ask.
   * @returns why there is nothing more to be heard
   */
  private async beat(connection: Connection, over: AbortSignal): Promise<unknown> {
    const { heartbeat, silence } = this.patience
    const channel = `${channelPrefix}-heartbeat#${randomUUID()}`
    /** When it was said, of what was not heard yet. */
    let unheard: number[] = []
    await connection.subscribe(channel, message => {
      const saidAt = Number(message.toString())
      if (!unheard.includes(saidAt)) return
      unheard = unheard.filter(at => at > saidAt)
      this.options.metrics.time('redis_round_trip', performance.now() - saidAt)
      if (!this.isUp) this.welcome()
    })
    while (!over.aborted) {
      // Counted rather than timed: while this process is busy or stopped it hears nothing, and says nothing.
      if (unheard.length * heartbeat > silence) return new Error(`Redis has passed nothing on for ${silence} ms.`)
      const now = performance.now()
      unheard.push(now)
      connection.publish(channel, String(now)).catch(() => {})
      await sleep(heartbeat, undefined, { signal: over }).catch(() => {})
    }
    return over.reason
  }

  private welcome(): void {
    this.upSince = performance.now()
    if (this.missed) this.options.log.info({}, 'Redis is there: changes reach the other nodes at once.')
    this.missed = false
    for (const heal of this.heals) heal()
  }

  private miss(reason: unknown): void {
    const { log, metrics } = this.options
    if (this.missed) {
      log.debug({ err: reason }, 'Redis is still out of reach.')
      return
    }
    this.missed = true
    metrics.count('redis_gaps')
    log.warn({ err: reason }, 'Redis is out of reach: viewers hear of changes at other nodes some seconds later.')
  }

  /** Twice as long each time, up to limits.redisRetryMost; all nodes lose Redis at once, and are not to come back so. */
  private retryIn(tries: number): number {
    const most = Math.min(limits.redisRetry * 2 ** tries, limits.redisRetryMost)
    return Math.ceil(most * (0.5 + 0.5 * fraction(this.options.random)))
  }
}
