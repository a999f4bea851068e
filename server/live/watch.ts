import { z } from 'zod'
import { type Artifact, sha256 } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import type { WatchReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { watch } from '../core/read.ts'
import type { World } from '../core/world.ts'
import { inlineDelta } from './inline.ts'
import { refusalOf } from './refusal.ts'
import type { Rooms } from './rooms.ts'
import { said } from './said.ts'
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

/** Answers whatever a client sent as `watch`, and never throws. Who does not wait for an answer is not heard. */
export async function onWatch(
  world: World,
  rooms: Rooms,
  socket: LiveSocket,
  request: unknown,
  reply: unknown,
  seen: (artifact: Artifact) => void,
): Promise<void> {
  if (typeof reply !== 'function') return
  try {
    const asked = watchRequest.safeParse(request)
    if (!asked.success) throw new GalleyError('invalid_request', `watch: ${z.prettifyError(asked.error)}`)
    const answered = await answer(world, rooms, socket, asked.data)
    reply(answered)
    if (answered.ok) seen(answered.artifact)
  } catch (error) {
    reply(refused(error, world))
  }
}

/**
 * Subscribes, then reads: a change between the two is heard from the room, one before it is in the reading. Which room,
 * only a reading tells; so one that is not followed by being in its room is taken again.
 */
async function answer(
  world: World,
  rooms: Rooms,
  socket: LiveSocket,
  { artifactId, have }: WatchRequest,
): Promise<WatchReply> {
  const { actor } = socket.data
  for (;;) {
    const reading = await watch(world, actor, artifactId).catch(error => {
      rooms.leave(socket, artifactId)
      throw error
    })
    if (!socket.connected) throw new GalleyError('not_signed_in', 'The connection was ended.')
    const { artifact, head, stream } = reading
    const audience = rooms.joined(socket, artifactId)
    if (audience?.place.stream === stream) {
      audience.read(said(stream, world.store.epoch, head))
      const { shown } = artifact
      const inline = have && (await inlineDelta(world, audience.place, have.sha256, shown.sha256))
      // Put out, or asked to ask anew, while the delta was being made: what was read is not to be said any more.
      if (rooms.joined(socket, artifactId) !== audience) continue
      return { ok: true, artifact, ...(inline && { inline }), viewers: audience.size() }
    }
    if (!audience && rooms.watches(socket) >= limits.watchesPerSocket) {
      throw new GalleyError('rate_limited', `One connection watches at most ${limits.watchesPerSocket} pages.`)
    }
    rooms.join(socket, { orgId: actor.orgId, artifactId, stream })
  }
}

const refused = (error: unknown, world: World): WatchReply => ({
  ok: false,
  ...refusalOf(error, world.log, 'The server could not look this page up.'),
})
