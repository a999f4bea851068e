import type { Announcement } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import type { Rooms } from './rooms.ts'

/**
 * An owner who has the artifact open hears how many ask to be let in; nobody else does, its editors neither. One that is
 * lost is made good by the next answer to `watch`.
 */
export function tellRequests(
  rooms: Rooms,
  world: Pick<World, 'store' | 'log'>,
  { orgId, artifactId, ownerId }: Extract<Announcement, { kind: 'access-requested' }>,
): void {
  const sockets = rooms
    .members({ stream: 'publishers', artifactId })
    .filter(({ data: { actor } }) => actor.orgId === orgId && actor.memberId === ownerId)
  if (sockets.length === 0) return
  world.store.waitingRequests(orgId, [artifactId]).then(
    counts => {
      for (const socket of sockets) socket.emit('requests', { artifactId, waiting: counts.get(artifactId) ?? 0 })
    },
    error => world.log.error({ err: error, artifactId }, 'Could not tell who asks to be let in; the owner will ask'),
  )
}
