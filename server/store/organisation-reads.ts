import type { Kysely } from 'kysely'
import type {
  After,
  AuditQuery,
  ComplianceListing,
  DueBefore,
  Expiring,
  OrganisationReads,
} from '../core/organisation-ports.ts'
import type { Artifact, AuditEntry, ComplianceKey, CustomRole, Member, OrgSettings } from '../core/records.ts'
import { auditRowBy, auditRows, listingOf, newestVersions, versionBy } from './audit.ts'
import { due, expiring } from './due.ts'
import {
  complianceKeyBy,
  complianceKeysOf,
  countsOf,
  deletedOf,
  membersPage,
  rolesOf,
  rolesOfOrg,
  settingsOfAll,
  tokensOfOrg,
} from './organisation.ts'
import { defaultSettings, keyOf, toArtifact, toMember } from './rows.ts'
import type { Schema } from './schema.ts'

/** The part of reading that owners of an org and the compliance API need: `db` is the database, or the open transaction. */
export class OrganisationStoreReads implements OrganisationReads {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async settings(orgId: string): Promise<OrgSettings> {
    const [settings] = await this.settingsOfAll([orgId])
    return settings ?? defaultSettings(orgId)
  }

  settingsOfAll(orgIds: readonly string[]): Promise<OrgSettings[]> {
    return settingsOfAll(this.db, orgIds)
  }

  roles(orgId: string): Promise<CustomRole[]> {
    return rolesOfOrg(this.db, orgId)
  }

  async role(orgId: string, id: string): Promise<CustomRole | undefined> {
    return (await this.roles(orgId)).find(role => role.id === id)
  }

  rolesOf(orgId: string, memberId: string): Promise<CustomRole[]> {
    return rolesOf(this.db, orgId, memberId)
  }

  membersPage(orgId: string, page: { q: string; limit: number; after?: After }): Promise<Member[]> {
    return membersPage(this.db, orgId, page)
  }

  async owners(orgId: string): Promise<Member[]> {
    const rows = await this.db
      .selectFrom('members')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('role', '=', 'owner')
      .where('removedAt', 'is', null)
      .execute()
    return rows.map(toMember)
  }

  async everMembersByEmail(orgId: string, email: string): Promise<string[]> {
    const rows = await this.db
      .selectFrom('members')
      .select('id')
      .where('orgId', '=', orgId)
      .where('emailKey', '=', keyOf(email))
      .execute()
    return rows.map(({ id }) => id)
  }

  deleted(orgId: string, page: { limit: number; after?: After }): Promise<Artifact[]> {
    return deletedOf(this.db, orgId, page)
  }

  async artifactOfAny(orgIds: readonly string[], id: string): Promise<Artifact | undefined> {
    if (orgIds.length === 0) return undefined
    const row = await this.db
      .selectFrom('artifacts')
      .selectAll()
      .where('orgId', 'in', orgIds)
      .where('id', '=', id)
      .executeTakeFirst()
    return row && toArtifact(row)
  }

  async deletedById(orgId: string, id: string): Promise<Artifact | undefined> {
    const row = await this.db
      .selectFrom('artifacts')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('deletedAt', 'is not', null)
      .executeTakeFirst()
    return row && toArtifact(row)
  }

  expiring(orgId: string, before: DueBefore): Promise<Expiring> {
    return expiring(this.db, orgId, before)
  }

  due(orgId: string, before: DueBefore, limit: number): Promise<Artifact[]> {
    return due(this.db, orgId, before, limit)
  }

  counts(orgId: string): Promise<{ artifacts: number; views: number }> {
    return countsOf(this.db, orgId)
  }

  auditRows(query: AuditQuery): Promise<AuditEntry[]> {
    return auditRows(this.db, query)
  }

  auditRow(id: string): Promise<AuditEntry | undefined> {
    return auditRowBy(this.db, id)
  }

  tokensOfOrg(orgId: string, now: number, page: { limit: number; after?: After }) {
    return tokensOfOrg(this.db, orgId, now, page)
  }

  complianceKeys(orgId: string): Promise<ComplianceKey[]> {
    return complianceKeysOf(this.db, orgId)
  }

  complianceKey(secretSha256: string): Promise<ComplianceKey | undefined> {
    return complianceKeyBy(this.db, 'secretSha256', secretSha256)
  }

  complianceKeyById(id: string): Promise<ComplianceKey | undefined> {
    return complianceKeyBy(this.db, 'id', id)
  }

  listing(listing: ComplianceListing): Promise<Artifact[]> {
    return listingOf(this.db, listing)
  }

  newestVersions(artifacts: readonly { orgId: string; artifactId: string }[], limit: number) {
    return newestVersions(this.db, artifacts, limit)
  }

  versionById(orgIds: readonly string[], artifactId: string, versionId: string) {
    return versionBy(this.db, orgIds, artifactId, versionId)
  }
}
