import { sql } from 'kysely'
import type {
  AccessRequest,
  AccessToken,
  Artifact,
  AuditEntry,
  ComplianceKey,
  CustomRole,
  DeviceGrant,
  Grant,
  IdempotentAnswer,
  Member,
  MemberIdentity,
  Org,
  OrgSettings,
  Session,
  SignInLink,
  SigningKey,
  Version,
} from '../core/records.ts'
import type { NewView, Transaction } from '../core/store-ports.ts'
import { addComplianceKey, deleteRole, putRole } from './organisation.ts'
import { StoreReads } from './reads.ts'
import { artifactRow, auditRow, keyOf, memberRow, raised, settingsRow, versionRow } from './rows.ts'
import { addRefusal, addViews, bindGrants, putAccessRequest, setGrants, setGroups } from './sharing.ts'

/** Rows that one transaction erases at most. */
const eraseBatch = 500
/** … and of how many artifacts: each takes several statements, and everybody who publishes waits for all of them. */
const eraseArtifacts = 50

/**
 * As the index has it, to the letter. In a rolling upgrade a node of the release before deletes without a word of when that
 * is to be erased: a day later, as there.
 */
const erasedAt = sql<number>`coalesce(erase_at, deleted_at + 86400000)`

/** Writing, inside one open transaction: `db` is that transaction. */
export class StoreWrites extends StoreReads implements Transaction {
  async addOrg(org: Org): Promise<void> {
    await this.db.insertInto('orgs').values(org).execute()
  }

  async updateOrg(id: string, set: Pick<Org, 'claim'>): Promise<void> {
    await this.db.updateTable('orgs').set(set).where('id', '=', id).execute()
  }

  async addMember(member: Member): Promise<void> {
    await this.db.insertInto('members').values(memberRow(member)).execute()
  }

  async addArtifact(artifact: Artifact): Promise<void> {
    await this.db.insertInto('artifacts').values(artifactRow(artifact)).execute()
  }

  async updateArtifact(
    orgId: string,
    id: string,
    { titleGiven, ...set }: Partial<Omit<Artifact, 'id' | 'orgId' | 'ownerId' | 'createdAt'>>,
  ): Promise<void> {
    await this.db
      .updateTable('artifacts')
      .set({
        ...set,
        ...(titleGiven !== undefined && { titleGiven: titleGiven ? 1 : 0 }),
        ...(set.title !== undefined && { titleKey: keyOf(set.title) }),
      })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .execute()
  }

  setGrants(orgId: string, artifactId: string, grants: readonly Grant[]): Promise<void> {
    return setGrants(this.db, orgId, artifactId, grants)
  }

  bindGrants(orgId: string, email: string, memberId: string): Promise<string[]> {
    return bindGrants(this.db, orgId, email, memberId)
  }

  setGroups(orgId: string, memberId: string, groups: readonly string[]): Promise<void> {
    return setGroups(this.db, orgId, memberId, groups)
  }

  async putMemberIdentity(identity: MemberIdentity): Promise<void> {
    const { memberId } = identity
    await this.db
      .insertInto('memberIdentities')
      .values(identity)
      .onConflict(conflict => conflict.columns(['issuer', 'subject', 'orgId']).doUpdateSet({ memberId }))
      .execute()
  }

  async updateMember(
    orgId: string,
    id: string,
    set: Partial<Pick<Member, 'email' | 'name' | 'role' | 'roleId' | 'removedAt'>>,
  ): Promise<void> {
    const { email, name } = set
    await this.db
      .updateTable('members')
      .set({
        ...set,
        rev: raised,
        ...(email !== undefined && { emailKey: keyOf(email) }),
        ...(name !== undefined && { nameKey: keyOf(name) }),
      })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .execute()
  }

  putAccessRequest(request: AccessRequest): Promise<void> {
    return putAccessRequest(this.db, request)
  }

  addViews(views: readonly NewView[]): Promise<Omit<NewView, 'orgId' | 'at'>[]> {
    return addViews(this.db, views)
  }

  addRefusal(refusal: { orgId: string; memberId: string; artifactId: string }, at: number): Promise<boolean> {
    return addRefusal(this.db, refusal, at)
  }

