import type { GalleryReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { permitScope } from '../core/access.ts'
import type { World } from '../core/world.ts'
import { isReading, type Late } from './late.ts'
import { refusalOf } from './refusal.ts'
import { type LiveServer, type LiveSocket, membersOf } from './socket.ts'

const roomOf = (orgId: string, memberId: string): string => `gallery:${orgId}:${memberId}`

/**
 * The sockets of this node whose members have the list of their own artifacts open. They are told that it is not as it
 * was, and never what it is: that they read over HTTP, once they are in the room.
 */
export class Galleries {
  private readonly io: LiveServer
  private readonly late: Late
  /** Rooms told less than limits.galleryConflation ago, and whether something has changed since. */
  private readonly resting = new Map<string, { changed: boolean }>()

  constructor(io: LiveServer, late: Late) {
    this.io = io
    this.late = late
  }

  join(socket: LiveSocket): void {
    const { orgId, memberId } = socket.data.actor
    void socket.join(roomOf(orgId, memberId))
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
  reply(subscribe(world, galleries, socket))
}

function subscribe(world: World, galleries: Galleries, socket: LiveSocket): GalleryReply {
  try {
    permitScope(socket.data.actor, 'look')
    galleries.join(socket)
    return { ok: true }
  } catch (error) {
    return { ok: false, ...refusalOf(error, world.log, 'The server could not follow your pages.') }
  }
}
