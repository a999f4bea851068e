import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { timeInWords } from '../../shared/text.ts'
import type { Actor, Clock, Identity } from '../core/ports.ts'
import type { AccessToken, Member, Session } from '../core/records.ts'
import type { Store } from '../core/store-ports.ts'
import { clearedCookieLine, readSessionCookie, sessionCookieLine } from './cookie.ts'
import { type Claims, Jwts } from './jwt.ts'
import { KeyRing, newSigningKey } from './keys.ts'

/** Lets scanners know a leaked one. */
const tokenPrefix = 'galley_'

/** @param publicUrl the app's origin, without a slash at the end: the issuer of everything signed here. */
export async function openIdentity(deps: { store: Store; clock: Clock; publicUrl: string }): Promise<Identity> {
  const keys = await KeyRing.open(deps.store, deps.clock)
  return new LocalIdentity(deps.store, deps.clock, keys, deps.publicUrl)
}

class LocalIdentity implements Identity {
  private readonly store: Store
  private readonly clock: Clock
  private readonly keys: KeyRing
  private readonly jwts: Jwts
  private readonly publicUrl: string

  constructor(store: Store, clock: Clock, keys: KeyRing, publicUrl: string) {
    this.store = store
    this.clock = clock
    this.keys = keys
    this.publicUrl = publicUrl
    this.jwts = new Jwts(keys, clock, publicUrl)
  }

  /** A bearer wins over a cookie, and a bad one is not forgiven for it: who sends a token means that token. */
  async authenticate(presented: { cookieHeader?: string | undefined; authorization?: string | undefined }) {
    const bearer = /^Bearer +(.*)$/i.exec(presented.authorization ?? '')?.[1]
    if (bearer !== undefined) return { actor: await this.byToken(bearer.trim()) }
    const cookie = readSessionCookie(presented.cookieHeader)
    if (cookie !== undefined) return this.bySession(cookie)
    throw new GalleyError(
      'not_signed_in',
      `Sign in first, or send an access token in the header "Authorization: Bearer ${tokenPrefix}…".`,
    )
  }

  sessionCookie(session: Session): Promise<string> {
    return this.cookieFor(session, this.sessionClaims(session))
  }

  clearedCookie(): string {
    return clearedCookieLine()
  }

  async accessToken(token: AccessToken): Promise<string> {
    const { id, orgId, memberId, scope, createdAt: issuedAt, expiresAt } = token
    return tokenPrefix + (await this.jwts.sign('token', { id, orgId, memberId, scope, issuedAt, expiresAt }))
  }

  newSigningKey() {
    return newSigningKey(this.clock.now())
  }

  async jwks() {
    return { keys: await this.keys.publicKeys() }
  }

  private async byToken(bearer: string): Promise<Actor> {
    if (!bearer.startsWith(tokenPrefix)) {
      throw new GalleyError('token_invalid', `That is not an access token of Galley: they begin with ${tokenPrefix}.`)
    }
    const checked = await this.jwts.check('token', bearer.slice(tokenPrefix.length))
    if (checked.verdict === 'bad') throw this.tokenInvalid(checked.madeFor)
    const { claims } = checked
    if (checked.verdict === 'expired') throw this.tokenExpired(claims.expiresAt)
    const row = await this.store.accessToken(claims.id)
    const member =
      row && row.revokedAt === null && isOf(row, claims) && (await this.store.member(row.orgId, row.memberId))
    if (!row || !member) {
      throw new GalleyError('token_revoked', `This access token was revoked. ${makeAnother(this.publicUrl)}`)
    }
    if (row.expiresAt <= this.clock.now()) throw this.tokenExpired(row.expiresAt)
    return actorOf('token', claims, member)
  }

  /** @param madeFor where the same keys sign for another address: a command was run with another configuration. */
  private tokenInvalid(madeFor: string | undefined): GalleyError {
    const why =
      madeFor === undefined
        ? `This access token was not made by this server, or was cut or changed since. Copy it again. ${makeAnother(this.publicUrl)}`
        : `This access token was made for ${madeFor}, and this server is ${this.publicUrl}. Set GALLEY_PUBLIC_URL, or GALLEY_PORT, as this server has it. ${makeAnother(this.publicUrl)}`
    return new GalleyError('token_invalid', why)
  }

  private tokenExpired(at: number): GalleyError {
    const sentence = `This access token expired at ${timeInWords(at)}. ${makeAnother(this.publicUrl)}`
    return new GalleyError('token_expired', sentence)
  }

  /** Whatever is wrong with a cookie, there is one thing to do about it: sign in again. */
  private async bySession(jwt: string): Promise<{ actor: Actor; setCookie?: string }> {
    const checked = await this.jwts.check('session', jwt)
    if (checked.verdict === 'bad') throw signedOut()
    const row = await this.store.session(checked.claims.id)
    const stands = row && row.revokedAt === null && row.expiresAt > this.clock.now() && isOf(row, checked.claims)
    const member = stands && (await this.store.member(row.orgId, row.memberId))
    if (!member) throw signedOut()

    const fresh = this.sessionClaims(row)
    const worn = checked.claims.expiresAt - this.clock.now() < limits.sessionToken / 2
    if (!worn || fresh.expiresAt <= checked.claims.expiresAt)
      return { actor: actorOf('session', checked.claims, member) }
    return { actor: actorOf('session', fresh, member), setCookie: await this.cookieFor(row, fresh) }
  }

  private sessionClaims({ id, orgId, memberId, expiresAt }: Session): Claims {
    const now = this.clock.now()
    const end = Math.min(now + limits.sessionToken, expiresAt)
    return { id, orgId, memberId, scope: 'full', issuedAt: now, expiresAt: end - (end % 1000) }
  }

  private async cookieFor(session: Session, claims: Claims): Promise<string> {
    const maxAge = Math.max(0, Math.floor((session.expiresAt - this.clock.now()) / 1000))
    return sessionCookieLine(await this.jwts.sign('session', claims), maxAge)
  }
}

const isOf = (row: { orgId: string; memberId: string }, claims: Claims): boolean =>
  row.orgId === claims.orgId && row.memberId === claims.memberId

const actorOf = (
  kind: Actor['credential']['kind'],
  { id, orgId, memberId, scope, expiresAt }: Claims,
  { rev: memberRev }: Member,
): Actor => ({ orgId, memberId, credential: { kind, id, expiresAt }, scope, memberRev })

const signedOut = () => new GalleyError('not_signed_in', 'Your sign-in is over or was ended. Sign in again.')

/** A person signs in; for a program, somebody makes one where the data is. */
const makeAnother = (publicUrl: string): string =>
  `Get a new one with: galley login ${publicUrl} (for CI, where the server's data is: galley token create --member EMAIL)`