  async addVersion(version: Version): Promise<void> {
    const contents = new Set([version.pageContent, version.sourceContent])
    const complete = await this.db
      .selectFrom('contents')
      .select('id')
      .where('orgId', '=', version.orgId)
      .where('id', 'in', [...contents])
      .where('complete', '=', 1)
      .execute()
    if (complete.length < contents.size) throw new Error(`The content of version ${version.id} is not in the store.`)
    await this.db.insertInto('versions').values(versionRow(version)).execute()
  }

  async markShared(orgId: string, artifactId: string, number: number, at: number): Promise<void> {
    await this.db
      .updateTable('versions')
      .set({ sharedAt: at })
      .where('orgId', '=', orgId)
      .where('artifactId', '=', artifactId)
      .where('number', '=', number)
      .where('sharedAt', 'is', null)
      .execute()
  }

  async addSession(session: Session): Promise<void> {
    await this.db.insertInto('sessions').values(session).execute()
  }

  revokeSession(orgId: string, id: string, at: number): Promise<void> {
    return this.revoke('sessions', orgId, id, at)
  }

  async addAccessToken(token: AccessToken): Promise<void> {
    await this.db.insertInto('accessTokens').values(token).execute()
  }

  revokeAccessToken(orgId: string, id: string, at: number): Promise<void> {
    return this.revoke('accessTokens', orgId, id, at)
  }

  async addSignInLink(link: SignInLink): Promise<void> {
    await this.db.insertInto('signInLinks').values(link).execute()
  }

