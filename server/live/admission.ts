import { setImmediate } from 'node:timers/promises'
import type { Role } from '../../shared/api.ts'
import { isPublisher, roleOf } from '../core/access.ts'
import type { Head } from '../core/records.ts'
import { standings } from '../core/standing.ts'
import type { World } from '../core/world.ts'
import type { Place } from './audience.ts'
import type { Rooms } from './rooms.ts'
import { said } from './said.ts'
import type { LiveSocket } from './socket.ts'

/** Artifacts looked at between two turns of the event loop. */
const batch = 200

interface Held {
  place: Place
  socket: LiveSocket
}

/**
 * Holds everybody in the rooms against what the database says now: who may not look any more is put out, whose part
 * has changed asks anew, and the rest are told what they have missed. One look at a time, so that an older one never
 * has the last word; what is to be looked at meanwhile is gathered for the next.
 */
export class Admission {
  private readonly rooms: Rooms
  private readonly world: World
  private waiting = new Set<string>()
  private looking: Promise<void> | undefined
  /** Artifacts that somebody may have to leave, and the last look that tells. */
  private readonly unsettled = new Map<string, Promise<void>>()

  constructor(rooms: Rooms, world: World) {
    this.rooms = rooms
    this.world = world
  }

  /** Done when a look that began after this call is. */
  async check(artifactIds: Iterable<string>): Promise<void> {
    for (const id of artifactIds) this.waiting.add(id)
    await this.looking?.catch(() => {})
    this.looking ??= this.look().finally(() => {
      this.looking = undefined
    })
    await this.looking
  }

  /** The same, where it is known that somebody's access has changed: until it is done, nothing new is said of these. */
  async recheck(artifactIds: readonly string[]): Promise<void> {
    const settled = this.check(artifactIds)
    for (const id of artifactIds) this.unsettled.set(id, settled)
    await settled.finally(() => {
      for (const id of artifactIds) if (this.unsettled.get(id) === settled) this.unsettled.delete(id)
    })
  }

  /** What is new is for those in the rooms; where some may have no business there any more, once that is settled. */
  async tell(head: Head): Promise<void> {
    if (this.unsettled.has(head.artifactId)) return this.recheck([head.artifactId])
    this.say(head)
  }

  private say(head: Head): void {
    for (const audience of this.rooms.of(head.artifactId)) {
      audience.tell(said(audience.place.stream, this.world.store.epoch, head))
    }
  }

  private async look(): Promise<void> {
    const wanted = this.waiting
    this.waiting = new Set()
    const audiences = this.rooms.all().filter(({ place }) => wanted.has(place.artifactId))
    const gone = new Map(audiences.map(({ place }) => [place.artifactId, place]))
    // Who comes in from now on has read for themselves, later than this does.
    const held = audiences.flatMap(({ place }) => this.rooms.members(place).map(socket => ({ place, socket })))
    const heads = await this.world.store.heads([...gone.values()])
    const roleIn = await standings(
      this.world.store,
      heads,
      held.map(({ socket }) => socket.data.actor),
    )
    const headOf = new Map(heads.map(head => [head.artifactId, head]))
    await this.judge(
      held.filter(({ place, socket }) => {
        const head = headOf.get(place.artifactId)
        return head && !fits(roleIn(head, socket.data.actor), place)
      }),
    )
    for (const [at, head] of heads.entries()) {
      gone.delete(head.artifactId)
      this.say(head)
      if (at % batch === batch - 1) await setImmediate()
    }
    await this.dissolve([...gone.values()])
  }

  /** Each of these few is read once more: what was true of all of them may have changed while it was being read. */
  private async judge(suspects: readonly Held[]): Promise<void> {
    for (const { place, socket } of suspects) {
      const { orgId, artifactId } = place
      const { actor } = socket.data
      const reach = await this.world.store.reach(orgId, artifactId, actor.memberId)
      const role = reach && roleOf(actor, reach)
      if (this.rooms.joined(socket, artifactId)?.place !== place || fits(role, place)) continue
      if (role === undefined) this.rooms.putOut(socket, artifactId)
      else this.rooms.askAnew(socket, artifactId)
    }
  }

  private async dissolve(places: readonly Place[]): Promise<void> {
    const back = new Set((await this.world.store.heads(places)).map(head => head.artifactId))
    for (const { artifactId } of places) if (!back.has(artifactId)) this.rooms.dissolve(artifactId)
  }
}

const fits = (role: Role | undefined, { stream }: Place): boolean =>
  role !== undefined && isPublisher(role) === (stream === 'publishers')
