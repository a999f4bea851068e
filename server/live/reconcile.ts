import type { World } from '../core/world.ts'
import type { Admission } from './admission.ts'
import { checkCredentials } from './credentials.ts'
import type { Rooms } from './rooms.ts'
import type { LiveServer } from './socket.ts'

/**
 * What this node's sockets were told, held against the database. It makes good whatever an announcement missed: one
 * lost between nodes, one of a node that died after its commit, a command that ran beside the server.
 */
export async function reconcile(io: LiveServer, rooms: Rooms, admission: Admission, world: World): Promise<void> {
  const held = rooms.all().map(({ place }) => place.artifactId)
  await Promise.all([admission.check(held), checkCredentials(io, world)])
}
