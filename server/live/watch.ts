import { z } from 'zod'
import { type Artifact, sha256 } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import type { WatchReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { streamFor, watch } from '../core/read.ts'
import type { World } from '../core/world.ts'
import type { Arrivals } from './arrivals.ts'
import { inlineDelta } from './inline.ts'
import { refusalOf } from './refusal.ts'
import type { Rooms } from './rooms.ts'
import { type Stream, said } from './said.ts'
import type { LiveSocket } from './socket.ts'

/** Any string may be an id: one of the wrong shape is as unknown as any other, and answered alike. */
const watchRequest = z.object({
  artifactId: z.string().max(limits.idChars),
  have: z
    .object({
      epoch: z.string().max(limits.idChars),
      rev: z.int().nonnegative(),
      number: z.int().positive(),
      sha256,
    })
    .optional(),
})
type WatchRequest = z.infer<typeof watchRequest>

/** Where one comes in, and to what. */
interface Door {
  rooms: Rooms
  arrivals: Arrivals
}

/** Answers whatever a client sent as `watch`, and never throws. Who does not wait for an answer is not heard. */
export async function onWatch(
  world: World,
  { rooms, arrivals }: Door,
  socket: LiveSocket,
  request: unknown,
  reply: unknown,
  after: { seen(artifact: Artifact): void; refused(asked: string, thrown: unknown): void },
): Promise<void> {
  if (typeof reply !== 'function') return
  const asked = watchRequest.safeParse(request)
  if (!asked.success) {
    return reply(refused(new GalleyError('invalid_request', `watch: ${z.prettifyError(asked.error)}`), world))
  }
  try {
    const answered = await answer(world, { rooms, arrivals }, socket, asked.data)
    reply(answered)
    if (answered.ok) after.seen(answered.artifact)
  } catch (error) {
    reply(refused(error, world))
    after.refused(asked.data.artifactId, error)
  }
}

async function answer(
  world: World,
  { rooms, arrivals }: Door,
  socket: LiveSocket,
  { artifactId, have }: WatchRequest,
): Promise<WatchReply> {
  for (;;) {
    const { audience, artifact, epoch } = await arrivals.ask(socket, socket.data.actor.credential.id, () =>
      subscribe(world, rooms, socket, artifactId),
    )
    const inline = have && (await inlineDelta(world, audience.place, have.sha256, artifact.shown.sha256))
    // Put out, asked to ask anew, or all of it void, while the delta was being made: this is not to be said any more.
    if (rooms.joined(socket, artifactId) !== audience || epoch !== world.store.epoch) continue
    return { ok: true, artifact, ...(inline && { inline }) }
  }
}

/**
 * Subscribes, then reads: a change between the two is heard from the room, one before it is in the reading. Which room,
 * only a reading tells; so one that is not followed by being in its room is taken again.
 */
async function subscribe(world: World, rooms: Rooms, socket: LiveSocket, artifactId: string) {
  const { actor } = socket.data
  for (;;) {
    if (!socket.connected) throw ended()
    if (!rooms.joined(socket, artifactId)) {
      enter(rooms, socket, artifactId, await streamFor(world, actor, artifactId))
    }
    const { artifact, head, stream, at } = await watch(world, actor, artifactId).catch(error => {
      rooms.leave(socket, artifactId)
      throw error
    })
    const audience = rooms.joined(socket, artifactId)
    if (audience?.place.stream === stream) {
      audience.read(said(stream, at.epoch, head), at)
      return { audience, artifact, epoch: at.epoch }
    }
    enter(rooms, socket, artifactId, stream)
  }
}

/** @throws GalleyError not_signed_in | rate_limited */
function enter(rooms: Rooms, socket: LiveSocket, artifactId: string, stream: Stream): void {
  if (!socket.connected) throw ended()
  if (!rooms.joined(socket, artifactId) && rooms.watches(socket) >= limits.watchesPerSocket) {
    throw new GalleyError('rate_limited', `One connection watches at most ${limits.watchesPerSocket} pages.`)
  }
  rooms.join(socket, { orgId: socket.data.actor.orgId, artifactId, stream })
}

const ended = () => new GalleyError('not_signed_in', 'The connection was ended.')

const refused = (error: unknown, world: World): WatchReply => ({
  ok: false,
  ...refusalOf(error, world.log, 'The server could not look this page up.'),
})
