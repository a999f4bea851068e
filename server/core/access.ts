import { type Role, scopes } from '../../shared/api.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import type { Actor } from './ports.ts'
import type { Artifact, OrgSettings } from './records.ts'
import type { Reach } from './store-ports.ts'

/**
 * The one place that decides. Pure: HTTP, sockets, content and commands all ask here, so that no edge can be kinder
 * than another (ISOLATION §4.1).
 */
export type Action =
  /** The header's data and what is shown now. */
  | 'look'
  /** Page bytes. */
  | 'read'
  /** Versions, sources, hidden pages, and who has looked. */
  | 'history'
  | 'publish'
  | 'rename'
  | 'delete'
  /** Who may look, and which version they see. */
  | 'share'
  /** To make, list and revoke access tokens: all may be made with it, so none has more scope than its maker. */
  | 'tokens'
  /** What owners of the org alone do. */
  | 'administer'

/** What a token's scope lets through; a session has `full`. */
const scopeAllows: Record<Actor['scope'], ReadonlySet<Action>> = {
  publish: new Set<Action>(['look', 'publish']),
  read: new Set<Action>(['look', 'read', 'history']),
  full: new Set<Action>(['look', 'read', 'history', 'publish', 'rename', 'delete', 'share', 'tokens', 'administer']),
}

const roleAllows: Record<Role, ReadonlySet<Action>> = {
  owner: new Set<Action>(['look', 'read', 'history', 'publish', 'rename', 'delete', 'share']),
  editor: new Set<Action>(['look', 'read', 'history', 'publish', 'rename']),
  viewer: new Set<Action>(['look', 'read']),
}

/**
 * A member's part in an artifact; undefined: for them it does not exist. Nothing crosses an org, and being an owner of
 * the org opens nothing. A private artifact is its owner's alone, whoever was let in before.
 */
export function roleOf(
  member: Pick<Actor, 'orgId' | 'memberId'>,
  {
    artifact,
    granted,
  }: {
    artifact: Pick<Artifact, 'orgId' | 'ownerId' | 'audience' | 'deletedAt'>
    granted: Reach['granted']
  },
): Role | undefined {
  if (artifact.orgId !== member.orgId || artifact.deletedAt !== null) return undefined
  if (artifact.ownerId === member.memberId) return 'owner'
  if (artifact.audience === 'private') return undefined
  if (granted.includes('editor')) return 'editor'
  return granted.includes('viewer') || artifact.audience === 'org' ? 'viewer' : undefined
}

type Why = 'unseen' | 'role' | 'scope' | 'closed'
export type Decision = { allowed: true; role: Role } | { allowed: false; why: Why }

export function can(actor: Actor, action: Action, reach: Reach | undefined): Decision {
  const role = reach && roleOf(actor, reach)
  if (role === undefined) return { allowed: false, why: 'unseen' }
  if (reach?.closed && action !== 'delete') return { allowed: false, why: 'closed' }
  if (!roleAllows[role].has(action)) return { allowed: false, why: 'role' }
  if (!scopeAllows[actor.scope].has(action)) return { allowed: false, why: 'scope' }
  return { allowed: true, role }
}

/**
 * @param number of the version that is asked for
 * @returns the artifact and the actor's role, when `can` says so.
 * @throws AccessRefused not_found | forbidden | insufficient_scope | publishing_disabled
 */
export function permit(
  actor: Actor,
  action: Action,
  reach: Reach | undefined,
  number?: number,
): { artifact: Artifact; role: Role } {
  const decision = can(actor, action, reach)
  if (decision.allowed && reach) return { artifact: reach.artifact, role: decision.role }
  const why = decision.allowed ? 'unseen' : decision.why
  throw new AccessRefused(refusalFor(actor, action, why), reach && { action, why, number })
}

function refusalFor(actor: Actor, action: Action, why: Why): GalleyError {
  if (why === 'unseen') return notFound()
  if (why === 'closed') return closed()
  if (why === 'scope') return insufficientScope(actor, action)
  return new GalleyError('forbidden', 'Only the author of this page, and those made editors of it, may do that.')
}

/** What the audit log keeps of it, and whoever is refused is not told. `version`: not one that they are shown. */
interface Refused {
  action: Action
  why: Why | 'version'
  /** Of the version that was asked for. */
  number: number | undefined
}

/** Somebody may not do that to an artifact, or to them there is none. */
export class AccessRefused extends GalleyError {
  /** undefined: there is indeed none in their organisation. */
  readonly refused: Refused | undefined

  constructor({ code, message, facts }: GalleyError, refused: Refused | undefined) {
    super(code, message, facts)
    this.refused = refused
  }
}

/**
 * For what concerns no artifact yet: does the credential's scope cover it?
 * @throws GalleyError insufficient_scope
 */
export function permitScope(actor: Actor, action: Action): void {
  if (!scopeAllows[actor.scope].has(action)) throw insufficientScope(actor, action)
}

/**
 * For what a token must not make, since it would outlast it: a leaked one would never end.
 * @throws GalleyError forbidden
 */
export function requireSession(actor: Pick<Actor, 'credential'>, otherwise: string): void {
  if (actor.credential.kind !== 'session') throw new GalleyError('forbidden', otherwise)
}

/** Nobody opens any page of the org. */
export const isClosed = (settings: Pick<OrgSettings, 'publishing' | 'readableWhenOff'>): boolean =>
  !settings.publishing && !settings.readableWhenOff

/** The owners of the org have closed all its pages. */
export const closed = (): GalleyError =>
  new GalleyError(
    'publishing_disabled',
    'Your organisation has switched Galley off. Its pages are kept, and open again when an owner switches it on.',
  )

function insufficientScope(actor: Actor, action: Action): GalleyError {
  // Narrower ones come first.
  const enough = scopes.find(scope => scopeAllows[scope].has(action))
  return new GalleyError(
    'insufficient_scope',
    `This access token has the scope "${actor.scope}", which does not cover "${action}". Sign in with "galley login", or make one that does, where the server's data is, with: galley token create --member EMAIL --scope ${enough}`,
    { scope: actor.scope },
  )
}

/** Publishers are told of every version; viewers only of the shared one. */
export const isPublisher = (role: Role): boolean => role !== 'viewer'
