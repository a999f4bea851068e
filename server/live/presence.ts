import { limits } from '../../shared/limits.ts'
import { isReading } from './late.ts'
import type { Rooms } from './rooms.ts'
import type { LiveServer } from './socket.ts'

/**
 * How many people have an artifact open on this node, however many tabs each has. Told to all of them when it changes, at most once
 * in limits.presence, and less often the more there are: what everybody is told costs with the square.
 */
export class Presence {
  private readonly io: LiveServer
  private readonly rooms: Rooms
  private readonly waiting = new Map<string, NodeJS.Timeout>()

  constructor(io: LiveServer, rooms: Rooms) {
    this.io = io
    this.rooms = rooms
  }

  changed(artifactId: string): void {
    if (this.waiting.has(artifactId)) return
    const wait = limits.presence + this.people(artifactId).size
    const timer = setTimeout(() => {
      this.waiting.delete(artifactId)
      this.tell(artifactId)
    }, wait)
    this.waiting.set(artifactId, timer.unref())
  }

  close(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer)
  }

  private tell(artifactId: string): void {
    const event = { artifactId, people: this.people(artifactId).size }
    for (const { place } of this.rooms.of(artifactId)) {
      // Who does not read is not told a number that is old when they do.
      const late = this.rooms.members(place).filter(socket => !isReading(socket))
      const others = this.io.local.to(this.rooms.nameOf(place)).except(late.map(socket => socket.id))
      others.emit('presence', event)
    }
  }

  private people(artifactId: string): Set<string> {
    const sockets = this.rooms.of(artifactId).flatMap(({ place }) => this.rooms.members(place))
    return new Set(sockets.map(socket => socket.data.actor.memberId))
  }
}
