import { createHash } from 'node:crypto'
import { io } from 'socket.io-client'
import type { LiveSocket, Network } from '../../client/network/connection.ts'
import { type LivePage, openLive } from '../../client/viewer/live.ts'
import type { View } from '../../client/viewer/view.ts'
import { livePath, type Position, protocolVersion } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { tab } from '../viewer/network.ts'

/** Somebody in front of one page. */
export interface Seat {
  key: string
  artifactId: string
  /** Of the app. */
  url: string
  /** Where websockets go: the proxy, or one node past it. */
  via: string
  credential: { cookie: string } | { token: string }
}

/** What is to be seen of a viewer from outside. Times are milliseconds since 1970. */
export interface Sight {
  key: string
  status: View['status']
  /** Since when it is in this status. */
  since: number
  number?: number
  /** Of the page on screen. */
  sha256?: string
  /** When a connection of its was made; this and the next two, since it was looked at last. */
  connected: number[]
  /** Pages that it was shown. */
  shown: { sha256: string; at: number }[]
  /** Where it drew what was older, within one epoch, than what it had drawn. */
  wentBack: string[]
  /** When it last heard something of the artifact. */
  toldAt: number
  /** What it went through last, in words; where it is looked at closely. */
  diary?: readonly string[]
}

interface Shared {
  number?: number
  sha256: string
}

/** Whether this machine has a network. */
export interface Net {
  up: boolean
}

/** All of the viewer but what draws: its connection, its machine, its downloads; and a record of what it went through. */
export class Viewer {
  readonly seat: Seat
  private readonly net: Net
  private readonly life = tab()
  private readonly live: LivePage
  private readonly sockets = new Set<LiveSocket>()
  private readonly seen: Omit<Sight, 'key'> = {
    status: 'connecting',
    since: Date.now(),
    connected: [],
    shown: [],
    toldAt: 0,
    wentBack: [],
  }
  private readonly diary: string[] = []
  /** Of the last that was heard. */
  private epoch = ''
  /** Of the artifact as it was drawn last. */
  private drawn: Position | undefined

  constructor(seat: Seat, net: Net) {
    this.seat = seat
    this.net = net
    const show = (page: { sha256: string; bytes: Uint8Array }) => this.show(page)
    this.live = openLive({ artifactId: seat.artifactId, network: this.network(), life: this.life, frame: { show } })
    this.live.subscribe(view => this.look(view))
  }

  sight(closely: boolean): Sight {
    const { seen } = this
    return {
      key: this.seat.key,
      ...seen,
      connected: seen.connected.splice(0),
      shown: seen.shown.splice(0),
      wentBack: seen.wentBack.splice(0),
      ...(closely && { diary: this.diary }),
    }
  }

  say(event: 'wake' | 'leave' | 'return'): void {
    this.life.say(event)
  }

  hide(hidden: boolean): void {
    this.life.hide(hidden)
  }

  /** The connection is lost, and nobody has said goodbye. One that is being made is closed by nobody but its maker. */
  cut(): void {
    for (const socket of this.sockets) if (socket.connected) socket.io.engine.close()
  }

  close(): void {
    this.live.close()
  }

  private show({ sha256, bytes }: { sha256: string; bytes: Uint8Array }): void {
    const own = createHash('sha256').update(bytes).digest('hex')
    this.note(`shows ${own.slice(0, 8)}`)
    this.seen.shown.push({ sha256: own, at: Date.now() })
    this.seen.sha256 = own
    setImmediate(() => this.live.shown(sha256))
  }

  private look({ status, number, artifact }: View): void {
    const { seen } = this
    if (status !== seen.status) {
      seen.since = Date.now()
      this.note(`is ${status}`)
    }
    seen.status = status
    if (number === undefined) delete seen.number
    else seen.number = number
    if (status === 'not_found') delete seen.sha256
    // Of what one may not see nothing is kept; let in again, one begins anew.
    if (!artifact) this.drawn = undefined
    else this.order({ epoch: this.epoch, rev: artifact.rev })
  }

  private order(now: Position): void {
    const { drawn } = this
    if (drawn && drawn.epoch === now.epoch && now.rev < drawn.rev) {
      this.seen.wentBack.push(`from rev ${drawn.rev} to ${now.rev}`)
    }
    this.drawn = now
  }

  private hear(said: Partial<Position> | undefined): void {
    if (said?.epoch === undefined) return
    this.epoch = said.epoch
    this.seen.toldAt = Date.now()
    const { number, sha256 } = 'shown' in said ? (said.shown as Shared) : (said as Shared)
    this.note(`hears rev ${said.rev}${number === undefined ? '' : `, version ${number} ${sha256.slice(0, 8)}`}`)
  }

  private note(what: string): void {
    if (this.diary.push(`${new Date().toISOString().slice(14, 23)} ${what}`) > 20) this.diary.shift()
  }

  private network(): Network {
    const { seat, net } = this
    const [name, value] =
      'cookie' in seat.credential
        ? ['cookie', seat.credential.cookie]
        : ['authorization', `Bearer ${seat.credential.token}`]
    const { host } = new URL(seat.url)
    return {
      origin: seat.url,
      online: () => net.up,
      openSocket: () =>
        this.listenTo(openSocket(net.up ? seat.via : nowhere, { host, origin: seat.url, [name]: value })),
      fetch: async (input, init) => {
        if (!net.up) throw new TypeError('There is no network.')
        const headers = new Headers(init?.headers)
        headers.set(name, value)
        const path = String(input).replace(/^.*cart_[^/]*/, '')
        this.note(`fetches ${path}`)
        const answer = await fetch(input, { ...init, headers })
        this.note(`gets ${answer.status} of ${path}`)
        if (answer.ok && String(input).endsWith('/current')) {
          this.hear((await answer.clone().json()) as Partial<Position>)
        }
        return answer
      },
    }
  }

  /** Everything that comes in, before the viewer hears it. */
  private listenTo(socket: LiveSocket): LiveSocket {
    this.sockets.add(socket)
    socket.io.on('packet', ({ data }) => {
      if (!Array.isArray(data)) return
      for (const said of data) {
        if (typeof said !== 'object' || said === null) continue
        this.hear('artifact' in said ? (said.artifact as Position) : (said as Position))
      }
    })
    socket.on('connect', () => this.seen.connected.push(Date.now()))
    socket.io.on('close', () => this.sockets.delete(socket))
    socket.io.on('open', () => this.net.up || setImmediate(() => socket.io.engine.close()))
    return socket
  }
}

/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1'

const openSocket = (via: string, extraHeaders: Record<string, string>): LiveSocket =>
  io(via, {
    path: livePath,
    addTrailingSlash: false,
    transports: ['websocket'],
    auth: { protocolVersion },
    extraHeaders,
    autoConnect: false,
    reconnection: false,
    forceNew: true,
    timeout: limits.socketHandshake,
  })
