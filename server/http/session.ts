import type { Request, Response } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import type { Actor, Identity } from '../core/ports.ts'

const signedOut: readonly string[] = ['not_signed_in', 'token_invalid', 'token_expired', 'token_revoked']

/**
 * Who this browser is signed in as; a session that was due is renewed along the way. Only the cookie counts here: an
 * access token is for programs, which have no session and read no screens.
 */
export async function signedIn(identity: Identity, req: Request, res: Response): Promise<Actor | undefined> {
  try {
    const { actor, setCookie } = await identity.authenticate({ cookieHeader: req.headers.cookie })
    if (setCookie !== undefined) res.append('Set-Cookie', setCookie)
    return actor
  } catch (error) {
    if (error instanceof GalleyError && signedOut.includes(error.code)) return undefined
    throw error
  }
}
