import type { Server as HttpServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Server, type ServerOptions } from 'socket.io'
import { type DrainEvent, livePath } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { Looks } from '../core/looks.ts'
import type { Announcement, Identity, Live, Log, Random } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { Admission } from './admission.ts'
import { Arrivals } from './arrivals.ts'
import { Between } from './between.ts'
import { fraction } from './chance.ts'
import { putOut, watchExpiry } from './credentials.ts'
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
}

export interface Gateway extends Live {
  /** Opens livePath on this server. Once. */
  serve(http: HttpServer, world: World, identity: Identity): void
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
    serve: (http, world, identity) => {
      open = new Open(options, http, world, identity)
    },
    reconcileNow: () => open?.reconciling.now(),
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
  readonly reconciling: Reconcile
  private draining = false

  constructor(options: GatewayOptions, http: HttpServer, world: World, identity: Identity) {
    this.options = options
    this.world = world
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
    this.presence = new Presence(this.io, this.rooms, this.between && this.others(this.between))
    this.looks = new Looks(world)
    this.galleries = new Galleries(this.io, late, world)
    this.io.engine.on('connection', connection => pace(connection, world))
    this.io.use(admit(identity, this.arrivals, options.log))
    this.io.on('connection', socket => this.welcome(socket))
    this.io.on('present', word => this.presence.hear(word))
    const { io, rooms, admission } = this
    const { random, reconcileEvery: every = limits.reconcile } = options
    this.reconciling = new Reconcile({ io, rooms, admission, world, random, every })
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
    await this.looks.close()
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
    socket.on('watchGallery', (reply: unknown) => onWatchGallery(this.world, this.galleries, socket, reply))
  }

  private onWatch(socket: LiveSocket, request: unknown, reply: unknown): void {
    const { rooms, arrivals } = this
    void onWatch(this.world, { rooms, arrivals }, socket, request, reply, ({ id, role, shown }) => {
      if (role !== 'owner') this.looks.saw(socket.data.actor, originOf(socket), id, shown.number)
    })
  }

  private openBetween(): Between {
    return new Between(this.io, this.world, {
      announced: announcement => this.hear(announcement),
      restored: () => this.reconciling.now(),
    })
  }

  private others(between: Between): ConstructorParameters<typeof Presence>[2] {
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
      case 'member-changed':
        this.attend(this.admission.recheck(this.watchedBy(announcement)))
        this.galleries.changed(announcement.orgId, announcement.memberId)
    }
  }

  /** What a member has open on this node. */
  private watchedBy({ orgId, memberId }: { orgId: string; memberId: string }): string[] {
    const sockets = [...this.io.of('/').sockets.values()]
    const theirs = sockets.filter(({ data: { actor } }) => actor.orgId === orgId && actor.memberId === memberId)
    return [...new Set(theirs.flatMap(socket => this.rooms.watchedBy(socket)))]
  }

  private attend(telling: Promise<void>): void {
    telling.catch(error => {
      this.options.log.error({ err: error }, 'Could not look at what an announcement is about; reconcile will')
    })
  }
}