  async spendSignInLink(secretSha256: string, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('signInLinks')
      .set({ spentAt: at })
      .where('secretSha256', '=', secretSha256)
      .where('spentAt', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async addDeviceGrant(grant: DeviceGrant): Promise<void> {
    await this.db.insertInto('deviceGrants').values(grant).execute()
  }

  async updateDeviceGrant(
    deviceCodeSha256: string,
    set: Partial<Pick<DeviceGrant, 'polledAt' | 'spentAt'>>,
  ): Promise<void> {
    await this.db.updateTable('deviceGrants').set(set).where('deviceCodeSha256', '=', deviceCodeSha256).execute()
  }

  async decideDeviceGrant(
    deviceCodeSha256: string,
    decided: Pick<DeviceGrant, 'decision' | 'orgId' | 'memberId'>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('deviceGrants')
      .set(decided)
      .where('deviceCodeSha256', '=', deviceCodeSha256)
      .where('decision', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async addSigningKey(key: SigningKey): Promise<void> {
    await this.db.insertInto('signingKeys').values(key).execute()
  }

  async retireSigningKeys(at: number): Promise<void> {
    await this.db.updateTable('signingKeys').set({ retiredAt: at }).where('retiredAt', 'is', null).execute()
  }

  async addIdempotentAnswer(answer: IdempotentAnswer): Promise<void> {
    await this.db.insertInto('idempotentAnswers').values(answer).execute()
  }

  async eraseDeleted(
    at: number,
    one?: { orgId: string; artifactId: string },
  ): Promise<{ erased: { orgId: string; artifactId: string }[]; contentIds: readonly string[]; more: boolean }> {
    const due = await this.db
      .selectFrom('artifacts')
      .select(['orgId', 'id as artifactId'])
      .where('deletedAt', 'is not', null)
      .where(erasedAt, '<=', at)
      .$if(one !== undefined, q => q.where('orgId', '=', one?.orgId ?? '').where('id', '=', one?.artifactId ?? ''))
      .orderBy(erasedAt)
      .limit(eraseArtifacts)
      .execute()
    const erased: { orgId: string; artifactId: string }[] = []
    const contentIds = new Set<string>()
    let left = eraseBatch
    for (const artifact of due) {
      left -= await this.eraseViews(artifact, left)
      const versions = await this.eraseVersions(artifact, left)
      for (const { pageContent, sourceContent } of versions) contentIds.add(pageContent).add(sourceContent)
      left -= 1 + versions.length
      if (left < 0) {
        // Half of it is gone: no node whose clock is behind may give it back.
        await this.db
          .updateTable('artifacts')
          .set({ eraseAt: 0 })
          .where('orgId', '=', artifact.orgId)
          .where('id', '=', artifact.artifactId)
          .execute()
        break
      }
      for (const table of ['grants', 'accessRequests'] as const) {
        await this.db
          .deleteFrom(table)
          .where('orgId', '=', artifact.orgId)
          .where('artifactId', '=', artifact.artifactId)
          .execute()
      }
      await this.db
        .deleteFrom('artifacts')
        .where('orgId', '=', artifact.orgId)
        .where('id', '=', artifact.artifactId)
        .execute()
      erased.push(artifact)
    }
    return { erased, contentIds: [...contentIds], more: erased.length < due.length || due.length === eraseArtifacts }
  }

  async putSettings(settings: OrgSettings): Promise<void> {
    const { orgId: _, ...set } = settingsRow(settings)
    await this.db
      .insertInto('settings')
      .values(settingsRow(settings))
      .onConflict(conflict => conflict.column('orgId').doUpdateSet(set))
      .execute()
    // By this a node whose announcement was lost finds that what it holds of them is to be looked at again.
    await this.db.updateTable('members').set({ rev: raised }).where('orgId', '=', settings.orgId).execute()
  }

  putRole(role: CustomRole): Promise<void> {
    return putRole(this.db, role)
  }

  deleteRole(orgId: string, id: string): Promise<void> {
    return deleteRole(this.db, orgId, id)
  }

  addComplianceKey(key: ComplianceKey): Promise<void> {
    return addComplianceKey(this.db, key)
  }

  async revokeComplianceKey(id: string, at: number): Promise<void> {
    await this.db.updateTable('complianceKeys').set({ revokedAt: at }).where('id', '=', id).execute()
  }

  async takeFromComplianceKey(id: string, orgId: string): Promise<void> {
    await this.db.deleteFrom('complianceKeyOrgs').where('keyId', '=', id).where('orgId', '=', orgId).execute()
  }

  async setEpoch(epoch: string): Promise<void> {
    await this.db.updateTable('meta').set({ value: epoch }).where('key', '=', 'epoch').execute()
  }

  async revokeAllCredentials(at: number): Promise<{ sessions: number; tokens: number }> {
    await this.db.updateTable('signInLinks').set({ spentAt: at }).where('spentAt', 'is', null).execute()
    // Also what somebody has said yes to, and nobody has fetched yet.
    await this.db.updateTable('deviceGrants').set({ expiresAt: at }).where('expiresAt', '>', at).execute()
    await this.db.updateTable('deviceGrants').set({ spentAt: at }).where('spentAt', 'is', null).execute()
    await this.db.updateTable('complianceKeys').set({ revokedAt: at }).where('revokedAt', 'is', null).execute()
    return { sessions: await this.revokeAll('sessions', at), tokens: await this.revokeAll('accessTokens', at) }
  }

  async audit(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return
    await this.db.insertInto('audit').values(entries.map(auditRow)).execute()
  }

  private async revoke(table: 'sessions' | 'accessTokens', orgId: string, id: string, at: number): Promise<void> {
    await this.db
      .updateTable(table)
      .set({ revokedAt: at })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .execute()
  }

  /** @returns how many of them were still good */
  private async revokeAll(table: 'sessions' | 'accessTokens', at: number): Promise<number> {
    const { numUpdatedRows } = await this.db
      .updateTable(table)
      .set({ revokedAt: at })
      .where('revokedAt', 'is', null)
      .where('expiresAt', '>', at)
      .executeTakeFirstOrThrow()
    return Number(numUpdatedRows)
  }

  /** @returns what they named that went, at most `limit` of them; at the limit there may be more. */
  private eraseVersions(of: { orgId: string; artifactId: string }, limit: number) {
    return this.db
      .deleteFrom('versions')
      .where('orgId', '=', of.orgId)
      .where('artifactId', '=', of.artifactId)
      .where('number', 'in', query =>
        query
          .selectFrom('versions')
          .select('number')
          .where('orgId', '=', of.orgId)
          .where('artifactId', '=', of.artifactId)
          .limit(limit),
      )
      .returning(['pageContent', 'sourceContent'])
      .execute()
  }

  /** Who has looked: as many rows as people and versions. @returns how many went, likewise */
  private async eraseViews(of: { orgId: string; artifactId: string }, limit: number): Promise<number> {
    const { numDeletedRows } = await this.db
      .deleteFrom('views')
      .where('orgId', '=', of.orgId)
      .where('artifactId', '=', of.artifactId)
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('number', 'memberId'),
          'in',
          selectFrom('views')
            .select(['views.number', 'views.memberId'])
            .where('orgId', '=', of.orgId)
            .where('artifactId', '=', of.artifactId)
            .limit(limit)
            .$asTuple('number', 'memberId'),
        ),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }
}
