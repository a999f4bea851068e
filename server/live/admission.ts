import { isPublisher } from '../core/access.ts'
import { standings } from '../core/standing.ts'
import type { World } from '../core/world.ts'
import type { Rooms } from './rooms.ts'
import { said } from './said.ts'

/**
 * Holds everybody in these rooms against what the database says now: who may not look any more is put out, whose part
 * has changed asks anew, and the rest are told what they have missed.
 * @param artifactIds those that are looked at; by default all that this node has rooms of
 */
export async function checkRooms(rooms: Rooms, world: World, artifactIds?: ReadonlySet<string>): Promise<void> {
  const audiences = rooms.all().filter(({ place }) => artifactIds?.has(place.artifactId) ?? true)
  const held = new Map(audiences.map(({ place }) => [place.artifactId, place]))
  if (held.size === 0) return
  const heads = await world.store.heads([...held.values()])
  const members = audiences.flatMap(({ place }) => rooms.members(place)).map(({ data }) => data.actor)
  const roleIn = await standings(world.store, heads, members)
  for (const head of heads) {
    held.delete(head.artifactId)
    for (const audience of rooms.of(head.artifactId)) {
      for (const socket of rooms.members(audience.place)) {
        const role = roleIn(head, socket.data.actor)
        if (role === undefined) rooms.putOut(socket, head.artifactId)
        else if (isPublisher(role) !== (audience.place.stream === 'publishers')) rooms.askAnew(socket, head.artifactId)
      }
      audience.tell(said(audience.place.stream, world.store.epoch, head))
    }
  }
  for (const gone of held.keys()) rooms.dissolve(gone)
}
