import type { RevokedEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Actor } from '../core/ports.ts'
import type { KnownCredential } from '../core/store-ports.ts'
import type { World } from '../core/world.ts'
import { credentialRoom, type LiveServer, type LiveSocket, membersOf } from './socket.ts'

type Credential = Actor['credential']

/** setTimeout takes 31 bits; a longer one would fire at once. */
const longestTimeout = 2 ** 31 - 1

/**
 * Signed out, removed, revoked: whoever came in by this credential is told, and put out.
 * @returns how many they are
 */
export function putOut(io: LiveServer, credential: Pick<Credential, 'kind' | 'id'>): number {
  const room = credentialRoom(credential)
  const here = membersOf(io, room).length
  io.local.to(room).emit('revoked', ending(credential.kind === 'session' ? 'not_signed_in' : 'token_revoked'))
  io.local.in(room).disconnectSockets(true)
  return here
}

/** Sockets whose member has changed, and the member's `rev` now. */
export interface Moved {
  sockets: readonly LiveSocket[]
  memberRev: number
}

/**
 * Whoever of these came in by a credential that is good no longer, or whose member is gone, is put out.
 * @param sockets of this node; all of them unless some are named
 * @returns how many were, and those whose member's part in what they watch is to be looked at again
 */
export async function checkCredentials(
  io: LiveServer,
  world: Pick<World, 'store' | 'clock'>,
  sockets: Iterable<LiveSocket> = io.of('/').sockets.values(),
): Promise<{ ended: number; moved: Moved[] }> {
  const held = new Map<string, LiveSocket[]>()
  for (const socket of sockets) {
    const { id } = socket.data.actor.credential
    const sockets = held.get(id)
    if (sockets) sockets.push(socket)
    else held.set(id, [socket])
  }
  const known = [...held.values()].flatMap(([first, ...others]) => (first ? knownOf(first, others) : []))
  const changed = await world.store.changedCredentials(known, world.clock.now())
  let ended = 0
  const moved: Moved[] = []
  for (const { id, memberRev } of changed) {
    const sockets = held.get(id) ?? []
    const credential = sockets[0]?.data.actor.credential
    if (memberRev !== null) moved.push({ sockets, memberRev })
    else if (credential) ended += putOut(io, credential)
  }
  return { ended, moved }
}

/** Of several that came in by one, the one whose member was looked at longest ago counts. */
function knownOf(first: LiveSocket, others: readonly LiveSocket[]): KnownCredential {
  const { kind, id } = first.data.actor.credential
  return { kind, id, memberRev: Math.min(...[first, ...others].map(socket => socket.data.actor.memberRev)) }
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
      const until = await goodUntil(world, socket)
      if (!socket.connected) return
      if (until !== undefined) return checkAt(until)
      socket.emit('revoked', ending(credential.kind === 'session' ? 'not_signed_in' : 'token_expired'))
      socket.disconnect(true)
    } catch (error) {
      // Reconcile says so once, for all of them.
      world.log.debug({ err: error, socket: socket.id }, 'Could not read a credential again; trying later')
      checkAt(world.clock.now() + limits.reconcile)
    }
  }
  checkAt(credential.expiresAt)
  socket.once('disconnect', () => clearTimeout(timer))
}

/** When the row itself ends; undefined when it has, or was revoked, or its member is gone. */
async function goodUntil(world: World, socket: LiveSocket): Promise<number | undefined> {
  const now = world.clock.now()
  const changed = await world.store.changedCredentials([knownOf(socket, [])], now)
  if (changed.some(({ memberRev }) => memberRev === null)) return undefined
  const { kind, id } = socket.data.actor.credential
  const row = kind === 'session' ? await world.store.session(id) : await world.store.accessToken(id)
  return row && row.expiresAt > now ? row.expiresAt : undefined
}

const ending = (code: RevokedEvent['code']): RevokedEvent => ({ artifactId: 'all', code })
