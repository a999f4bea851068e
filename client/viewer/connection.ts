import type { Socket } from 'socket.io-client'
import type { Artifact } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type {
  ArtifactEvent,
  ClientToServer,
  Have,
  InlineDelta,
  Refusal,
  RevokedEvent,
  ServerToClient,
  VersionEvent,
  WatchReply,
} from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { fetchCurrent } from './current.ts'
import { type Http, isSignedOut } from './http.ts'

export type LiveSocket = Socket<ServerToClient, ClientToServer>

export interface Network extends Http {
  /** A new one each time, not yet connecting, that does not reconnect by itself. */
  openSocket(): LiveSocket
  /** False when the browser knows that there is no network. */
  online(): boolean
}

export type Status = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'polling'

/** Why the connection does not come back by itself. `outdated`: this page is of another version than its server. */
export type Ending = 'signed_out' | 'not_found' | 'deleted' | 'outdated'

export type Heard =
  | { kind: 'status'; status: Status }
  | { kind: 'current'; artifact: Artifact; inline?: InlineDelta }
  | { kind: 'version'; event: VersionEvent }
  | { kind: 'artifact'; event: ArtifactEvent }
  | { kind: 'ended'; why: Ending }

export interface ConnectionOptions {
  artifactId: string
  network: Network
  /** What the viewer holds, asked each time it is said. */
  have(): Have | undefined
  hear(heard: Heard): void
}

type Timer = ReturnType<typeof setTimeout>

/**
 * Keeps this page told, whatever the network does: one socket at a time, replaced when it is dead; a random wait before
 * each try; HTTP where sockets are blocked. A lost message costs one round of `ask`, never a stale page for ever.
 */
export class Connection {
  private readonly options: ConnectionOptions
  private socket: LiveSocket | undefined
  /** This socket has answered before: it is worth replacing at once when it falls silent. */
  private answered = false
  private asking = false
  private failures = 0
  private wasLive = false
  /** Closed by its owner, or put aside while the page is in the back-forward cache, or ended by the server. */
  private stopped = true
  private polling = false
  private etag = ''
  private nextTry: Timer | undefined
  private nextAsk: Timer | undefined
  private nextPoll: Timer | undefined

  constructor(options: ConnectionOptions) {
    this.options = options
  }

  /** Also after `stop`, and after it has ended. */
  start(): void {
    this.stopped = false
    this.failures = 0
    this.say(this.wasLive ? 'reconnecting' : 'connecting')
    this.open()
  }

  stop(): void {
    this.stopped = true
    this.stopPolling()
    clearTimeout(this.nextTry)
    this.nextTry = undefined
    this.drop()
  }

  /**
   * Something happened that a socket may not have survived (the machine slept, the network changed), or that makes it
   * worth knowing now what is current. An open socket may be dead: it has limits.pingTimeout to answer.
   */
  check(): void {
    if (this.stopped) return
    if (this.socket?.connected) this.ask()
    else if (!this.socket) this.open()
  }

  private open(): void {
    clearTimeout(this.nextTry)
    this.nextTry = undefined
    this.drop()
    const socket = this.options.network.openSocket()
    this.socket = socket
    socket.on('connect', () => this.ask())
    socket.on('connect_error', error => this.onRefused(error))
    socket.on('disconnect', () => this.onLost())
    socket.on('version', event => this.options.hear({ kind: 'version', event }))
    socket.on('artifact', event => this.options.hear({ kind: 'artifact', event }))
    socket.on('revoked', event => this.onRevoked(event))
    socket.on('drain', event => this.tryIn(event.retryIn))
    socket.connect()
  }

  /** From here on the socket is another's: nothing that it still says is heard. */
  private drop(): void {
    clearTimeout(this.nextAsk)
    this.socket?.off()
    this.socket?.disconnect()
    this.socket = undefined
    this.answered = false
    this.asking = false
  }

