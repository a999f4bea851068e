import type { Artifact, AuditEntry, ComplianceKey, CustomRole, Member, OrgSettings } from './records.ts'

/** What the owners of an org, and those who answer for its data, ask of the store. Part of `Reads` and `Transaction`. */

/** A place in what is sorted by a time, or a text, and then by id. */
export interface After {
  key: number | string
  id: string
}

export interface AuditQuery {
  orgIds: readonly string[]
  /** Any of these. */
  types?: readonly string[] | undefined
  exceptTypes?: readonly string[] | undefined
  actorIds?: readonly string[] | undefined
  artifactId?: string
  /** Milliseconds; inclusive. */
  from?: number | undefined
  /** Milliseconds; exclusive. */
  until?: number | undefined
  order: 'asc' | 'desc'
  limit: number
  /** Beyond this one, in that order. */
  after?: After | undefined
}

/** How many artifacts a retention would delete now. */
export interface Expiring {
  private: number
  shared: number
}

/** Retention as the store takes it: what was kept since before these times is due; null: nothing ever is. */
export interface DueBefore {
  private: number | null
  shared: number | null
}

/** Milliseconds since 1970; all that are given hold. */
export interface TimeBounds {
  gt?: number | undefined
  gte?: number | undefined
  lt?: number | undefined
  lte?: number | undefined
}

export interface ComplianceListing {
  orgIds: readonly string[]
  ownerIds?: readonly string[] | undefined
  /** Of the last change. */
  updated: TimeBounds
  limit: number
  /** By artifact id. */
  afterId?: string | undefined
}

export interface OrganisationReads {
  /** Those that hold where nobody has chosen any. */
  settings(orgId: string): Promise<OrgSettings>
  /** Of these orgs; those without any of their own are missing. */
  settingsOfAll(orgIds: readonly string[]): Promise<OrgSettings[]>
  /** By name. */
  roles(orgId: string): Promise<CustomRole[]>
  role(orgId: string, id: string): Promise<CustomRole | undefined>
  /** What a member was given, or else what their groups carry. */
  rolesOf(orgId: string, memberId: string): Promise<CustomRole[]>
  /** By name, then id; with `q` in their name or address, in any case. */
  membersPage(orgId: string, page: { q: string; limit: number; after?: After }): Promise<Member[]>
  owners(orgId: string): Promise<Member[]>
  /** The ids of whoever has this address, or had it until they were removed. `email` in any case. */
  everMembersByEmail(orgId: string, email: string): Promise<string[]>
  /** Deleted and not erased, last deleted first. */
  deleted(orgId: string, page: { limit: number; after?: After }): Promise<Artifact[]>
  /** Deleted and not erased, whoever's. */
  deletedById(orgId: string, id: string): Promise<Artifact | undefined>
  /** Of whichever of these orgs, also when it is deleted and not yet erased. */
  artifactOfAny(orgIds: readonly string[], id: string): Promise<Artifact | undefined>
  expiring(orgId: string, before: DueBefore): Promise<Expiring>
  /** Living ones whose retention is over, with the moment that it is counted from. */
  due(orgId: string, before: DueBefore, limit: number): Promise<Artifact[]>
  counts(orgId: string): Promise<{ artifacts: number; views: number }>
  auditRows(query: AuditQuery): Promise<AuditEntry[]>
  auditRow(id: string): Promise<AuditEntry | undefined>
  /** Good ones of everybody in the org, newest first. */
  tokensOfOrg(
    orgId: string,
    now: number,
    page: { limit: number; after?: After },
  ): Promise<
    {
      id: string
      name: string
      scope: 'publish' | 'read' | 'full'
      memberId: string
      createdAt: number
      expiresAt: number
    }[]
  >
  /** Not revoked, newest first. */
  complianceKeys(orgId: string): Promise<ComplianceKey[]>
  complianceKey(secretSha256: string): Promise<ComplianceKey | undefined>
  complianceKeyById(id: string): Promise<ComplianceKey | undefined>
  /** Living artifacts of several orgs, by id. */
  listing(listing: ComplianceListing): Promise<Artifact[]>
  /** The newest versions of each, at most so many, newest first. */
  newestVersions(
    artifacts: readonly { orgId: string; artifactId: string }[],
    limit: number,
  ): Promise<{ artifactId: string; id: string; number: number; createdAt: number; title: string | null }[]>
  /** By its own id, in one of these orgs. */
  versionById(
    orgIds: readonly string[],
    artifactId: string,
    versionId: string,
  ): Promise<{ orgId: string; number: number; sourceContent: string; type: string } | undefined>
}

export interface OrganisationWrites {
  putSettings(settings: OrgSettings): Promise<void>
  /** Adds it, or puts it in place of the one with its id. */
  putRole(role: CustomRole): Promise<void>
  /** Whoever had been given it has none. */
  deleteRole(orgId: string, id: string): Promise<void>
  addComplianceKey(key: ComplianceKey): Promise<void>
  revokeComplianceKey(id: string, at: number): Promise<void>
  /** One org is out of its reach from then on. */
  takeFromComplianceKey(id: string, orgId: string): Promise<void>
  /**
   * That somebody was refused an artifact, or what they took for one.
   * @returns whether it counts: not when it was within limits.lookCounted of the last that did
   */
  addRefusal(refusal: { orgId: string; memberId: string; artifactId: string }, at: number): Promise<boolean>
}
