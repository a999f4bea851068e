import { limits } from '../../shared/limits.ts'
import { Attendance, type AttendanceOptions } from './attendance.ts'
import { isReading } from './late.ts'
import type { Rooms } from './rooms.ts'
import type { LiveServer } from './socket.ts'

/**
 * How many people have an artifact open, however many tabs each has. Told to all of them when it changes, at most once in
 * limits.presence, and less often the more there are: what everybody is told costs with the square.
 */
export class Presence {
  private readonly io: LiveServer
  private readonly rooms: Rooms
  /** Undefined: this node is alone. */
  private readonly attendance: Attendance | undefined
  private readonly waiting = new Map<string, NodeJS.Timeout>()

  constructor(io: LiveServer, rooms: Rooms, others?: Pick<AttendanceOptions, 'node' | 'say' | 'signEvery'>) {
    this.io = io
    this.rooms = rooms
    this.attendance =
      others &&
      new Attendance({
        ...others,
        here: artifactId => this.here(artifactId),
        open: () => this.rooms.all().map(({ place }) => place.artifactId),
        changed: artifactId => this.changed(artifactId),
      })
  }

  changed(artifactId: string): void {
    if (this.waiting.has(artifactId)) return
    const wait = limits.presence + this.people(artifactId)
    const timer = setTimeout(() => {
      this.waiting.delete(artifactId)
      this.attendance?.tell(artifactId)
      this.tell(artifactId)
    }, wait)
    this.waiting.set(artifactId, timer.unref())
  }

  /** What another node says of its people. */
  hear(body: unknown): void {
    this.attendance?.hear(body)
  }

  close(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer)
    this.attendance?.close()
  }

  private tell(artifactId: string): void {
    const event = { artifactId, people: this.people(artifactId) }
    for (const { place } of this.rooms.of(artifactId)) {
      // Who does not read is not told a number that is old when they do.
      const late = this.rooms.members(place).filter(socket => !isReading(socket))
      const others = this.io.local.to(this.rooms.nameOf(place)).except(late.map(socket => socket.id))
      others.emit('presence', event)
    }
  }

  private people(artifactId: string): number {
    return this.attendance?.people(artifactId) ?? this.here(artifactId).size
  }

  private here(artifactId: string): Set<string> {
    const sockets = this.rooms.of(artifactId).flatMap(({ place }) => this.rooms.members(place))
    return new Set(sockets.map(socket => socket.data.actor.memberId))
  }
}
