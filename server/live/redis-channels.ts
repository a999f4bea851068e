import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import type { ServerOptions } from 'socket.io'
import { limits } from '../../shared/limits.ts'
import type { Log, Metrics } from '../core/ports.ts'
import { type Connection, channelPrefix, type Listener } from './redis-connection.ts'

type Handler = (message: Buffer, channel: Buffer) => unknown

/**
 * Redis as the adapter is to see it: always there, and never failing. The adapter waits for nothing that it asks of
 * Redis, and asks once: the first rejection would end the process, and a new connection would hear nothing.
 */
export class RedisChannels {
  private readonly log: Log
  private readonly metrics: Metrics
  private readonly listeners = new Map<string, Listener>()
  private connection: Connection | undefined

  constructor(log: Log, metrics: Metrics) {
    this.log = log
    this.metrics = metrics
  }

  adapter(cluster: boolean): NonNullable<ServerOptions['adapter']> {
    const client = this.client()
    return cluster
      ? createShardedAdapter(client, client, { channelPrefix, subscriptionMode: 'static' })
      : createAdapter(client, client, { key: channelPrefix })
  }

  /** From now on by this connection. @throws Error where it does not let us hear */
  async carryBy(connection: Connection): Promise<void> {
    this.connection = connection
    await Promise.all([...this.listeners].map(([channel, listener]) => connection.subscribe(channel, listener)))
  }

  /** What is said from now on is dropped. */
  carryNothing(): void {
    this.connection = undefined
  }

  /** As much of node-redis's client as the two adapters use, whose events of rooms nobody needs: each node has its own. */
  private client(): object {
    const publish = (channel: string, message: string | Buffer) => this.publish(channel, message)
    const subscribe = (channels: string | readonly string[], handler: Handler) => {
      for (const channel of [channels].flat()) this.subscribe(channel, handler)
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

  private subscribe(channel: string, handler: Handler): void {
    const listener: Listener = (message, from) => void this.hear(handler, message, from)
    this.listeners.set(channel, listener)
    const { connection } = this
    connection?.subscribe(channel, listener).catch(error => connection.giveUp(error))
  }

  /** What comes may have been said by anybody who has the password, and by other versions of Galley. */
  private async hear(handler: Handler, message: Buffer, channel: Buffer): Promise<void> {
    if (message.length > limits.announcementBytes) return
    try {
      await handler(message, channel)
    } catch (error) {
      this.log.warn({ err: error }, 'Could not make sense of what another node said.')
    }
  }
}
