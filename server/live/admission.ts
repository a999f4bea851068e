import { setImmediate } from 'node:timers/promises'
import type { Role } from '../../shared/api.ts'
import { isClosed, isPublisher } from '../core/access.ts'
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
 * Holds everybody in the rooms against what the database says now: who may not look any more is put out, all are whose
 * organisation has closed its pages, whose part has changed asks anew, and the rest are told what they have missed. One look at a time, so that an older one never
 * has the last word; what is to be looked at meanwhile is gathered for the next.
 */
export class Admission {
  private readonly rooms: Rooms
  private readonly world: Pick<World, 'store' | 'metrics'>
  /** Only what is watched here: never more than there are rooms. */
  private waiting = new Set<string>()
  /** Of these, those that reconcile has found. */
  private found = new Set<string>()
  private looking: Promise<void> | undefined
  /** Artifacts that somebody may have to leave, and the last look that tells. */
  private readonly unsettled = new Map<string, Promise<void>>()

  constructor(rooms: Rooms, world: Pick<World, 'store' | 'metrics'>) {
    this.rooms = rooms
    this.world = world
  }

  /** What nobody has announced, or what was not heard. Done when a look that began after this call is. */
  async repair(artifactIds: Iterable<string>): Promise<void> {
    const held = [...artifactIds].filter(id => this.rooms.of(id).length > 0)
    for (const id of held) this.found.add(id)
    await this.check(held)
  }

  /** The same, where it is known that somebody's access has changed: until it is done, nothing new is said of these. */
  async recheck(artifactIds: readonly string[]): Promise<void> {
    const held = artifactIds.filter(id => this.rooms.of(id).length > 0)
    const settled = this.check(held)
    for (const id of held) this.unsettled.set(id, settled)
    try {
      await settled
    } catch (error) {
      for (const id of held) for (const audience of this.rooms.of(id)) audience.forget()
      throw error
    } finally {
      for (const id of held) if (this.unsettled.get(id) === settled) this.unsettled.delete(id)
    }
  }

  /**
   * What is new is for those in the rooms; where some may have no business there any more, once that is settled. So it is
   * where a change before this one was not heard of: announcements of two nodes come in any order, or one is lost.
   */
  async tell(head: Head): Promise<void> {
    const { epoch } = this.world.store
    const { artifactId, rev } = head
    const follow = this.rooms.of(artifactId).map(audience => audience.follows({ epoch, rev }))
    if (this.unsettled.has(artifactId) || follow.includes(false)) return this.recheck([artifactId])
    this.say(head, epoch)
  }

  private async check(artifactIds: readonly string[]): Promise<void> {
    if (artifactIds.length === 0) return
    for (const id of artifactIds) this.waiting.add(id)
    await this.looking?.catch(() => {})
    this.looking ??= this.look().finally(() => {
      this.looking = undefined
    })
    await this.looking
  }

  /** Not of another epoch than the one that counts now. @returns whether somebody had missed it */
  private say(head: Head, epoch: string): boolean {
    if (epoch !== this.world.store.epoch) return false
    const told = this.rooms.of(head.artifactId).map(room => room.tell(said(room.place.stream, epoch, head)))
    return told.includes(true)
  }

  private async look(): Promise<void> {
    const [wanted, found] = [this.waiting, this.found]
    this.waiting = new Set()
    this.found = new Set()
    const { epoch } = this.world.store
    const audiences = [...wanted].flatMap(id => this.rooms.of(id))
    for (const audience of audiences) audience.beginLook()
    // Who comes in from now on has read for themselves, later than this does.
    const held = audiences.flatMap(({ place }) => this.rooms.members(place).map(socket => ({ place, socket })))
    const { headOf, partOf } = await this.read(audiences, held)
    const put = await this.judge(held.filter(one => headOf.has(one.place.artifactId) && !fits(partOf(one), one.place)))
    for (const audience of audiences) {
      const head = headOf.get(audience.place.artifactId)
      if (head) audience.endLook({ epoch, rev: head.rev })
    }
    const missed = await this.sayAll([...headOf.values()], epoch)
    const gone = await this.dissolve(audiences.map(({ place }) => place).filter(place => !headOf.has(place.artifactId)))
    const repaired = [...put, ...missed, ...gone].filter(id => found.has(id) && !this.unsettled.has(id))
    this.world.metrics.count('reconcile_repairs', repaired.length)
  }

  private async read(audiences: readonly { place: Place }[], held: readonly Held[]) {
    const { store } = this.world
    const places = new Map(audiences.map(({ place }) => [place.artifactId, place]))
    const heads = await store.heads([...places.values()])
    const settings = await store.settingsOfAll([...new Set(heads.map(({ orgId }) => orgId))])
    const closed = new Set(settings.filter(isClosed).map(({ orgId }) => orgId))
    const roleIn = await standings(
      store,
      heads,
      held.map(({ socket }) => socket.data.actor),
    )
    const headOf = new Map(heads.map(head => [head.artifactId, head]))
    const partOf = ({ place, socket }: Held): Part => {
      const head = headOf.get(place.artifactId)
      const role = head && roleIn(head, socket.data.actor)
      return role && closed.has(place.orgId) ? 'closed' : role
    }
    return { headOf, partOf }
  }

  /**
   * Each of these is read once more, a few at a time: what was true of all of them may have changed while it was being
   * read. @returns the artifacts, one for each socket that had to leave its room
   */
  private async judge(suspects: readonly Held[]): Promise<string[]> {
    const put: string[] = []
    for (let from = 0; from < suspects.length; from += batch) {
      const some = suspects.slice(from, from + batch)
      const { partOf } = await this.read(some, some)
      for (const one of some) {
        const { socket, place } = one
        const part = partOf(one)
        if (this.rooms.joined(socket, place.artifactId)?.place !== place || fits(part, place)) continue
        if (part === undefined) this.rooms.putOut(socket, place.artifactId, 'not_found')
        else if (part === 'closed') this.rooms.putOut(socket, place.artifactId, 'publishing_disabled')
        else this.rooms.askAnew(socket, place.artifactId)
        put.push(place.artifactId)
      }
      await setImmediate()
    }
    return put
  }

  /** @returns the artifacts of which somebody had missed something */
  private async sayAll(heads: readonly Head[], epoch: string): Promise<string[]> {
    const missed: string[] = []
    for (const [at, head] of heads.entries()) {
      if (this.say(head, epoch)) missed.push(head.artifactId)
      if (at % batch === batch - 1) await setImmediate()
    }
    return missed
  }

  /** @returns the artifacts that are gone indeed */
  private async dissolve(places: readonly Place[]): Promise<string[]> {
    const back = new Set((await this.world.store.heads(places)).map(head => head.artifactId))
    const gone = [...new Set(places.map(({ artifactId }) => artifactId))].filter(id => !back.has(id))
    for (const artifactId of gone) this.rooms.dissolve(artifactId)
    return gone
  }
}

/** What somebody is to an artifact; `closed`: nothing, as long as their organisation keeps its pages closed. */
type Part = Role | 'closed' | undefined

const fits = (part: Part, { stream }: Place): boolean =>
  part !== undefined && part !== 'closed' && isPublisher(part) === (stream === 'publishers')
