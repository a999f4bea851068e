import type { GrantedRole, ListScope } from '../../shared/api.ts'
import type { ListSort } from '../../shared/choice.ts'
import type { Content } from '../render/press.ts'
import type { OrganisationReads, OrganisationWrites } from './organisation-ports.ts'
import type { Actor } from './ports.ts'
import type {
  AccessRequest,
  AccessToken,
  Artifact,
  AuditEntry,
  DeviceGrant,
  Grant,
  Head,
  IdempotentAnswer,
  Member,
  MemberIdentity,
  Org,
  Session,
  SignInLink,
  SigningKey,
  Version,
  View,
} from './records.ts'

/** The database as the rules know it. One contract suite in `test/store` is run over every implementation. */

/** One artifact, and by what its owner has let one member in by name, themselves or through a group. */
export interface Reach {
  artifact: Artifact
  granted: readonly GrantedRole[]
  /** The owners of the org have closed all its pages. */
  closed: boolean
}

/** A place in a list: what its row is ordered by, and its id. */
export interface Place {
  key: number | string
  id: string
}

export interface ListOf {
  scope: ListScope
  /** Part of a title, in any case. */
  q: string
  sort: ListSort
  limit: number
  /** Of the last row of the page before. */
  after?: Place
  /** Nothing that comes after this. */
  until?: Place
}

/** `at`: its last update, as far as this list goes: of others' pages and in others' lists, of what viewers see. */
export type Listed = Omit<Reach, 'closed'> & { at: number; place: Place }

/** Every read is scoped to an org, but for those that find out whose something is. A removed or deleted row is not there. */
export interface Reads extends OrganisationReads {
  org(id: string): Promise<Org | undefined>
  /** Oldest first. */
  orgs(): Promise<Org[]>
  member(orgId: string, id: string): Promise<Member | undefined>
  /** `email` in any case. */
  memberByEmail(orgId: string, email: string): Promise<Member | undefined>
  /** Oldest first. */
  members(orgId: string): Promise<Member[]>
  /** Ever, by the audit log: session rows are swept once they have expired. */
  hasSignedIn(orgId: string, memberId: string): Promise<boolean>

  artifact(orgId: string, id: string): Promise<Artifact | undefined>
  /** As far as it concerns one member: see Reach. */
  reach(orgId: string, id: string, memberId: string): Promise<Reach | undefined>
  grants(orgId: string, artifactId: string): Promise<Grant[]>
  grantsOfAll(artifacts: readonly { orgId: string; artifactId: string }[]): Promise<Grant[]>
  groupsOfAll(
    members: readonly { orgId: string; memberId: string }[],
  ): Promise<{ orgId: string; memberId: string; name: string }[]>
  /** Newest first; those that wait for an answer. */
  accessRequests(orgId: string, artifactId: string): Promise<AccessRequest[]>
  /** How many wait for an answer, of those artifacts for which any do. */
  waitingRequests(orgId: string, artifactIds: readonly string[]): Promise<Map<string, number>>
  /** How many are let in by name, of those artifacts for which any are; members who were removed do not count. */
  grantCounts(orgId: string, artifactIds: readonly string[]): Promise<Map<string, { people: number; groups: number }>>
  accessRequest(orgId: string, artifactId: string, memberId: string): Promise<AccessRequest | undefined>
  /** Last look first. `before`: the last row of the page before. */
  views(
    orgId: string,
    artifactId: string,
    page: { limit: number; before?: { lastAt: number; memberId: string; number: number } },
  ): Promise<View[]>
  /** Names or addresses that have `q` in them, in any case; living members, by name. */
  people(orgId: string, q: string, limit: number): Promise<Member[]>
  /** The members with one of these addresses, in any case. */
  membersByEmail(orgId: string, emails: readonly string[]): Promise<Member[]>
  groupsOf(orgId: string, memberId: string): Promise<string[]>
  /** Groups that members are in or that this one has shared something with, with `q` in their name, in any case; by name. */
  groups(orgId: string, memberId: string, q: string, limit: number): Promise<string[]>
  /** Of these, those who are members still. */
  membersById(orgId: string, ids: readonly string[]): Promise<Member[]>
  /** Also of a member who was removed: signing in again does not bring them back. */
  memberIdentity(issuer: string, subject: string, orgId: string): Promise<MemberIdentity | undefined>
  hasIdentity(orgId: string, memberId: string, issuer: string): Promise<boolean>
  /** One of a member's own that was deleted and not yet erased: for who wants it back. */
  deletedArtifact(orgId: string, id: string, ownerId: string): Promise<Artifact | undefined>
  /**
   * What a member may see, by title or newest first: their own by its last update, others' by when what viewers see was
   * published. `mine`; `shared`: others', let in by name or group; `org`: shared with everyone; `all` of these.
   */
  artifactsFor(orgId: string, memberId: string, list: ListOf): Promise<Listed[]>
  version(orgId: string, artifactId: string, number: number): Promise<Version | undefined>
  /** Of those of these that there are. */
  versionIds(
    orgId: string,
    places: readonly { artifactId: string; number: number }[],
  ): Promise<{ artifactId: string; number: number; id: string }[]>
  /** The newest version of this artifact whose page has this hash. */
  versionBySha256(orgId: string, artifactId: string, sha256: string): Promise<Version | undefined>
  /** Whether viewers have ever been shown this page of the artifact. */
  wasShared(orgId: string, artifactId: string, sha256: string): Promise<boolean>
  /** Newest first. `before`: a version number. */
  versions(orgId: string, artifactId: string, page: { limit: number; before?: number }): Promise<Version[]>
  /**
   * For a node, of all that it holds: the ids of those whose `rev` is another, and of those that are gone. One query, which
   * finds nothing while nothing has changed.
   */
  changedArtifacts(known: readonly { orgId: string; artifactId: string; rev: number }[]): Promise<string[]>
  /** What is missing in the answer is gone. */
  heads(artifacts: readonly { orgId: string; artifactId: string }[]): Promise<Head[]>

