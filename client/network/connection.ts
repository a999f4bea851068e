import type { Socket } from 'socket.io-client'
import type { ErrorCode } from '../../shared/errors.ts'
import type { ClientToServer, Refusal, RevokedEvent, ServerToClient } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { type Http, isSignedOut } from './http.ts'

export type LiveSocket = Socket<ServerToClient, ClientToServer>

export interface Network extends Http {
  /** A new one each time, not yet connecting, that does not reconnect by itself. */
  openSocket(): LiveSocket
  /** False when the browser knows that there is no network. */
  online(): boolean
  /** This page is of another version than its server: whatever can be done about that. */
  outdated?(): void
}

/** `closed`: the organisation's owners have closed its pages, and whatever becomes of the network, nothing is shown until they open them. */
export type Status = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'polling' | 'closed'

/** Why the connection does not come back by itself. `outdated`: this page is of another version than its server. */
export type Ending = 'signed_out' | 'not_found' | 'deleted' | 'outdated'

/** What was asked over HTTP. `same`: answered, and nothing is new. */
export type Fetched<Answer> =
  | { kind: 'answer'; answer: Answer }
  | { kind: 'same' }
  | { kind: 'closed' }
  | { kind: 'ended'; why: Ending }
  | { kind: 'unreachable' }

/** What a page asks its server about, again and again. */
export interface Subject<Answer> {
  /** The artifact that it is all about, if it is one: its end is the connection's. */
  artifactId?: string
  /** Subscribes, and asks what is current: no answer within limits.pingTimeout is an error. */
  ask(socket: LiveSocket, reply: (silent: Error | null, reply: ({ ok: true } & Answer) | Refused) => void): void
  /** The same over HTTP, where sockets are blocked. Never rejects. */
  fetch(): Promise<Fetched<Answer>>
  /** An answer that still counts. */
  answered(answer: Answer): void
  /** From now on the server may say something by itself over this socket. */
  listen(socket: LiveSocket): void
  /** What is set for the organisation, or for this member in it, may be other than it was. */
  resettled(): void
}

interface Refused {
  ok: false
  code: ErrorCode
}

export type ConnectionState = { kind: 'status'; status: Status } | { kind: 'ended'; why: Ending }

export interface ConnectionOptions<Answer> {
  network: Network
  subject: Subject<Answer>
  hear(state: ConnectionState): void
}

type Timer = ReturnType<typeof setTimeout>

/**
 * Keeps this page told, whatever the network does: one socket at a time, replaced when it is dead; a random wait before
 * each try; HTTP where sockets are blocked. A lost message costs one round of `ask`, never a stale page for ever.
 */
export class Connection<Answer> {
  private readonly options: ConnectionOptions<Answer>
  private socket: LiveSocket | undefined
  /** This socket has answered before: it is worth replacing at once when it falls silent. */
  private answered = false
  private asking = false
  /** What is asked now may be answered with what was true before. */
  private askNext = false
  private failures = 0
  private wasLive = false
  /** Closed by its owner, or put aside while the page is in the back-forward cache, or ended by the server. */
  private stopped = true
  private polling = false
  private closed = false
  private nextTry: Timer | undefined
  private nextAsk: Timer | undefined
  private nextPoll: Timer | undefined

  constructor(options: ConnectionOptions<Answer>) {
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
    socket.on('revoked', event => this.onRevoked(event))
    socket.on('drain', event => this.tryIn(event.retryIn))
    socket.on('ask', event => {
      if (event.artifactId === this.options.subject.artifactId) this.askAnew()
    })
    socket.on('settings', () => this.onSettings())
    this.options.subject.listen(socket)
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
    this.askNext = false
  }

  /** Something has changed: what was asked before now does not tell. */
  askAnew(): void {
    this.askNext = this.asking
    this.ask()
  }

  private ask(): void {
    const { socket, asking } = this
    if (!socket || asking) return
    this.asking = true
    this.options.subject.ask(socket, (silent, reply) => {
      if (socket !== this.socket) return
      this.asking = false
      if (silent) this.onSilence()
      else if (reply.ok) this.onAnswer(reply)
      else this.onRefusal(reply.code)
      if (!this.askNext) return
      this.askNext = false
      this.ask()
    })
  }

  private onAnswer(reply: Answer): void {
    this.closed = false
    this.onAnswered()
    this.options.subject.answered(reply)
    this.wasLive = true
    this.say('live')
  }

  private onAnswered(): void {
    this.answered = true
    this.failures = 0
    this.stopPolling()
    this.askIn(around(limits.currentPoll))
  }

  private askIn(wait: number): void {
    clearTimeout(this.nextAsk)
    this.nextAsk = setTimeout(() => this.ask(), wait)
  }

  /** The connection stands: what opens the pages again is told over it. */
  private onClosed(): void {
    this.onAnswered()
    this.shut()
  }

  private shut(): void {
    this.closed = true
    this.say('closed')
  }

  /** All who were shut out come back at once. */
  private onSettings(): void {
    if (this.closed) this.askIn(Math.random() * limits.fetchSpread)
    this.options.subject.resettled()
  }

  private onSilence(): void {
    if (this.answered) this.open()
    else this.onLost()
  }

  private onRefusal(code: ErrorCode): void {
    if (code === 'not_found') this.end('not_found')
    else if (code === 'publishing_disabled') this.onClosed()
    else if (isSignedOut(code)) this.end('signed_out')
    else this.onLost()
  }

  private onRefused(error: Error & { data?: Refusal }): void {
    const code = error.data?.code
    // While the nodes are being updated, one by one, another one may be of this version still, or already.
    if (code === 'unsupported_protocol' && this.failures >= limits.outdatedAfter) this.end('outdated')
    else if (code && isSignedOut(code)) this.end('signed_out')
    else this.onLost()
  }

  private onRevoked({ artifactId, code }: RevokedEvent): void {
    if (artifactId !== 'all' && artifactId !== this.options.subject.artifactId) return
    if (code === 'publishing_disabled') this.shut()
    else this.end(code === 'deleted' || code === 'not_found' ? code : 'signed_out')
  }

  private end(why: Ending): void {
    this.stop()
    this.closed = false
    if (why === 'outdated') this.options.network.outdated?.()
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
    const fetched = await this.options.subject.fetch()
    if (this.stopped || this.answered) return
    if (fetched.kind === 'ended') return this.end(fetched.why)
    if (fetched.kind === 'unreachable') return this.onNoWayAround()
    this.polling = true
    this.closed = fetched.kind === 'closed'
    if (fetched.kind === 'answer') this.options.subject.answered(fetched.answer)
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
    this.options.hear({ kind: 'status', status: this.closed ? 'closed' : status })
  }
}

/** Full jitter: anything up to a bound that doubles, so that those who were cut together do not come back together. */
export const backoff = (failures: number): number =>
  Math.random() * Math.min(limits.reconnectMax, limits.reconnectMin * 2 ** failures)

/** A period, give or take a quarter. */
export const around = (period: number): number => period * (0.75 + Math.random() / 2)
