import type { RevokedEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Actor } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { credentialRoom, type LiveServer, type LiveSocket } from './socket.ts'

type Credential = Actor['credential']

/** setTimeout takes 31 bits; a longer one would fire at once. */
const longestTimeout = 2 ** 31 - 1

/** Signed out, removed, revoked: whoever came in by this credential is told, and put out. */
export function putOut(io: LiveServer, credential: Pick<Credential, 'kind' | 'id'>): void {
  const room = credentialRoom(credential)
  io.local.to(room).emit('revoked', ending(credential.kind === 'session' ? 'not_signed_in' : 'token_revoked'))
  io.local.in(room).disconnectSockets(true)
}

/** Of these sockets, those whose credential, or whose member, is good no longer, are put out. */
export async function checkCredentials(io: LiveServer, world: World): Promise<void> {
  const held = new Map<string, Credential>()
  for (const socket of io.of('/').sockets.values())
    held.set(socket.data.actor.credential.id, socket.data.actor.credential)
  if (held.size === 0) return
  const ids = (kind: Credential['kind']): string[] =>
    [...held.values()].filter(credential => credential.kind === kind).map(credential => credential.id)
  const good = await world.store.goodCredentials({ sessions: ids('session'), tokens: ids('token') }, world.clock.now())
  for (const credential of held.values()) if (!good.has(credential.id)) putOut(io, credential)
}

/**
 * The handshake runs once a connection, so a credential that ends later is noticed here: at its expiry its row is read
 * again. A session goes on past the JWT that it came with for as long as its row stands; a token ends.
 */
export function watchExpiry(world: World, socket: LiveSocket): void {
  const { credential } = socket.data.actor
  let timer: NodeJS.Timeout | undefined
  const checkAt = (at: number): void => {
    const wait = Math.min(Math.max(at - world.clock.now(), 1), longestTimeout)
    timer = setTimeout(() => void check(at), wait)
    timer.unref()
  }
  const check = async (at: number): Promise<void> => {
    if (!socket.connected) return
    if (world.clock.now() < at) return checkAt(at)
    try {
      const until = await goodUntil(world, credential)
      if (!socket.connected) return
      if (until !== undefined) return checkAt(until)
      socket.emit('revoked', ending(credential.kind === 'session' ? 'not_signed_in' : 'token_expired'))
      socket.disconnect(true)
    } catch (error) {
      world.log.error({ err: error, socket: socket.id }, 'Could not read a credential again; trying later')
      checkAt(world.clock.now() + limits.reconcile)
    }
  }
  checkAt(credential.expiresAt)
  socket.once('disconnect', () => clearTimeout(timer))
}

/** When the row itself ends; undefined when it has, or was revoked, or its member is gone. */
async function goodUntil(world: World, { kind, id }: Credential): Promise<number | undefined> {
  const now = world.clock.now()
  const asked = kind === 'session' ? { sessions: [id], tokens: [] } : { sessions: [], tokens: [id] }
  const good = await world.store.goodCredentials(asked, now)
  if (!good.has(id)) return undefined
  const row = kind === 'session' ? await world.store.session(id) : await world.store.accessToken(id)
  return row && row.expiresAt > now ? row.expiresAt : undefined
}

const ending = (code: RevokedEvent['code']): RevokedEvent => ({ artifactId: 'all', code })
