import { setImmediate } from 'node:timers/promises'
import type {
  AccessRequest,
  AccessToken,
  Artifact,
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
} from '../core/records.ts'
import type { KnownCredential, Listed, ListOf, Reach, Reads } from '../core/store-ports.ts'
import { changedArtifacts, changedCredentials } from './changed.ts'
import { headsOf } from './heads.ts'
import { artifactsFor } from './list.ts'
import { OrganisationStoreReads } from './organisation-reads.ts'
import { keyOf, toArtifact, toMember, toVersion } from './rows.ts'
import type { Schema } from './schema.ts'
import {
  accessRequestsOf,
  grantCountsOf,
  grantsOf,
  groupsFor,
  membersByEmail,
  membersById,
  peopleOf,
  reachOf,
  viewsOf,
  waitingRequestsOf,
} from './sharing.ts'

/** Rows asked for by one statement: bounded by what a database binds, and by what an event loop may stand still for. */
const chunk = 200

/** Reading the same in and out of a transaction: `db` is the database, or the open transaction. */
export class StoreReads extends OrganisationStoreReads implements Reads {
  /**
   * The same of what a node holds, which is bound as one value, and answered with the few that have changed. An embedded
   * database looks at so many in some 8 ms, while the event loop stands still; another one has no reason to be asked twice.
   */
  protected readonly heldAtOnce: number = 2_000

