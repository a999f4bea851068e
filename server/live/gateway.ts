import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Server, type ServerOptions } from 'socket.io'
import { type DrainEvent, livePath } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Looks } from '../core/looks.ts'
import type { Actor, Announcement, Identity, Live, Log, Random } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { Admission } from './admission.ts'
import { Arrivals } from './arrivals.ts'
import { Between } from './between.ts'
import { fraction } from './chance.ts'
import { checkCredentials, putOut, watchExpiry } from './credentials.ts'
import { Galleries, onWatchGallery } from './gallery.ts'
import { admit, hasOrigin, originOf } from './handshake.ts'
import { Late } from './late.ts'
import { pace } from './pace.ts'
import { Presence } from './presence.ts'
import { Reconcile } from './reconcile.ts'
import { tellRequests } from './requests.ts'
import { Rooms } from './rooms.ts'
import { credentialRoom, type LiveServer, type LiveSocket } from './socket.ts'
import { onWatch } from './watch.ts'

export interface GatewayOptions {
  log: Log
  random: Random
  /** A Socket.IO adapter that reaches the other nodes; without one, this node is alone. */
  adapter?: NonNullable<ServerOptions['adapter']>
  /** Milliseconds; limits.reconcile unless said otherwise. */
  reconcileEvery?: number
  /** Milliseconds; limits.nodeSign unless said otherwise. */
  signEvery?: number
  /** Where a request came from; by whom it was handed on is known to who listens behind proxies. */
  addressOf?: (request: IncomingMessage) => string | null
}

export interface Gateway extends Live {
  /** Opens livePath on this server. Once. `looks` keeps who has looked and who was refused, and is its owner's to close. */
  serve(http: HttpServer, world: World, identity: Identity, looks: Looks): void
  /** Does not wait for the next time: announcements may have been missed. */
  reconcileNow(): void
  /** Lets nobody in any more and asks everybody to come back, each in their own time; done when they went, or when that time is over. */
  drain(): Promise<void>
  /** Ends every connection, and all that goes on by itself. The HTTP server is its owner's to close. */
  close(): Promise<void>
}

export function createGateway(options: GatewayOptions): Gateway {
  let open: Open | undefined
  return {
    announce: announcement => open?.announce(announcement),
    serve: (http, world, identity, looks) => {
      open = new Open(options, http, world, identity, looks)
    },
    reconcileNow: () => open?.reconcileNow(),
    drain: async () => open?.drain(),
    close: async () => open?.close(),
  }
}

class Open implements Live {
  private readonly options: GatewayOptions
  private readonly world: World
  private readonly io: LiveServer
  private readonly arrivals = new Arrivals()
  private readonly rooms: Rooms
  private readonly galleries: Galleries
  private readonly admission: Admission
  private readonly presence: Presence
  /** Undefined: this node is alone. */
  private readonly between: Between | undefined
  private readonly looks: Looks
  private readonly reconciling: Reconcile
  private draining = false

  constructor(options: GatewayOptions, http: HttpServer, world: World, identity: Identity, looks: Looks) {
    this.options = options
    this.world = world
    this.looks = looks
    this.io = new Server(http, {
      // engine.io takes every path that begins with this: with the question mark, only livePath itself with its query.
      path: `${livePath}?`,
      addTrailingSlash: false,
      transports: ['websocket'],
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: limits.socketMessageBytes,
      connectTimeout: limits.socketHandshake,
      allowRequest: (request, decide) => {
        if (this.draining) decide('draining', false)
        else if (!hasOrigin(request, world.publicUrl)) decide('bad_origin', false)
        else decide(null, true)
      },
      ...(options.adapter && { adapter: options.adapter }),
    })
    const late = new Late()
    this.rooms = new Rooms(this.io, world, late, artifactId => this.presence.changed(artifactId))
    this.admission = new Admission(this.rooms, world)
    this.between = options.adapter && this.openBetween()
    this.presence = new Presence(this.io, this.rooms, world, this.between && this.others(this.between))
    this.galleries = new Galleries(this.io, late, world)
    this.io.engine.on('connection', connection => pace(connection, world))
    this.io.use(admit(identity, this.arrivals, options.log))
    this.io.on('connection', socket => this.welcome(socket))
    const { io, rooms, admission } = this
    const { random, reconcileEvery: every = limits.reconcile } = options
    const resettle = (sockets: readonly LiveSocket[]) => this.resettle(sockets)
    this.reconciling = new Reconcile({ io, rooms, admission, world, random, resettle, every })
    world.metrics.show('connections', () => io.of('/').sockets.size)
    world.metrics.show('rooms', () => rooms.all().length)
  }

  /** This node's own sockets are told directly: that the way to the other nodes is broken is nothing to them. */
  announce(announcement: Announcement): void {
    try {
      this.hear(announcement)
    } catch (error) {
      this.options.log.error({ err: error, kind: announcement.kind }, 'Could not announce a change; reconcile will')
    }
    this.between?.announce(announcement)
  }

  reconcileNow(): void {
    this.reconciling.now()
    this.galleries.repair()
  }

