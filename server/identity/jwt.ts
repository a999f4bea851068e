import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type Scope, scopes } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import type { Clock } from '../core/ports.ts'
import { algorithm, type KeyRing } from './keys.ts'

/**
 * The two kinds of JWT that this server signs for itself. They differ in header `typ` and in audience, both checked,
 * so that neither passes for the other (RFC 8725 §3.11, §3.12).
 */
const kinds = {
  session: { typ: 'galley-session+jwt', audience: 'galley-session', longest: limits.sessionToken },
  token: { typ: 'galley-token+jwt', audience: 'galley-api', longest: limits.accessTokenMax },
} as const

export type Kind = keyof typeof kinds

/** What a JWT says. `id` is its `jti`, that of the session's or token's row. Times in milliseconds, cut to whole seconds when signed. */
export interface Claims {
  id: string
  orgId: string
  memberId: string
  scope: Scope
  issuedAt: number
  expiresAt: number
}

/** Nothing that it says may be believed. `madeFor`: but it was signed with these keys, by a server at that address. */
interface Bad {
  verdict: 'bad'
  madeFor?: string
}

/** `expired`: signed by this server and good in everything else. */
export type Checked = { verdict: 'good' | 'expired'; claims: Claims } | Bad

type Opened = { verdict: 'good' | 'expired'; payload: JWTPayload } | Bad

const payloadShape = z.object({
  sub: z.string(),
  jti: z.string(),
  org: z.string(),
  scope: z.enum(scopes),
  iat: z.int(),
  exp: z.int(),
})

/** Signs and checks. Whether the row behind a JWT still stands is not asked here, so that a forgery costs no query. */
export class Jwts {
  private readonly keys: KeyRing
  private readonly clock: Clock
  private readonly issuer: string

  constructor(keys: KeyRing, clock: Clock, issuer: string) {
    this.keys = keys
    this.clock = clock
    this.issuer = issuer
  }

  async sign(kind: Kind, claims: Claims): Promise<string> {
    const { kid, key } = await this.keys.signer()
    const { typ, audience } = kinds[kind]
    return new SignJWT({ org: claims.orgId, scope: claims.scope })
      .setProtectedHeader({ alg: algorithm, kid, typ })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setSubject(claims.memberId)
      .setJti(claims.id)
      .setIssuedAt(Math.floor(claims.issuedAt / 1000))
      .setExpirationTime(Math.floor(claims.expiresAt / 1000))
      .sign(key)
  }

  async check(kind: Kind, jwt: string): Promise<Checked> {
    if (jwt.length > limits.credentialChars) return { verdict: 'bad' }
    const opened = await this.open(kind, jwt)
    if (opened.verdict === 'bad') return opened
    const payload = payloadShape.safeParse(opened.payload)
    if (!payload.success) return { verdict: 'bad' }
    const { sub, jti, org, scope, iat, exp } = payload.data
    const claims = { id: jti, orgId: org, memberId: sub, scope, issuedAt: iat * 1000, expiresAt: exp * 1000 }
    const tooLong = claims.expiresAt - claims.issuedAt > kinds[kind].longest
    const fromTheFuture = claims.issuedAt > this.clock.now() + limits.clocksApart
    return tooLong || fromTheFuture ? { verdict: 'bad' } : { verdict: opened.verdict, claims }
  }

  /** `jku`, `x5u` and `jwk` in the header are ignored, an unknown `crit` is refused (RFC 7515 §4.1.11). */
  private async open(kind: Kind, jwt: string): Promise<Opened> {
    const { typ, audience } = kinds[kind]
    try {
      const { payload } = await jwtVerify(jwt, header => this.key(header.kid), {
        algorithms: [algorithm],
        issuer: this.issuer,
        audience,
        typ,
        // Without `exp` here jose takes a token that never expires.
        requiredClaims: ['exp', 'iat', 'sub', 'jti', 'org', 'scope'],
        clockTolerance: limits.clockTolerance / 1000,
        currentDate: new Date(this.clock.now()),
      })
      return { verdict: 'good', payload }
    } catch (error) {
      return judged(error)
    }
  }

  private async key(kid: unknown) {
    const key = await this.keys.verifier(kid)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key
  }
}

/** jose looks at the signature first, then at `typ`, at what is required, at issuer and audience, and last at times. */
function judged(error: unknown): Opened {
  if (error instanceof errors.JWTExpired) return { verdict: 'expired', payload: error.payload }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss' && isText(error.payload.iss)) {
    return { verdict: 'bad', madeFor: error.payload.iss }
  }
  if (error instanceof errors.JOSEError) return { verdict: 'bad' }
  throw error
}

const isText = (value: unknown): value is string => typeof value === 'string'
