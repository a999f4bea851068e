import { createClient, createCluster } from 'redis'
import { limits } from '../../shared/limits.ts'

export interface RedisAddress {
  /** redis: or rediss:, with a name, a password and a database where there are any. */
  url: string
  /** Of a node of a Redis Cluster, of version 7 or newer. */
  cluster: boolean
}

export type Listener = (message: Buffer, channel: Buffer) => void

/**
 * One connection to say things by and one to hear them by, for as long as nothing is wrong with either. They are not
 * mended: whoever sees that something is wrong destroys both, and connects anew.
 */
export interface Connection {
  publish(channel: string, message: string | Buffer): Promise<unknown>
  subscribe(channel: string, listener: Listener): Promise<void>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** As when one breaks. */
  giveUp(reason: unknown): void
  /** What waits for an answer is rejected. */
  destroy(): void
}

/** Every channel begins with it. In a cluster the braces alone say which slot a channel is in: all are in one. */
export const channelPrefix = '{galley}'

export interface ConnectOptions {
  /** Milliseconds that Redis has for each answer; else the connection is given up. */
  answer: number
  /** Milliseconds before the next try at one node of a cluster, after so many. */
  retryIn(tries: number): number
  /** Aborted with the reason when a connection breaks, though not when one falls silent; or by who waits no longer. */
  life: AbortController
}

/**
 * @throws Error with Redis's reason, never the password, when it does not let us in, or not in time; nothing is left open
 */
export function connect({ url, cluster }: RedisAddress, options: ConnectOptions): Promise<Connection> {
  return cluster ? connectCluster(url, options) : connectOne(url, options)
}

type Client = ReturnType<typeof createClient>

/**
 * Nothing is queued for a Redis that is not there, and not without end for one that does not answer. What Redis
 * Enterprise says before maintenance is nothing to us.
 */
const bounded = {
  disableOfflineQueue: true,
  commandsQueueMaxLength: limits.redisUnanswered,
  maintNotifications: 'disabled',
  name: 'galley',
} as const

async function connectOne(url: string, options: ConnectOptions): Promise<Connection> {
  const open = (): Client =>
    createClient({ url, ...bounded, socket: { connectTimeout: options.answer, reconnectStrategy: false } })
  const [publisher, subscriber] = [open(), open()]
  watch(publisher, options.life)
  watch(subscriber, options.life)
  const destroy = () => {
    publisher.destroy()
    subscriber.destroy()
  }
  try {
    await inTime(Promise.all([publisher.connect(), subscriber.connect()]), options)
  } catch (error) {
    destroy()
    throw error
  }
  return {
    giveUp: reason => options.life.abort(reason),
    publish: (channel, message) => publisher.publish(channel, message),
    subscribe: (channel, listener) => inTime(subscriber.subscribe(channel, listener, true), options),
    eval: (script, given) => publisher.eval(script, given),
    destroy,
  }
}

/**
 * All is said on channels of one slot, and heard from its master by a client of our own: where node-redis's cluster
 * cannot follow a slot that moves, it leaves a rejection to nobody, which would end the process.
 */
async function connectCluster(url: string, options: ConnectOptions): Promise<Connection> {
  const cluster = createCluster(clusterOptions(url, options))
  let reason: unknown
  cluster.on('error', error => {
    reason = error
  })
  const opened: { destroy(): void }[] = [cluster]
  const destroy = () => {
    for (const client of opened) client.destroy()
  }
  try {
    await inTime(cluster.connect(), options)
    const master = await inTime(cluster.getNodeClientForKey(channelPrefix), options)
    const subscriber = createClient({
      ...master.options,
      socket: { ...master.options.socket, reconnectStrategy: false },
    })
    opened.push(subscriber)
    watch(subscriber, options.life)
    await inTime(subscriber.connect(), options)
    return {
      giveUp: reason => options.life.abort(reason),
      publish: (channel, message) => cluster.sPublish(channel, message),
      subscribe: (channel, listener) => inTime(subscriber.sSubscribe(channel, listener, true), options),
      eval: (script, given) => cluster.eval(script, given),
      destroy,
    }
  } catch (error) {
    destroy()
    // "All the root nodes are unavailable" says nothing of why.
    throw reason ?? error
  }
}

function clusterOptions(url: string, { answer, retryIn }: ConnectOptions): Parameters<typeof createCluster>[0] {
  const { hostname, port, protocol, username, password } = new URL(url)
  return {
    rootNodes: [{ socket: { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 6379) } }],
    // One master that is out of reach is nothing to who asks another.
    minimizeConnections: true,
    defaults: {
      ...bounded,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      socket: {
        connectTimeout: answer,
        reconnectStrategy: retryIn,
        ...(protocol === 'rediss:' && { tls: true as const }),
      },
    },
  }
}

function watch(client: Client, life: AbortController): void {
  client.on('error', error => life.abort(error))
  client.on('end', () => life.abort(new Error('The connection to Redis has ended.')))
  client.on('sharded-channel-moved', () => life.abort(new Error('The channels have moved in the Redis Cluster.')))
}

/** node-redis waits without end where the way to Redis swallows what is sent on it. */
function inTime<T>(promise: Promise<T>, { answer, life }: ConnectOptions): Promise<T> {
  const { signal } = life
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('Redis does not answer.'))
    // What has come while this process was busy is heard first.
    const timer = setTimeout(() => setImmediate(late), answer)
    const over = () => reject(signal.reason)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
    })
  })
}