  async org(id: string): Promise<Org | undefined> {
    return this.db.selectFrom('orgs').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async orgs(): Promise<Org[]> {
    return this.db.selectFrom('orgs').selectAll().orderBy('createdAt').orderBy('id').execute()
  }

  async member(orgId: string, id: string): Promise<Member | undefined> {
    const row = await this.membersOf(orgId).where('id', '=', id).executeTakeFirst()
    return row && toMember(row)
  }

  async memberByEmail(orgId: string, email: string): Promise<Member | undefined> {
    const row = await this.membersOf(orgId).where('emailKey', '=', keyOf(email)).executeTakeFirst()
    return row && toMember(row)
  }

  async members(orgId: string): Promise<Member[]> {
    return (await this.membersOf(orgId).orderBy('createdAt').orderBy('id').execute()).map(toMember)
  }

  async hasSignedIn(orgId: string, memberId: string): Promise<boolean> {
    const signedIn = await this.db
      .selectFrom('audit')
      .select('id')
      .where('orgId', '=', orgId)
      .where('actorId', '=', memberId)
      .where('type', '=', 'galley_signed_in')
      .limit(1)
      .executeTakeFirst()
    return signedIn !== undefined
  }

  async artifact(orgId: string, id: string): Promise<Artifact | undefined> {
    const row = await this.artifactsIn(orgId).where('id', '=', id).executeTakeFirst()
    return row && toArtifact(row)
  }

  async deletedArtifact(orgId: string, id: string, ownerId: string): Promise<Artifact | undefined> {
    const row = await this.db
      .selectFrom('artifacts')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('ownerId', '=', ownerId)
      .where('deletedAt', 'is not', null)
      .executeTakeFirst()
    return row && toArtifact(row)
  }

  artifactsFor(orgId: string, memberId: string, list: ListOf): Promise<Listed[]> {
    return artifactsFor(this.db, orgId, memberId, list)
  }

  reach(orgId: string, id: string, memberId: string): Promise<Reach | undefined> {
    return reachOf(this.db, orgId, id, memberId)
  }

  grants(orgId: string, artifactId: string): Promise<Grant[]> {
    return grantsOf(this.db, orgId, artifactId)
  }

  async grantsOfAll(artifacts: readonly { orgId: string; artifactId: string }[]): Promise<Grant[]> {
    const grants: Grant[] = []
    for await (const some of inChunks(artifacts)) {
      const rows = await this.db
        .selectFrom('grants')
        .selectAll()
        .where(({ eb, refTuple, tuple }) =>
          eb(
            refTuple('orgId', 'artifactId'),
            'in',
            some.map(({ orgId, artifactId }) => tuple(orgId, artifactId)),
          ),
        )
        .execute()
      grants.push(...rows)
    }
    return grants
  }

  async groupsOfAll(members: readonly { orgId: string; memberId: string }[]) {
    const distinct = new Map(members.map(({ orgId, memberId }) => [`${orgId} ${memberId}`, { orgId, memberId }]))
    const groups: Schema['memberGroups'][] = []
    for await (const some of inChunks([...distinct.values()])) {
      const rows = await this.db
        .selectFrom('memberGroups')
        .selectAll()
        .where(({ eb, refTuple, tuple }) =>
          eb(
            refTuple('orgId', 'memberId'),
            'in',
            some.map(({ orgId, memberId }) => tuple(orgId, memberId)),
          ),
        )
        .execute()
      groups.push(...rows)
    }
    return groups
  }

  accessRequests(orgId: string, artifactId: string): Promise<AccessRequest[]> {
    return accessRequestsOf(this.db, orgId, artifactId)
      .where('decision', 'is', null)
      .orderBy('createdAt', 'desc')
      .orderBy('memberId')
      .execute()
  }

  waitingRequests(orgId: string, artifactIds: readonly string[]): Promise<Map<string, number>> {
    return waitingRequestsOf(this.db, orgId, artifactIds)
  }

  grantCounts(orgId: string, artifactIds: readonly string[]) {
    return grantCountsOf(this.db, orgId, artifactIds)
  }

  accessRequest(orgId: string, artifactId: string, memberId: string): Promise<AccessRequest | undefined> {
    return accessRequestsOf(this.db, orgId, artifactId).where('memberId', '=', memberId).executeTakeFirst()
  }

  views(
    orgId: string,
    artifactId: string,
    page: { limit: number; before?: { lastAt: number; memberId: string; number: number } },
  ): Promise<View[]> {
    return viewsOf(this.db, orgId, artifactId, page)
  }

  people(orgId: string, q: string, limit: number): Promise<Member[]> {
    return peopleOf(this.db, orgId, q, limit)
  }

  membersByEmail(orgId: string, emails: readonly string[]): Promise<Member[]> {
    return membersByEmail(this.db, orgId, emails)
  }

  async groupsOf(orgId: string, memberId: string): Promise<string[]> {
    const rows = await this.db
      .selectFrom('memberGroups')
      .select('name')
      .where('orgId', '=', orgId)
      .where('memberId', '=', memberId)
      .orderBy('name')
      .execute()
    return rows.map(row => row.name)
  }

  groups(orgId: string, memberId: string, q: string, limit: number): Promise<string[]> {
    return groupsFor(this.db, orgId, memberId, q, limit)
  }

  /** In chunks: a page may be shared with hundreds, and asked for by hundreds more. */
  async membersById(orgId: string, ids: readonly string[]): Promise<Member[]> {
    const members: Member[] = []
    for await (const some of inChunks([...new Set(ids)])) members.push(...(await membersById(this.db, orgId, some)))
    return members
  }

  async memberIdentity(issuer: string, subject: string, orgId: string): Promise<MemberIdentity | undefined> {
    return this.db
      .selectFrom('memberIdentities')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .where('orgId', '=', orgId)
      .executeTakeFirst()
  }

  async hasIdentity(orgId: string, memberId: string, issuer: string): Promise<boolean> {
    const identity = await this.db
      .selectFrom('memberIdentities')
      .select('subject')
      .where('orgId', '=', orgId)
      .where('memberId', '=', memberId)
      .where('issuer', '=', issuer)
      .executeTakeFirst()
    return identity !== undefined
  }

  async version(orgId: string, artifactId: string, number: number): Promise<Version | undefined> {
    const row = await this.versionsOf(orgId, artifactId).where('number', '=', number).executeTakeFirst()
    return row && toVersion(row)
  }

  async versionIds(orgId: string, places: readonly { artifactId: string; number: number }[]) {
    const distinct = new Map(places.map(place => [`${place.artifactId} ${place.number}`, place]))
    const found: { artifactId: string; number: number; id: string }[] = []
    for await (const some of inChunks([...distinct.values()])) {
      const rows = await this.db
        .selectFrom('versions as v')
        // A deleted artifact has no versions.
        .innerJoin('artifacts as a', join => join.onRef('a.orgId', '=', 'v.orgId').onRef('a.id', '=', 'v.artifactId'))
        .select(['v.artifactId', 'v.number', 'v.id'])
        .where('v.orgId', '=', orgId)
        .where('a.deletedAt', 'is', null)
        .where(({ eb, refTuple, tuple }) =>
          eb(
            refTuple('v.artifactId', 'v.number'),
            'in',
            some.map(({ artifactId, number }) => tuple(artifactId, number)),
          ),
        )
        .execute()
      found.push(...rows)
    }
    return found
  }

  async versionBySha256(orgId: string, artifactId: string, sha256: string): Promise<Version | undefined> {
    const row = await this.versionsOf(orgId, artifactId)
      .where('sha256', '=', sha256)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row && toVersion(row)
  }

  async wasShared(orgId: string, artifactId: string, sha256: string): Promise<boolean> {
    const version = await this.versionsOf(orgId, artifactId)
      .where('sha256', '=', sha256)
      .where('sharedAt', 'is not', null)
      .limit(1)
      .executeTakeFirst()
    return version !== undefined
  }

  async versions(
    orgId: string,
    artifactId: string,
    { limit, before = Number.MAX_SAFE_INTEGER }: { limit: number; before?: number },
  ): Promise<Version[]> {
    const rows = await this.versionsOf(orgId, artifactId)
      .where('number', '<', before)
      .orderBy('number', 'desc')
      .limit(limit)
      .execute()
    return rows.map(toVersion)
  }

  async heads(artifacts: readonly { orgId: string; artifactId: string }[]): Promise<Head[]> {
    const heads: Head[] = []
    for await (const wanted of inChunks(artifacts)) heads.push(...(await headsOf(this.db, wanted)))
    return heads
  }

  async session(id: string): Promise<Session | undefined> {
    return this.db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async accessToken(id: string): Promise<AccessToken | undefined> {
    return this.db.selectFrom('accessTokens').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async accessTokens(orgId: string, memberId: string): Promise<AccessToken[]> {
    return this.db
      .selectFrom('accessTokens')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('memberId', '=', memberId)
      .where('revokedAt', 'is', null)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .execute()
  }

  async changedArtifacts(known: readonly { orgId: string; artifactId: string; rev: number }[]): Promise<string[]> {
    const changed: string[] = []
    for await (const some of inChunks(known, this.heldAtOnce)) changed.push(...(await changedArtifacts(this.db, some)))
    return changed
  }

  async changedCredentials(known: readonly KnownCredential[], now: number) {
    const changed: { id: string; memberRev: number | null }[] = []
    for await (const some of inChunks(known, this.heldAtOnce))
      changed.push(...(await changedCredentials(this.db, some, now)))
    return changed
  }

  async signInLink(secretSha256: string): Promise<SignInLink | undefined> {
    return this.db.selectFrom('signInLinks').selectAll().where('secretSha256', '=', secretSha256).executeTakeFirst()
  }

  async deviceGrant(deviceCodeSha256: string): Promise<DeviceGrant | undefined> {
    return this.deviceGrants().where('deviceCodeSha256', '=', deviceCodeSha256).executeTakeFirst()
  }

  async deviceGrantByUserCode(userCode: string): Promise<DeviceGrant | undefined> {
    return this.deviceGrants().where('userCode', '=', userCode).executeTakeFirst()
  }

  async waitingDeviceGrants(ip: string | null, now: number): Promise<number> {
    const { waiting } = await this.db
      .selectFrom('deviceGrants')
      .select(({ fn }) => fn.countAll<number | string>().as('waiting'))
      .where('ip', ip === null ? 'is' : '=', ip)
      .where('expiresAt', '>', now)
      .where('decision', 'is', null)
      .executeTakeFirstOrThrow()
    return Number(waiting)
  }

  async signingKeys(): Promise<SigningKey[]> {
    return this.db.selectFrom('signingKeys').selectAll().orderBy('createdAt').orderBy('kid').execute()
  }

  async idempotentAnswer(orgId: string, memberId: string, key: string): Promise<IdempotentAnswer | undefined> {
    return this.db
      .selectFrom('idempotentAnswers')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('memberId', '=', memberId)
      .where('key', '=', key)
      .executeTakeFirst()
  }

  private deviceGrants() {
    return this.db.selectFrom('deviceGrants').selectAll()
  }

  private membersOf(orgId: string) {
    return this.db.selectFrom('members').selectAll().where('orgId', '=', orgId).where('removedAt', 'is', null)
  }

  private artifactsIn(orgId: string) {
    return this.db.selectFrom('artifacts').selectAll().where('orgId', '=', orgId).where('deletedAt', 'is', null)
  }

  /** A deleted artifact has no versions. */
  private versionsOf(orgId: string, artifactId: string) {
    return this.db
      .selectFrom('versions')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('artifactId', '=', artifactId)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('artifacts')
            .select('artifacts.id')
            .where('artifacts.orgId', '=', orgId)
            .where('artifacts.id', '=', artifactId)
            .where('artifacts.deletedAt', 'is', null),
        ),
      )
  }
}

/** The event loop has its turn between two chunks, which embedded queries by themselves never give it. */
async function* inChunks<T>(items: readonly T[], size = chunk): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) {
    if (from > 0) await setImmediate()
    yield items.slice(from, from + size)
  }
}