  session(id: string): Promise<Session | undefined>
  accessToken(id: string): Promise<AccessToken | undefined>
  /** Newest first; revoked ones are not there. */
  accessTokens(orgId: string, memberId: string): Promise<AccessToken[]>
  /**
   * For a node, of all that it holds: those of these credentials that are not good any more at `now` (null), by their own
   * row or by their member's, and those whose member's `rev` is another. One query, which finds nothing while nothing
   * has changed.
   */
  changedCredentials(
    known: readonly KnownCredential[],
    now: number,
  ): Promise<{ id: string; memberRev: number | null }[]>
  signInLink(secretSha256: string): Promise<SignInLink | undefined>
  signingKeys(): Promise<SigningKey[]>
  deviceGrant(deviceCodeSha256: string): Promise<DeviceGrant | undefined>
  /** `userCode` without its hyphen, in upper case. */
  deviceGrantByUserCode(userCode: string): Promise<DeviceGrant | undefined>
  /** Those of one address that nobody has decided on, and that may still be at `now`. */
  waitingDeviceGrants(ip: string | null, now: number): Promise<number>
  idempotentAnswer(orgId: string, memberId: string, key: string): Promise<IdempotentAnswer | undefined>
}

/** `memberRev`: of its member, when what they may see was last looked at. */
export interface KnownCredential {
  kind: Actor['credential']['kind']
  id: string
  memberRev: number
}

/** `at`: milliseconds since 1970. */
export type NewView = Pick<View, 'orgId' | 'artifactId' | 'number' | 'memberId'> & { at: number }

