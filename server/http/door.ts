import type { Request, Response } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Actor, Identity, Origin, Quotas } from '../core/ports.ts'
import type { Failures } from './failures.ts'

interface DoorParts {
  identity: Identity
  failures: Failures
  quotas: Quotas
  publicUrl: string
}

export interface Caller {
  actor: Actor
  origin: Origin
}

/** Finds out who calls, and turns away who calls too often. */
export class Door {
  private readonly identity: Identity
  private readonly failures: Failures
  private readonly quotas: Quotas
  private readonly publicUrl: string
  private readonly callers = new WeakMap<Response, Caller>()

  constructor({ identity, failures, quotas, publicUrl }: DoorParts) {
    this.identity = identity
    this.failures = failures
    this.quotas = quotas
    this.publicUrl = publicUrl
  }

  /**
   * A session that was due is renewed along the way.
   * @throws GalleyError not_signed_in | token_invalid | token_expired | token_revoked | rate_limited | bad_origin
   */
  async caller(req: Request, res: Response): Promise<Caller> {
    const origin = originOf(req)
    const presented = { cookieHeader: req.headers.cookie, authorization: req.headers.authorization }
    const proved = await this.failures.guard(origin.ip, () => this.identity.authenticate(presented))
    const { actor, setCookie } = proved
    if (actor.credential.kind === 'session' && !isSafe(req.method)) this.refuseOthers(req, 'required')
    await this.quotas.take('requests', actor.credential.id)
    if (setCookie !== undefined) res.append('Set-Cookie', setCookie)
    const caller = { actor, origin }
    this.callers.set(res, caller)
    return caller
  }

  /** Who is answered with this, if that was found out. */
  callerOf(res: Response): Caller | undefined {
    return this.callers.get(res)
  }

  /**
   * A cookie comes along with requests that other sites make, so what changes something must say that it is from here
   * (ISOLATION §4.3). Programs without a cookie send no Origin, and where there is no session yet need none.
   * @throws GalleyError bad_origin
   */
  refuseOthers(req: Request, origin: 'required' | 'optional'): void {
    const said = req.headers.origin
    const site = req.headers['sec-fetch-site']
    const originFits = said === this.publicUrl || (said === undefined && origin === 'optional')
    if (originFits && (site === undefined || site === 'same-origin')) return
    throw new GalleyError('bad_origin', `With a browser's session, this can be done from ${this.publicUrl} only.`)
  }
}

export const originOf = (req: Request): Origin => ({
  ip: req.ip ?? null,
  userAgent: req.get('User-Agent')?.slice(0, limits.userAgentChars) ?? null,
})

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'
