import type { Scope } from '../../shared/api.ts'
import type { GalleyError } from '../../shared/errors.ts'
import type { AccessToken, Head, Session, SigningKey } from './records.ts'

/** How the rules know the world. Each port has one contract suite in `test/`, run over every implementation. */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}

/** `bytes(n)`: n cryptographically random bytes. */
export type Random = (n: number) => Uint8Array

/** The part of pino's logger that is used: fields first, then a sentence. Never a token, never page content. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What is counted, timed and shown for whoever runs the server: never by person, page or organisation. */
export interface Metrics {
  count(name: Counted, by?: number): void
  /** Counts one, apart from those that came to something else. */
  outcome<Name extends keyof Outcomes>(name: Name, outcome: Outcomes[Name]): void
  /** @param ms milliseconds */
  time(name: Timed, ms: number): void
  /** @param read asked whenever somebody looks */
  show(name: Shown, read: () => number): void
}

export type Counted =
  | 'announcements_sent'
  | 'announcements_heard'
  /** Not acted on: of another epoch, or of no kind or shape that this node knows. */
  | 'announcements_ignored'
  /** Not sent to the other nodes, for want of Redis, and neither were words on who is here: reconcile tells them. */
  | 'announcements_dropped'
  /** Rooms and sockets that reconcile found to be told something they had not heard. */
  | 'reconcile_repairs'
  /** Redis was out of reach, or silent for too long. */
  | 'redis_gaps'
  | 'deltas_inline'
  | 'deltas_none'
  | 'sockets_cut'
  | 'rate_limited'

export interface Outcomes {
  /** `refused`: what was sent was not right, or not allowed; `failed`: it was not the sender's fault. */
  publishes: 'kept' | 'unchanged' | 'refused' | 'failed'
  /** By class of status; `aborted`: the caller was gone before the end of the answer. */
  http_responses: '2xx' | '3xx' | '4xx' | '5xx' | 'aborted'
  jobs: 'done' | 'failed'
}

/** `fan_out`: from the commit, or from when another node told of it, to when a room's sockets were handed the news. */
export type Timed = 'fan_out' | 'reconcile' | 'redis_round_trip' | 'store_transaction' | 'store_query' | 'http_request'

export type Shown = 'connections' | 'rooms' | 'redis_up' | 'press_waiting' | 'store_waiting'

/** How often, or with how much, somebody may come in a time (shared/limits.ts): counted for all nodes together. */
export interface Quotas {
  /**
   * @param key whom it is counted for
   * @throws GalleyError rate_limited, with the seconds after which there is some left again
   */
  take(quota: Quota, key: string, points?: number): Promise<void>
  /** As `take`, but says how it stands, and what would be thrown, to who tells callers of it. */
  count(quota: Quota, key: string): Promise<Standing>
  /** Refuses what `take` would, and takes nothing. @throws GalleyError rate_limited */
  check(quota: Quota, key: string, points?: number): Promise<void>
}

export interface Standing {
  /** Of a whole window, and what is left of it. */
  points: number
  left: number
  /** When the window ends, and there are as many as that again: milliseconds since 1970. */
  endsAt: number
  refused: GalleyError | undefined
}

export type Quota =
  /** To the API, of one session or access token. */
  | 'requests'
  /** Begun, with one session or access token, and in one organisation. */
  | 'publishes'
  | 'org_publishes'
  /** Of pages, as sent, that an organisation has published. */
  | 'org_bytes'
  /** By address, of IPv6 by network. */
  | 'failed_proofs'
  /** Of devices, that a member has typed. */
  | 'codes'
  /** To the compliance API, with all the keys of one organisation. */
  | 'compliance_requests'

/** What the live part is told, after the commit. Told, not asked: it never throws and nothing waits for it. */
export type Announcement =
  /** `seen`: what viewers are shown is not as it was. */
  | { kind: 'changed'; head: Head; seen: boolean }
  | { kind: 'deleted'; orgId: string; artifactId: string; ownerId: string; touched: Touched }
  /** Who may see it has changed: what everybody who watches it may do is looked at again. */
  | { kind: 'access-changed'; orgId: string; artifactId: string; touched: Touched }
  /** Groups, name or address: what the member may see is looked at again. */
  | { kind: 'member-changed'; orgId: string; memberId: string }
  /** Settings or roles of the org are others: what its members see is looked at again. */
  | { kind: 'org-changed'; orgId: string }
  /** Somebody asks to be let in, or was answered: the owner's to know. */
  | { kind: 'access-requested'; orgId: string; artifactId: string; ownerId: string }
  | { kind: 'session-revoked'; sessionId: string }
  | { kind: 'token-revoked'; tokenId: string }

/** Whose lists have one artifact more or less than before. */
export interface Touched {
  everyone: boolean
  memberIds: readonly string[]
  groups: readonly string[]
}

export interface Live {
  announce(announcement: Announcement): void
}

/** Who asks: proved by a session cookie or an access token whose row was read for this very request. */
export interface Actor {
  orgId: string
  memberId: string
  credential: { kind: 'session' | 'token'; id: string; expiresAt: number }
  scope: Scope
  /** Of the member, as it was then. */
  memberRev: number
}

/** What the audit log says of a caller beside who it is. */
export interface Origin {
  ip: string | null
  userAgent: string | null
}

/** Whom an identity provider has vouched for. */
export interface ProvedPerson {
  issuer: string
  /** The provider's `sub`: with the issuer, who this is. */
  subject: string
  email: string
  emailVerified: boolean
  name: string
  groups: readonly string[]
  /** Values of the org claim; undefined where none is asked for. */
  orgs?: readonly string[] | undefined
}

/** Signing in elsewhere, and coming back. */
export interface Provider {
  /** As people know it: its host. */
  readonly name: string
  /**
   * @param next a path of the app: where to go afterwards
   * @param options.anew who is signed in at the provider is not to be taken for granted: somebody wants to be another
   * @returns where to send the browser, and what it has to bring back. @throws GalleyError provider_unavailable
   */
  begin(next: string, options: { anew: boolean }): Promise<{ url: string; setCookie: string }>
  /** As it was given when this browser was sent off; undefined when it was not, or too long ago. */
  nextOf(cookieHeader: string | undefined): Promise<string | undefined>
  /**
   * @param search of the address that the provider sent the browser back to, with the question mark
   * @throws GalleyError sign_in_failed | provider_unavailable
   */
  finish(search: string, cookieHeader: string | undefined): Promise<{ person: ProvedPerson; setCookie: string }>
}

/** Signs and checks credentials; whether their rows still stand is the store's to say. */
export interface Identity {
  /**
   * @throws GalleyError not_signed_in | token_invalid | token_expired | token_revoked
   * @returns the actor, and a cookie to set when the session's was due for renewal.
   */
  authenticate(presented: { cookieHeader?: string | undefined; authorization?: string | undefined }): Promise<{
    actor: Actor
    setCookie?: string
  }>
  /** The Set-Cookie line for a session. */
  sessionCookie(session: Session): Promise<string>
  /** The Set-Cookie line that takes it away. */
  clearedCookie(): string
  /** `galley_` and the JWT. */
  accessToken(token: AccessToken): Promise<string>
  /** A fresh key, which signs once the store has it. */
  newSigningKey(): Promise<SigningKey>
  /** The public keys, RFC 7517. */
  jwks(): Promise<{ keys: object[] }>
}