/** Inside one transaction. */
export interface Transaction extends Reads, OrganisationWrites {
  addOrg(org: Org): Promise<void>
  updateOrg(id: string, set: Pick<Org, 'claim'>): Promise<void>
  addMember(member: Member): Promise<void>
  addArtifact(artifact: Artifact): Promise<void>
  updateArtifact(
    orgId: string,
    id: string,
    set: Partial<Omit<Artifact, 'id' | 'orgId' | 'ownerId' | 'createdAt'>>,
  ): Promise<void>
  /** In place of all that there were. */
  setGrants(orgId: string, artifactId: string, grants: readonly Grant[]): Promise<void>
  /** What waited for this address is the member's from now on. @returns the artifacts */
  bindGrants(orgId: string, email: string, memberId: string): Promise<string[]>
  setGroups(orgId: string, memberId: string, groups: readonly string[]): Promise<void>
  /** Adds it, or gives it to another member. */
  putMemberIdentity(identity: MemberIdentity): Promise<void>
  updateMember(
    orgId: string,
    id: string,
    set: Partial<Pick<Member, 'email' | 'name' | 'role' | 'roleId' | 'removedAt'>>,
  ): Promise<void>
  /** Adds it, or puts it in place of this member's former one. */
  putAccessRequest(request: AccessRequest): Promise<void>
  /**
   * Adds looks, each of another member or at another version, or counts one to those of the same member at the same version,
   * unless the last of these was less than limits.lookCounted before. @returns those that count
   */
  addViews(views: readonly NewView[]): Promise<Omit<NewView, 'orgId' | 'at'>[]>
  /** Content must have been put before. */
  addVersion(version: Version): Promise<void>
  /** Viewers see this version now; the first time counts. */
  markShared(orgId: string, artifactId: string, number: number, at: number): Promise<void>
  addSession(session: Session): Promise<void>
  revokeSession(orgId: string, id: string, at: number): Promise<void>
  addAccessToken(token: AccessToken): Promise<void>
  revokeAccessToken(orgId: string, id: string, at: number): Promise<void>
  addSignInLink(link: SignInLink): Promise<void>
  /** False when it was spent already: of two at once, one wins. */
  spendSignInLink(secretSha256: string, at: number): Promise<boolean>
  addDeviceGrant(grant: DeviceGrant): Promise<void>
  updateDeviceGrant(deviceCodeSha256: string, set: Partial<Pick<DeviceGrant, 'polledAt' | 'spentAt'>>): Promise<void>
  /** False when somebody has decided already: of two at once, one wins. */
  decideDeviceGrant(
    deviceCodeSha256: string,
    decided: Pick<DeviceGrant, 'decision' | 'orgId' | 'memberId'>,
  ): Promise<boolean>
  addSigningKey(key: SigningKey): Promise<void>
  /** All that sign: they only verify from now on. */
  retireSigningKeys(at: number): Promise<void>
  addIdempotentAnswer(answer: IdempotentAnswer): Promise<void>
  /**
   * Erases artifacts whose eraseAt is at or before the given time, or `one` of them, with their versions, a bounded batch of
   * rows at a call; their content is then no version's, and swept. `erased` names each artifact in the call that takes its
   * last row, `contentIds` what the versions named that went. `more`: call again, in another transaction.
   */
  eraseDeleted(
    at: number,
    one?: { orgId: string; artifactId: string },
  ): Promise<{ erased: { orgId: string; artifactId: string }[]; contentIds: readonly string[]; more: boolean }>
  /** Whatever was known of these data before is void: they are others now. The open store keeps its own. */
  setEpoch(epoch: string): Promise<void>
  /** Every session, access token, sign-in link and device's request that is still good. */
  revokeAllCredentials(at: number): Promise<{ sessions: number; tokens: number }>
  audit(entries: readonly AuditEntry[]): Promise<void>
}

export interface Store extends Reads {
  /**
   * Made with the database, and anew by a restore. Orders nothing; tells that what was known before is void. As it was
   * when it was last read.
   */
  readonly epoch: string
  /** Reads the epoch again: the database may have been restored under a running node. */
  readEpoch(): Promise<void>
  /**
   * All of it is kept and durable when the promise resolves, or none of it. Only `tx` may be used inside `work`.
   * @param orgId of whose rows alone are read and written; transactions of one org come one after the other, on
   * whichever node, and so do those of rows that are no org's yet ('none'); one of 'any' while there is no other at all
   * @throws GalleyError overloaded: others have held those rows for too long, or the database is out of reach
   */
  transaction<T>(orgId: string | 'none' | 'any', work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Keeps bytes, durably, in pieces of at most limits.pieceBytes, yielding to the event loop between them; nobody sees
   * them until a version names their id. What no version names within an hour is swept.
   */
  putContent(orgId: string, id: string, content: Content, at: number): Promise<void>
  content(orgId: string, id: string): Promise<Content | undefined>
  /** Takes away at once, rather than by `sweep`, what no version names. */
  eraseContent(orgId: string, id: string): Promise<void>
  /**
   * Does what one node at a time may do, if no other one is at it. Should the hold on it be lost while it works (the
   * connection to the database breaks), `signal` aborts; when a node dies, the next one to ask has it.
   * @returns false, having done nothing, while another node is at it
   */
  alone(job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean>
  /** When whichever node it was had done a job, as its clock had it; undefined before the first time. */
  jobDoneAt(job: string): Promise<number | undefined>
  keepJobDone(job: string, at: number): Promise<void>
  /**
   * Takes away what nobody can see any more: content older than the given time that no version names, answers given,
   * and sessions, tokens and links expired, before the given times; signing keys retired before the last of these, once
   * no session or token is left that they may have signed. In short transactions, until done or `signal` aborts.
   */
  sweep(before: { content: number; idempotentAnswers: number; credentials: number }, signal: AbortSignal): Promise<void>
  /**
   * Takes traces of what was erased out of the database's files, where it is up to us and there is room for it. Meanwhile
   * everybody reads, and waits with writing.
   */
  compact(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
