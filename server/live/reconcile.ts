import type { World } from '../core/world.ts'
import { checkCredentials } from './credentials.ts'
import type { Rooms } from './rooms.ts'
import { said } from './said.ts'
import type { LiveServer } from './socket.ts'

/**
 * What this node's sockets were told, held against the database. It makes good whatever an announcement missed: one
 * lost between nodes, one of a node that died after its commit, a command that ran beside the server.
 */
export async function reconcile(io: LiveServer, rooms: Rooms, world: World): Promise<void> {
  await Promise.all([checkRooms(rooms, world), checkCredentials(io, world)])
}

async function checkRooms(rooms: Rooms, world: World): Promise<void> {
  const held = new Map(rooms.all().map(({ place }) => [place.artifactId, place]))
  if (held.size === 0) return
  const heads = await world.store.heads([...held.values()])
  for (const head of heads) {
    held.delete(head.artifactId)
    for (const audience of rooms.of(head.artifactId)) {
      audience.tell(said(audience.place.stream, world.store.epoch, head))
    }
  }
  for (const gone of held.keys()) rooms.dissolve(gone)
}
