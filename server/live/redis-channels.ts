import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import type { ServerOptions } from 'socket.io'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics } from '../core/ports.ts'
import { type Connection, channelPrefix, type Listener } from './redis-connection.ts'

type Handler = (message: Buffer, channel: Buffer) => unknown

/**
 * What nodes say to one another (serverSideEmit), by each adapter's number for it. At other words an adapter would also
 * put sockets into rooms, end them, say anything to them, and give away their cookies.
 */
const heard = { single: 6, sharded: 9 } as const

/**
 * Redis as the adapter is to see it: always there, and never failing. The adapter waits for nothing that it asks of
 * Redis, and asks once: the first rejection would end the process, and a new connection would hear nothing.
 */
export class RedisChannels {
  private readonly log: Log
  private readonly metrics: Metrics
  private readonly listeners = new Map<string, Listener>()
  private connection: Connection | undefined
  private last: Promise<void> = Promise.resolve()

  constructor(log: Log, metrics: Metrics) {
    this.log = log
    this.metrics = metrics
  }

  adapter(cluster: boolean): NonNullable<ServerOptions['adapter']> {
    const client = this.client(cluster ? heard.sharded : heard.single)
    return cluster
      ? createShardedAdapter(client, client, { channelPrefix, subscriptionMode: 'static' })
      : createAdapter(client, client, { key: channelPrefix })
  }

  /** From now on by this connection. @throws Error where it does not let us hear */
  async carryBy(connection: Connection): Promise<void> {
    this.connection = connection
    await Promise.all([...this.listeners].map(([channel, listener]) => connection.subscribe(channel, listener)))
  }

  /** Resolves when Redis has all that was said until now: it answers in order. */
  get said(): Promise<void> {
    return this.last
  }

  /** What is said from now on is dropped. */
  carryNothing(): void {
    this.connection = undefined
  }

  /** As much of node-redis's client as the two adapters use, whose events of rooms nobody needs: each node has its own. */
  private client(type: number): object {
    const publish = (channel: string, message: string | Buffer) => {
      this.last = this.publish(channel, message)
      return this.last
    }
    const subscribe = (channels: string | readonly string[], handler: Handler) => {
      for (const channel of [channels].flat()) this.subscribe(channel, handler, type)
    }
    const unsubscribe = (channel: string) => this.listeners.delete(channel)
    const nothing = () => {}
    return {
      publish,
      subscribe,
      unsubscribe,
      sPublish: publish,
      sSubscribe: subscribe,
      sUnsubscribe: unsubscribe,
      pSubscribe: nothing,
      pUnsubscribe: nothing,
      on: nothing,
      off: nothing,
    }
  }

  private async publish(channel: string, message: string | Buffer): Promise<void> {
    try {
      if (!this.connection) throw new Error('Redis is away.')
      await this.connection.publish(channel, message)
    } catch {
      this.metrics.count('announcements_dropped')
    }
  }

  private subscribe(channel: string, handler: Handler, type: number): void {
    const listener: Listener = (message, from) => {
      if (isOf(type, message)) void this.hear(handler, message, from)
    }
    this.listeners.set(channel, listener)
    const { connection } = this
    connection?.subscribe(channel, listener).catch(error => connection.giveUp(error))
  }

  private async hear(handler: Handler, message: Buffer, channel: Buffer): Promise<void> {
    try {
      await handler(message, channel)
    } catch (error) {
      this.log.warn({ err: error }, 'Could not make sense of what another node said.')
    }
  }
}

/** What comes may have been said by anybody who has the password, and by other versions of Galley. */
function isOf(type: number, message: Buffer): boolean {
  if (message.length > limits.announcementBytes) return false
  try {
    const said: unknown = JSON.parse(message.toString())
    return typeof said === 'object' && said !== null && 'type' in said && said.type === type
  } catch {
    return false
  }
}
