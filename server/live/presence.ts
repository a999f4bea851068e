import { limits } from '../../shared/limits.ts'
import type { World } from '../core/world.ts'
import { Attendance, type AttendanceOptions } from './attendance.ts'
import { isReading } from './late.ts'
import type { Rooms } from './rooms.ts'
import type { LiveServer } from './socket.ts'

/**
 * How many people have an artifact open, however many tabs each has. Told to all of them when it changes, at most once in
 * limits.presence, and less often the more there are: what everybody is told costs with the square. To nobody where
 * the owners of the organisation have switched that off, which is asked anew for each telling.
 */
export class Presence {
  private readonly io: LiveServer
  private readonly rooms: Rooms
  private readonly world: Pick<World, 'store' | 'log'>
  /** Undefined: this node is alone. */
  private readonly attendance: Attendance | undefined
  private readonly waiting = new Map<string, NodeJS.Timeout>()
  /** Artifacts whose people know how many they are. */
  private readonly told = new Set<string>()

  constructor(
    io: LiveServer,
    rooms: Rooms,
    world: Pick<World, 'store' | 'log'>,
    others?: Pick<AttendanceOptions, 'node' | 'say' | 'signEvery'>,
  ) {
    this.io = io
    this.rooms = rooms
    this.world = world
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
      this.tell(artifactId).catch(error => {
        this.world.log.warn({ err: error, artifactId }, 'Could not tell how many look; the next who comes or goes will')
      })
    }, wait)
    this.waiting.set(artifactId, timer.unref())
  }

  /** Whether these are told may have been settled otherwise: that they are not, at once. */
  async settle(artifactIds: readonly string[]): Promise<void> {
    const { isTold } = await this.readSettings(artifactIds)
    for (const id of artifactIds) {
      if (!isTold(id)) this.takeBack(id)
      else if (!this.told.has(id)) this.changed(id)
    }
  }

  /** What another node says of its people. */
  hear(body: unknown): void {
    this.attendance?.hear(body)
  }

  close(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer)
    this.attendance?.close()
  }

  private async tell(artifactId: string): Promise<void> {
    const { isTold } = await this.readSettings([artifactId])
    if (this.rooms.of(artifactId).length === 0) this.told.delete(artifactId)
    else if (isTold(artifactId)) this.tellPeople(artifactId)
    else this.takeBack(artifactId)
  }

  private async readSettings(artifactIds: readonly string[]): Promise<{ isTold(artifactId: string): boolean }> {
    const orgOf = new Map(artifactIds.flatMap(id => this.rooms.of(id).map(({ place }) => [id, place.orgId])))
    const settings = await this.world.store.settingsOfAll([...new Set(orgOf.values())])
    const silent = new Set(settings.filter(({ presence }) => !presence).map(({ orgId }) => orgId))
    return { isTold: artifactId => !silent.has(orgOf.get(artifactId) ?? '') }
  }

  private tellPeople(artifactId: string): void {
    this.told.add(artifactId)
    const event = { artifactId, people: this.people(artifactId) }
    for (const { place } of this.rooms.of(artifactId)) {
      // Who does not read is not told a number that is old when they do.
      const late = this.rooms.members(place).filter(socket => !isReading(socket))
      const others = this.io.local.to(this.rooms.nameOf(place)).except(late.map(socket => socket.id))
      others.emit('presence', event)
    }
  }

  private takeBack(artifactId: string): void {
    if (!this.told.delete(artifactId)) return
    const places = this.rooms.of(artifactId).map(({ place }) => this.rooms.nameOf(place))
    this.io.local.to(places).emit('presence', { artifactId, people: null })
  }

  private people(artifactId: string): number {
    return this.attendance?.people(artifactId) ?? this.here(artifactId).size
  }

  private here(artifactId: string): Set<string> {
    const sockets = this.rooms.of(artifactId).flatMap(({ place }) => this.rooms.members(place))
    return new Set(sockets.map(socket => socket.data.actor.memberId))
  }
}
