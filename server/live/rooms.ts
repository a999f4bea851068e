import type { World } from '../core/world.ts'
import { Audience, type News, type Place, type Stage } from './audience.ts'
import { inlineDelta } from './inline.ts'
import { isReading, type Late } from './late.ts'
import type { Stream } from './said.ts'
import { type LiveServer, type LiveSocket, membersOf } from './socket.ts'

const streams: readonly Stream[] = ['publishers', 'viewers']

const roomOf = (stream: Stream, artifactId: string): string => `${stream}:${artifactId}`
const isAudience = (room: string): boolean => streams.some(stream => room.startsWith(`${stream}:`))

/** The rooms of artifacts that this node holds sockets of. Nothing here reaches another node's sockets. */
export class Rooms {
  private readonly io: LiveServer
  private readonly world: Pick<World, 'deltas' | 'log' | 'metrics' | 'store'>
  private readonly audiences = new Map<string, Audience>()
  private readonly late: Late
  /** Somebody came to an artifact, or went. */
  private readonly moved: (artifactId: string) => void

  constructor(
    io: LiveServer,
    world: Pick<World, 'deltas' | 'log' | 'metrics' | 'store'>,
    late: Late,
    moved: (artifactId: string) => void,
  ) {
    this.io = io
    this.world = world
    this.late = late
    this.moved = moved
    io.of('/').adapter.on('leave-room', (room: string) => {
      const audience = this.audiences.get(room)
      if (audience) this.moved(audience.place.artifactId)
    })
    io.of('/').adapter.on('delete-room', (room: string) => {
      this.audiences.get(room)?.leave()
      this.audiences.delete(room)
    })
  }

  all(): Audience[] {
    return [...this.audiences.values()]
  }

  /** Of one artifact: none, one or both. */
  of(artifactId: string): Audience[] {
    return streams.flatMap(stream => this.audiences.get(roomOf(stream, artifactId)) ?? [])
  }

  /** The audience that this socket is part of. */
  joined(socket: LiveSocket, artifactId: string): Audience | undefined {
    return this.of(artifactId).find(audience => socket.rooms.has(roomOf(audience.place.stream, artifactId)))
  }

  watches(socket: LiveSocket): number {
    return [...socket.rooms].filter(isAudience).length
  }

  join(socket: LiveSocket, place: Place): void {
    this.leave(socket, place.artifactId)
    const room = roomOf(place.stream, place.artifactId)
    if (!this.audiences.has(room)) this.audiences.set(room, new Audience(place, this.stage(room, place)))
    void socket.join(room)
    this.moved(place.artifactId)
  }

  leave(socket: LiveSocket, artifactId: string): void {
    for (const stream of streams) void socket.leave(roomOf(stream, artifactId))
  }

  nameOf({ stream, artifactId }: Pick<Place, 'stream' | 'artifactId'>): string {
    return roomOf(stream, artifactId)
  }

  /** Of this node. */
  members({ stream, artifactId }: Pick<Place, 'stream' | 'artifactId'>): LiveSocket[] {
    return membersOf(this.io, roomOf(stream, artifactId))
  }

  /** What one socket watches. */
  watchedBy(socket: LiveSocket): string[] {
    return [...socket.rooms].flatMap(room => this.audiences.get(room)?.place.artifactId ?? [])
  }

  /** For this one there is no such artifact any more, or it is closed: the same as it would be told if it asked. */
  putOut(socket: LiveSocket, artifactId: string, code: 'not_found' | 'publishing_disabled'): void {
    this.leave(socket, artifactId)
    socket.emit('revoked', { artifactId, code })
  }

  /** What this one may do with the artifact has changed. Out of its room at once: what is said there may not be for it. */
  askAnew(socket: LiveSocket, artifactId: string): void {
    this.leave(socket, artifactId)
    socket.emit('ask', { artifactId })
  }

  /** The artifact is gone for all who watch it: they are told so, once, and hear no more. */
  dissolve(artifactId: string): void {
    for (const stream of streams) {
      const room = roomOf(stream, artifactId)
      this.io.local.to(room).emit('revoked', { artifactId, code: 'deleted' })
      this.io.local.in(room).socketsLeave(room)
    }
  }

  private measure(news: News, heardAt: number): void {
    const { metrics } = this.world
    metrics.time('fan_out', performance.now() - heardAt)
    if (news.name === 'version') metrics.count(news.body.delta === undefined ? 'deltas_none' : 'deltas_inline')
  }

  private stage(room: string, place: Place): Stage {
    return {
      log: this.world.log,
      size: () => this.io.of('/').adapter.rooms.get(room)?.size ?? 0,
      send: (news, newest, heardAt) => {
        const late = membersOf(this.io, room).filter(socket => !isReading(socket))
        const others = this.io.local.to(room).except(late.map(socket => socket.id))
        if (news.name === 'version') others.emit('version', news.body)
        else others.emit('artifact', news.body)
        for (const socket of late) this.late.owe(socket, room, () => socket.emit('version', newest()))
        this.measure(news, heardAt)
      },
      inline: (from, to) => inlineDelta(this.world, place, from, to),
    }
  }
}
