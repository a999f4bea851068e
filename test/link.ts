import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `up`: what the client sends. `down`: what the server answers. */
export type Way = 'up' | 'down'
export type Ways = Way | 'both'

/**
 * The way to a server over TCP, with faults to order: a proxy on a port of its own, where it stays. What is ordered
 * holds for the connections there are and for those to come, until mended.
 */
export interface Link {
  readonly host: string
  readonly port: number
  /** Open now, those that are held up included. */
  readonly connections: number
  /** To where connections lead from now on. */
  leadTo(port: number): void
  /** All that is sent arrives so much later. @param ms milliseconds, each way */
  delay(ms: number): void
  /** No connection takes more than so many bytes a second of what is sent up. */
  throttle(bytesPerSecond: number): void
  /** Swallows what is sent and says nothing of it, as a firewall that has forgotten the connection does. */
  swallow(ways: Ways): void
  /** Stops reading, so that whoever sends has nowhere to send to. What is held up passes once mended. */
  hold(ways: Ways): void
  /** Ends whatever has been idle for so long, as proxies do. @param ms milliseconds */
  cutIdle(ms: number): void
  /** Cuts every connection, as with TCP's RST. */
  reset(): void
  /** Connections are refused, and those there are cut. */
  refuse(): Promise<void>
  /** Nothing is out of order from now on. Connections that have lost something are cut. */
  mend(): Promise<void>
  close(): Promise<void>
}

/** What passes on what arrives, and what cuts the connection. */
export interface Passage {
  up(chunk: Buffer): void
  down(chunk: Buffer): void
  cut(): void
}

export interface LinkOptions {
  host?: string
  /** Stands in one new connection's way: what it is handed replaces what would have become of the bytes. */
  through?: (passage: Passage) => Pick<Passage, Way>
}

/** What is out of order. */
interface State {
  port: number
  host: string
  delay: number
  bytesPerSecond: number
  swallowed: ReadonlySet<Way>
  held: ReadonlySet<Way>
  idle: number
}

const fine = {
  delay: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  swallowed: new Set<Way>(),
  held: new Set<Way>(),
  idle: 0,
}

/** @param port of the server, on the same host; it need not be there */
export async function openLink(port: number, { host = '127.0.0.1', through }: LinkOptions = {}): Promise<Link> {
  const state: State = { port, host, ...fine }
  const open = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true }, client => {
    const connection = new Connection(client, state, through)
    open.add(connection)
    connection.ended.then(() => open.delete(connection))
  })
  await listen(server, 0, host)
  const own = (server.address() as AddressInfo).port
  const change = (changed: Partial<State>) => {
    Object.assign(state, changed)
    for (const connection of open) connection.flow()
  }
  const reset = () => {
    for (const connection of open) connection.cut()
  }
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    reset()
    await closed
  }
  return {
    host,
    port: own,
    get connections() {
      return open.size
    },
    leadTo: port => change({ port }),
    delay: delay => change({ delay }),
    throttle: bytesPerSecond => change({ bytesPerSecond }),
    swallow: ways => change({ swallowed: setOf(ways) }),
    hold: ways => change({ held: setOf(ways) }),
    cutIdle: idle => change({ idle }),
    reset,
    async refuse() {
      if (server.listening) await stop()
    },
    async mend() {
      for (const connection of open) if (connection.lost) connection.cut()
      change(fine)
      if (!server.listening) await listen(server, own, host)
    },
    async close() {
      if (server.listening) await stop()
    },
  }
}

const setOf = (ways: Ways): ReadonlySet<Way> => new Set(ways === 'both' ? ['up', 'down'] : [ways])

class Connection {
  /** Something was swallowed: what comes after it would make no sense. */
  lost = false
  readonly ended: Promise<unknown>
  private readonly client: Socket
  private readonly server: Socket
  private readonly state: State
  private throttled = false

  constructor(client: Socket, state: State, through: LinkOptions['through']) {
    this.client = client
    this.state = state
    this.server = connect({ port: state.port, host: state.host, allowHalfOpen: true })
    this.ended = Promise.all([client, this.server].map(end => new Promise<void>(resolve => end.once('close', resolve))))
    const passage: Passage = {
      up: chunk => void this.server.write(chunk),
      down: chunk => void client.write(chunk),
      cut: () => this.cut(),
    }
    const { up, down } = through?.(passage) ?? passage
    this.carry('up', client, this.server, up)
    this.carry('down', this.server, client, down)
    client.on('timeout', () => {
      client.destroy()
      this.server.destroy()
    })
    this.flow()
  }

  cut(): void {
    for (const end of [this.client, this.server]) cut(end)
  }

  /** Reads, or does not, as things are now. */
  flow(): void {
    const { client, server, state } = this
    const toggle = (source: Socket, goes: boolean) => (goes ? source.resume() : source.pause())
    toggle(client, !state.held.has('up') && !server.writableNeedDrain && !this.throttled)
    toggle(server, !state.held.has('down') && !client.writableNeedDrain)
    client.setTimeout(state.idle)
  }

  private carry(way: Way, from: Socket, to: Socket, pass: (chunk: Buffer) => void): void {
    const late = new Late()
    from.on('data', chunk => {
      if (this.state.swallowed.has(way)) {
        this.lost = true
        return
      }
      if (way === 'up') this.slow(chunk.length)
      late.do(this.state.delay, () => {
        pass(chunk)
        this.flow()
      })
    })
    to.on('drain', () => this.flow())
    from.on('end', () => {
      if (this.state.swallowed.has(way)) this.lost = true
      else late.do(this.state.delay, () => to.end())
    })
    from.on('error', () => cut(to))
  }

  private slow(bytes: number): void {
    if (this.state.bytesPerSecond === Number.POSITIVE_INFINITY) return
    this.throttled = true
    setTimeout(
      () => {
        this.throttled = false
        this.flow()
      },
      (1000 * bytes) / this.state.bytesPerSecond,
    )
  }
}

/**
 * With a RST, where the system can send one: Node 20 loses a socket for ever that is told to reset while it still says
 * that nothing more comes, and its process then never ends.
 */
function cut(end: Socket): void {
  if (end.destroyed) return
  if (end.writableEnded) end.destroy()
  else end.resetAndDestroy()
}

/** One after the other, each when it is due and not before those before it. */
class Late {
  private last: Promise<void> | undefined

  do(delay: number, act: () => void): void {
    if (delay === 0 && !this.last) {
      act()
      return
    }
    const due = performance.now() + delay
    const before = this.last ?? Promise.resolve()
    const own = before
      .then(() => new Promise<void>(resolve => setTimeout(resolve, Math.max(0, due - performance.now()))))
      .then(() => {
        act()
        if (this.last === own) this.last = undefined
      })
    this.last = own
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}