  async drain(): Promise<void> {
    this.draining = true
    const sockets = [...this.io.of('/').sockets.values()]
    const gone = sockets.map(socket => new Promise(resolve => socket.once('disconnect', resolve)))
    for (const socket of sockets) socket.emit('drain', this.comeBack())
    await Promise.race([Promise.all(gone), sleep(limits.drainSpread, undefined, { ref: false })])
  }

  async close(): Promise<void> {
    this.draining = true
    this.reconciling.close()
    this.presence.close()
    this.io.local.disconnectSockets(true)
    await this.io.of('/').adapter.close()
    this.io.engine.close()
  }

  private comeBack(): DrainEvent {
    return { retryIn: Math.floor(fraction(this.options.random) * limits.drainSpread) }
  }

  private welcome(socket: LiveSocket): void {
    void socket.join(credentialRoom(socket.data.actor.credential))
    watchExpiry(this.world, socket)
    socket.on('watch', (request: unknown, reply: unknown) => this.onWatch(socket, request, reply))
    const { world, galleries, arrivals } = this
    socket.on('watchGallery', (reply: unknown) => onWatchGallery(world, { galleries, arrivals }, socket, reply))
  }

  private onWatch(socket: LiveSocket, request: unknown, reply: unknown): void {
    const origin = originOf(socket, this.options.addressOf)
    const { actor } = socket.data
    const { rooms, arrivals } = this
    void onWatch(this.world, { rooms, arrivals }, socket, request, reply, {
      seen: artifact => this.looks.saw(actor, origin, artifact),
      refused: (asked, thrown) => this.looks.refused(actor, origin, asked, thrown),
    })
  }

  private openBetween(): Between {
    return new Between(this.io, this.world, {
      announced: announcement => this.hear(announcement),
      present: word => this.presence.hear(word),
      restored: () => this.reconcileNow(),
    })
  }

  private others(between: Between): ConstructorParameters<typeof Presence>[3] {
    const { random, signEvery = limits.nodeSign } = this.options
    return { node: Buffer.from(random(8)).toString('hex'), signEvery, say: word => between.say(word) }
  }

  private hear(announcement: Announcement): void {
    switch (announcement.kind) {
      case 'changed': {
        const { head } = announcement
        this.attend(this.admission.tell(head))
        this.attend(this.world.deltas.recall(head))
        this.galleries.changed(head.orgId, head.ownerId)
        this.galleries.listed(head, announcement.seen)
        return
      }
      case 'deleted':
        // What is gone, the database says: the news may be old, and the artifact back by now.
        this.attend(this.admission.recheck([announcement.artifactId]))
        this.attend(this.world.deltas.forget(announcement))
        this.galleries.changed(announcement.orgId, announcement.ownerId)
        this.galleries.touched(announcement)
        return
      case 'session-revoked':
        putOut(this.io, { kind: 'session', id: announcement.sessionId })
        return
      case 'token-revoked':
        putOut(this.io, { kind: 'token', id: announcement.tokenId })
        return
      case 'access-changed':
        this.attend(this.admission.recheck([announcement.artifactId]))
        this.galleries.touched(announcement)
        return
      case 'access-requested':
        this.galleries.changed(announcement.orgId, announcement.ownerId)
        tellRequests(this.rooms, this.world, announcement)
        return
      case 'member-changed': {
        const sockets = this.socketsOf(announcement.orgId, announcement.memberId)
        this.attend(this.putOutWhoIsGone(sockets))
        this.attend(this.admission.recheck(this.watchedBy(sockets)))
        this.attend(this.resettle(sockets))
        return
      }
      case 'org-changed': {
        const sockets = this.socketsOf(announcement.orgId)
        this.attend(this.admission.recheck(this.watchedBy(sockets)))
        this.attend(this.resettle(sockets))
      }
    }
  }

  /** Of this node: everybody's in an organisation, or one member's. */
  private socketsOf(orgId: string, memberId?: string): LiveSocket[] {
    const sockets = [...this.io.of('/').sockets.values()]
    const are = (actor: Actor) => actor.orgId === orgId && (memberId === undefined || actor.memberId === memberId)
    return sockets.filter(({ data: { actor } }) => are(actor))
  }

  private watchedBy(sockets: readonly LiveSocket[]): string[] {
    return [...new Set(sockets.flatMap(socket => this.rooms.watchedBy(socket)))]
  }

  /** Removed, they may look at nothing, whatever was shared with them. */
  private async putOutWhoIsGone(sockets: readonly LiveSocket[]): Promise<void> {
    if (sockets.length > 0) await checkCredentials(this.io, this.world, sockets)
  }

  /** What is set for these may be other than it was. */
  private resettle(sockets: readonly LiveSocket[]): Promise<void> {
    for (const socket of sockets) socket.emit('settings', {})
    for (const { data } of sockets) this.galleries.changed(data.actor.orgId, data.actor.memberId)
    return this.presence.settle(this.watchedBy(sockets))
  }

  private attend(telling: Promise<void>): void {
    telling.catch(error => {
      this.options.log.error({ err: error }, 'Could not look at what an announcement is about; reconcile will')
    })
  }
}
