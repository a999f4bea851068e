import { parseCookie, stringifySetCookie } from 'cookie'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { limits } from '../../shared/limits.ts'
import type { Clock } from '../core/ports.ts'
import { algorithm, type KeyRing } from './keys.ts'

/** What a browser takes along to the identity provider and has to bring back: this one, and no other, began it. */
const attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** A path of the app: where to go after signing in. */
  next: z.string(),
})
export type Attempt = z.infer<typeof attempt>

const cookieName = '__Host-galley-attempt'
const attributes = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const
const typ = 'galley-attempt+jwt'
const audience = 'galley-attempt'

/** Kept in the browser, signed: nodes hold nothing, and nobody fills a table by beginning to sign in. */
export class Attempts {
  private readonly keys: KeyRing
  private readonly clock: Clock
  private readonly issuer: string

  constructor(keys: KeyRing, clock: Clock, issuer: string) {
    this.keys = keys
    this.clock = clock
    this.issuer = issuer
  }

  /** What is too long an address to come back to leads to `/`. @returns the Set-Cookie line */
  async keep(attempt: Attempt): Promise<string> {
    const next = attempt.next.length > limits.nextChars ? '/' : attempt.next
    const { kid, key } = await this.keys.signer()
    const now = Math.floor(this.clock.now() / 1000)
    const jwt = await new SignJWT({ ...attempt, next })
      .setProtectedHeader({ alg: algorithm, kid, typ })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + limits.signInAttempt / 1000)
      .sign(key)
    return stringifySetCookie({ name: cookieName, value: jwt, maxAge: limits.signInAttempt / 1000, ...attributes })
  }

  /** @returns undefined: none was begun in this browser, or too long ago */
  async read(cookieHeader: string | undefined): Promise<Attempt | undefined> {
    const jwt = parseCookie(cookieHeader ?? '', { decode: value => value })[cookieName]
    if (!jwt || jwt.length > limits.credentialChars) return undefined
    try {
      const { payload } = await jwtVerify(jwt, header => this.key(header.kid), {
        algorithms: [algorithm],
        issuer: this.issuer,
        audience,
        typ,
        requiredClaims: ['exp', 'iat'],
        currentDate: new Date(this.clock.now()),
      })
      return attempt.safeParse(payload).data
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  /** The Set-Cookie line that takes it away: an attempt is made once. */
  cleared(): string {
    return stringifySetCookie({ name: cookieName, value: '', maxAge: 0, ...attributes })
  }

  private async key(kid: unknown) {
    const key = await this.keys.verifier(kid)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key
  }
}