  private ask(): void {
    const { socket, asking } = this
    if (!socket || asking) return
    this.asking = true
    const have = this.options.have()
    const request = { artifactId: this.options.artifactId, ...(have && { have }) }
    socket.timeout(limits.pingTimeout).emit('watch', request, (silent: Error | null, reply: WatchReply) => {
      if (socket !== this.socket) return
      this.asking = false
      if (!silent) this.onAnswer(reply)
      else if (this.answered) this.open()
      else this.onLost()
    })
  }

  private onAnswer(reply: WatchReply): void {
    if (!reply.ok) {
      this.onNoAnswer(reply.code)
      return
    }
    this.answered = true
    this.failures = 0
    this.stopPolling()
    clearTimeout(this.nextAsk)
    this.nextAsk = setTimeout(() => this.ask(), around(limits.currentPoll))
    const { artifact, inline } = reply
    this.options.hear({ kind: 'current', artifact, ...(inline && { inline }) })
    this.wasLive = true
    this.say('live')
  }

  private onNoAnswer(code: ErrorCode): void {
    if (code === 'not_found') this.end('not_found')
    else if (isSignedOut(code)) this.end('signed_out')
    else this.onLost()
  }

  private onRefused(error: Error & { data?: Refusal }): void {
    const code = error.data?.code
    if (code === 'unsupported_protocol') this.end('outdated')
    else if (code && isSignedOut(code)) this.end('signed_out')
    else this.onLost()
  }

  private onRevoked({ artifactId, code }: RevokedEvent): void {
    if (artifactId !== 'all' && artifactId !== this.options.artifactId) return
    this.end(code === 'deleted' || code === 'not_found' ? code : 'signed_out')
  }

  private end(why: Ending): void {
    this.stop()
    this.options.hear({ kind: 'ended', why })
  }

  private onLost(): void {
    this.drop()
    this.failures++
    if (!this.polling)
      this.say(!this.options.network.online() ? 'offline' : this.wasLive ? 'reconnecting' : 'connecting')
    // Sent away by a server that is going, it was said already when to come back.
    if (this.nextTry === undefined) this.tryIn(this.polling ? around(limits.currentPoll) : backoff(this.failures))
    if (!this.polling && this.failures >= limits.blockedAfter) void this.poll()
  }

  private tryIn(wait: number): void {
    clearTimeout(this.nextTry)
    this.nextTry = setTimeout(() => this.open(), wait)
  }

  /** As long as the socket stays away and HTTP answers. */
  private async poll(): Promise<void> {
    const current = await fetchCurrent(this.options.network, this.options.artifactId, this.etag)
    if (this.stopped || this.answered) return
    if (current.kind === 'ended') return this.end(current.why)
    if (current.kind === 'unreachable') return this.onNoWayAround()
    this.polling = true
    if (current.kind === 'artifact') {
      this.etag = current.etag
      this.options.hear({ kind: 'current', artifact: current.artifact })
    }
    this.wasLive = true
    this.say('polling')
    clearTimeout(this.nextPoll)
    this.nextPoll = setTimeout(() => void this.poll(), around(limits.blockedPoll))
  }

  /** Not only the socket is away: back to trying often. */
  private onNoWayAround(): void {
    if (!this.polling) return
    this.stopPolling()
    this.say(this.options.network.online() ? 'reconnecting' : 'offline')
    if (this.nextTry !== undefined) this.tryIn(backoff(this.failures))
  }

  private stopPolling(): void {
    this.polling = false
    clearTimeout(this.nextPoll)
  }

  private say(status: Status): void {
    this.options.hear({ kind: 'status', status })
  }
}

/** Full jitter: anything up to a bound that doubles, so that those who were cut together do not come back together. */
export const backoff = (failures: number): number =>
  Math.random() * Math.min(limits.reconnectMax, limits.reconnectMin * 2 ** failures)

const around = (period: number): number => period * (0.75 + Math.random() / 2)
