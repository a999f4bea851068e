import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { protocolVersion, type Refusal } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Identity, Log, Origin } from '../core/ports.ts'
import type { Arrivals } from './arrivals.ts'
import { refusalOf } from './refusal.ts'
import type { LiveSocket } from './socket.ts'

const handshake = z.object({ protocolVersion: z.number() })

/**
 * Whether this websocket may be opened at all. A browser sends its cookie with any site's websocket, and Socket.IO's
 * `cors` does not cover them, so a cookie counts only from the app's own origin; what is not a browser sends no Origin,
 * and then has to bring a token.
 */
export function hasOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { origin, authorization } = request.headers
  return origin === undefined ? authorization !== undefined : origin === publicUrl
}

/** A client that comes in says which protocol it speaks, and who it is: by its cookie, or by a token. */
export function admit(identity: Identity, arrivals: Arrivals, log: Log) {
  return async (socket: LiveSocket, next: (refusal?: Error) => void): Promise<void> => {
    try {
      socket.data.actor = await arrivals.enter(() => enter(identity, socket))
      next()
    } catch (error) {
      next(refused(error, log))
    }
  }
}

const connectedFrom = ({ socket }: IncomingMessage): string | null => socket.remoteAddress ?? null

/** As the log keeps it. @param addressOf the request that became this socket; else who connected counts */
export const originOf = (socket: LiveSocket, addressOf = connectedFrom): Origin => ({
  ip: addressOf(socket.request),
  userAgent: socket.handshake.headers['user-agent']?.slice(0, limits.userAgentChars) ?? null,
})

async function enter(identity: Identity, socket: LiveSocket) {
  if (socket.conn.readyState !== 'open') throw new GalleyError('not_signed_in', 'The connection was ended.')
  const said = handshake.safeParse(socket.handshake.auth)
  if (!said.success || said.data.protocolVersion !== protocolVersion) {
    throw new GalleyError('unsupported_protocol', 'This page is older or newer than its server. Load it again.')
  }
  const { cookie, authorization, origin } = socket.handshake.headers
  // Without an Origin only the token counts (hasOrigin): the cookie of whoever sent none is not looked at.
  const cookieHeader = origin === undefined ? undefined : cookie
  return (await identity.authenticate({ cookieHeader, authorization })).actor
}

function refused(error: unknown, log: Log): Error & { data: Refusal } {
  const data = refusalOf(error, log, 'The server could not check who you are.')
  return Object.assign(new Error(data.message), { data })
}
