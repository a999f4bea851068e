import { setTimeout as sleep } from 'node:timers/promises'
import type { GalleryReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { isPublisher, permitScope } from '../core/access.ts'
import type { Touched } from '../core/ports.ts'
import { whyNotPublish } from '../core/publishing.ts'
import type { Head } from '../core/records.ts'
import { type MemberOfOrg, standings } from '../core/standing.ts'
import type { World } from '../core/world.ts'
import type { Arrivals } from './arrivals.ts'
import { fraction } from './chance.ts'
import { isReading, type Late } from './late.ts'
import { refusalOf } from './refusal.ts'
import { type LiveServer, type LiveSocket, membersOf } from './socket.ts'

const roomOf = (orgId: string, memberId: string): string => `gallery:${orgId}:${memberId}`

/**
 * The sockets of this node whose members have a list of artifacts open. They are told that it is not as it
 * was, and never what it is: that they read over HTTP, once they are in the room.
 */
export class Galleries {
  private readonly io: LiveServer
  private readonly late: Late
  /** Rooms told less than limits.galleryConflation ago, and whether something has changed since. */
  private readonly resting = new Map<string, { changed: boolean }>()
  /** Rooms that will be told within their spread. */
  private readonly due = new Set<string>()
  /** Of each org, what has changed that only some of its members see, while it is found out who they are. */
  private readonly asked = new Map<string, Map<string, { head: Head; seen: boolean }>>()
  /** Of each org, who has a list open here. */
  private readonly open = new Map<string, Set<string>>()
  private readonly world: Pick<World, 'store' | 'log' | 'random'>

  constructor(io: LiveServer, late: Late, world: Pick<World, 'store' | 'log' | 'random'>) {
    this.io = io
    this.late = late
    this.world = world
    io.of('/').adapter.on('delete-room', (room: string) => {
      const [kind, orgId = '', memberId = ''] = room.split(':')
      const members = kind === 'gallery' ? this.open.get(orgId) : undefined
      if (members?.delete(memberId) && members.size === 0) this.open.delete(orgId)
    })
  }

  join(socket: LiveSocket): void {
    const { orgId, memberId } = socket.data.actor
    this.open.set(orgId, (this.open.get(orgId) ?? new Set()).add(memberId))
    void socket.join(roomOf(orgId, memberId))
  }

  /**
   * An artifact has changed: those who may see it have it in their lists, and nobody else hears.
   * @param seen what viewers see of it has; else its publishers alone hear
   */
  listed(head: Head, seen: boolean): void {
    const { orgId, artifactId, ownerId, audience } = head
    if (audience === 'private' || !this.open.has(orgId)) return
    if (seen && audience === 'org') {
      this.tellAll(this.membersAt(orgId).filter(({ memberId }) => memberId !== ownerId))
      return
    }
    const asked = this.asked.get(orgId)
    const changed = { head, seen: seen || asked?.get(artifactId)?.seen === true }
    if (asked) asked.set(artifactId, changed)
    else void this.ask(orgId, new Map([[artifactId, changed]]))
  }

  /** One question at a time, however fast they publish: what changes meanwhile is asked together. */
  private async ask(orgId: string, first: Map<string, { head: Head; seen: boolean }>): Promise<void> {
    for (let changed = first; changed.size > 0; ) {
      const next = new Map<string, { head: Head; seen: boolean }>()
      this.asked.set(orgId, next)
      const some = [...changed.values()]
      const members = this.membersAt(orgId)
      try {
        const roleIn = await standings(
          this.world.store,
          some.map(({ head }) => head),
          members,
        )
        const hears = (member: MemberOfOrg) =>
          some.some(({ head, seen }) => {
            const role = member.memberId === head.ownerId ? undefined : roleIn(head, member)
            return role !== undefined && (seen || isPublisher(role))
          })
        this.tellAll(members.filter(hears))
      } catch (error) {
        this.world.log.error({ err: error }, 'Could not tell whose list has changed; they will ask')
      }
      changed = next
    }
    this.asked.delete(orgId)
  }

  /** Their lists may have one artifact more or less. */
  touched({ orgId, touched }: { orgId: string; touched: Touched }): void {
    this.tellThose(orgId, async members => {
      if (touched.everyone) return members
      const inGroups = touched.groups.length === 0 ? [] : await this.world.store.groupsOfAll(members)
      const reached = new Set(touched.memberIds)
      for (const { memberId, name } of inGroups) if (touched.groups.includes(name)) reached.add(memberId)
      return members.filter(member => reached.has(member.memberId))
    })
  }

  /** Announcements may have been lost: whoever has a list open here reads it anew, not all at the same moment. */
  repair(): void {
    for (const [orgId, members] of this.open) {
      for (const memberId of members) this.soon(orgId, memberId, limits.galleryRepair)
    }
  }

  private tellThose(orgId: string, choose: (members: MemberOfOrg[]) => Promise<MemberOfOrg[]>): void {
    const members = this.membersAt(orgId)
    if (members.length === 0) return
    choose(members).then(
      chosen => this.tellAll(chosen),
      error => this.world.log.error({ err: error }, 'Could not tell whose list has changed; they will ask'),
    )
  }

  private membersAt(orgId: string): MemberOfOrg[] {
    return [...(this.open.get(orgId) ?? [])].map(memberId => ({ orgId, memberId }))
  }

  /** Each reads a list anew: where they are many, not all at the same moment. */
  private tellAll(members: readonly MemberOfOrg[]): void {
    const spread = members.length >= limits.fetchSpreadViewers ? limits.fetchSpread : 0
    for (const { orgId, memberId } of members) this.soon(orgId, memberId, spread)
  }

  private soon(orgId: string, memberId: string, spread: number): void {
    if (spread === 0) {
      this.changed(orgId, memberId)
      return
    }
    const room = roomOf(orgId, memberId)
    if (this.due.has(room)) return
    this.due.add(room)
    const tell = () => {
      this.due.delete(room)
      this.changed(orgId, memberId)
    }
    setTimeout(tell, spread * fraction(this.world.random)).unref()
  }

  /** The first change after a quiet time is told at once, those that follow too soon together. */
  changed(orgId: string, memberId: string): void {
    const room = roomOf(orgId, memberId)
    const rest = this.resting.get(room)
    if (rest) rest.changed = true
    else if (this.io.of('/').adapter.rooms.has(room)) this.tell(room)
  }

  private tell(room: string): void {
    for (const socket of membersOf(this.io, room)) {
      const hint = () => void socket.emit('gallery', {})
      if (isReading(socket)) hint()
      else this.late.owe(socket, room, hint)
    }
    const rest = { changed: false }
    this.resting.set(room, rest)
    setTimeout(() => {
      this.resting.delete(room)
      if (rest.changed) this.tell(room)
    }, limits.galleryConflation).unref()
  }
}

/** Where one comes in, and what one is told there. */
interface Door {
  galleries: Galleries
  arrivals: Arrivals
}

/** Answers whatever a client sent as `watchGallery`, and never throws. Who does not wait for an answer is not heard. */
export function onWatchGallery(world: World, door: Door, socket: LiveSocket, reply: unknown): void {
  if (typeof reply !== 'function') return
  void subscribe(world, door, socket).then(answer => reply(answer))
}

async function subscribe(world: World, { galleries, arrivals }: Door, socket: LiveSocket): Promise<GalleryReply> {
  const { actor } = socket.data
  try {
    permitScope(actor, 'look')
    galleries.join(socket)
  } catch (error) {
    return { ok: false, ...refusalOf(error, world.log, 'The server could not follow your pages.') }
  }
  try {
    // After joining: what is set from now on is told. The answer shows that the connection lives, and waits for no database.
    const late = sleep(limits.barredRead, undefined, { ref: false })
    const reading = arrivals.ask(socket, actor.credential.id, () => whyNotPublish(world.store, actor))
    const barred = await Promise.race([reading, late])
    return { ok: true, ...(barred !== undefined && { barred }) }
  } catch (error) {
    world.log.warn({ err: error }, 'Could not read whether somebody may publish; they ask again')
    return { ok: true }
  }
}
