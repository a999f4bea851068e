import { setTimeout as sleep } from 'node:timers/promises'
import type { GalleryReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { isPublisher, permitScope } from '../core/access.ts'
import type { Touched } from '../core/ports.ts'
import { whyNotPublish } from '../core/publishing.ts'
import type { Head } from '../core/records.ts'
import { type MemberOfOrg, standings } from '../core/standing.ts'
import type { World } from '../core/world.ts'
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
    if (head.audience === 'private') return
    this.tellThose(head.orgId, async members => {
      if (seen && head.audience === 'org') return members.filter(({ memberId }) => memberId !== head.ownerId)
      const roleIn = await standings(this.world.store, [head], members)
      return members.filter(member => {
        const role = member.memberId === head.ownerId ? undefined : roleIn(head, member)
        return role !== undefined && (seen || isPublisher(role))
      })
    })
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
      for (const memberId of members) {
        const wait = limits.galleryRepair * fraction(this.world.random)
        setTimeout(() => this.changed(orgId, memberId), wait).unref()
      }
    }
  }

  private tellThose(orgId: string, choose: (members: MemberOfOrg[]) => Promise<MemberOfOrg[]>): void {
    const members = [...(this.open.get(orgId) ?? [])].map(memberId => ({ orgId, memberId }))
    if (members.length === 0) return
    choose(members).then(
      chosen => {
        for (const { memberId } of chosen) this.changed(orgId, memberId)
      },
      error => this.world.log.error({ err: error }, 'Could not tell whose list has changed; they will ask'),
    )
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

/** Answers whatever a client sent as `watchGallery`, and never throws. Who does not wait for an answer is not heard. */
export function onWatchGallery(world: World, galleries: Galleries, socket: LiveSocket, reply: unknown): void {
  if (typeof reply !== 'function') return
  void subscribe(world, galleries, socket).then(answer => reply(answer))
}

async function subscribe(world: World, galleries: Galleries, socket: LiveSocket): Promise<GalleryReply> {
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
    const barred = await Promise.race([whyNotPublish(world.store, actor), late])
    return { ok: true, ...(barred !== undefined && { barred }) }
  } catch (error) {
    world.log.warn({ err: error }, 'Could not read whether somebody may publish; they ask again')
    return { ok: true }
  }
}
