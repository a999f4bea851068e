import { sql } from 'kysely'
import type { ComplianceScope } from '../../shared/admin.ts'
import { provenance } from '../../shared/api.ts'
import type { Artifact, AuditEntry, ComplianceKey, CustomRole, Member, OrgSettings, Version } from '../core/records.ts'
import type { Schema } from './schema.ts'

/**
 * Between records and rows: booleans are integers, structures are JSON text, and what is looked for in any case has its
 * key beside it, because the databases know lower case of ASCII alone.
 */

export const keyOf = (text: string): string => text.toLowerCase()

/** To write: the next `rev` of a row. */
export const raised = sql<number>`rev + 1`

export const memberRow = (member: Member): Schema['members'] => ({
  ...member,
  emailKey: keyOf(member.email),
  nameKey: keyOf(member.name),
})

export const toMember = ({ emailKey: _email, nameKey: _name, ...member }: Schema['members']): Member => member

export const artifactRow = (artifact: Artifact): Schema['artifacts'] => ({
  ...artifact,
  titleGiven: artifact.titleGiven ? 1 : 0,
  titleKey: keyOf(artifact.title),
})

export const toArtifact = ({ titleKey: _, ...row }: Schema['artifacts']): Artifact => ({
  ...row,
  titleGiven: row.titleGiven === 1,
})

export const versionRow = (version: Version): Schema['versions'] => ({
  ...version,
  provenance: version.provenance && JSON.stringify(version.provenance),
})

export const toVersion = (row: Schema['versions']): Version => ({
  ...row,
  provenance: row.provenance === null ? null : provenance.parse(JSON.parse(row.provenance)),
})

export const auditRow = ({ actor, details, ...entry }: AuditEntry): Schema['audit'] => ({
  ...entry,
  actorType: actor.type,
  actorId: actor.memberId,
  ip: actor.ip,
  userAgent: actor.userAgent,
  details: JSON.stringify(details),
})

export const toAuditEntry = ({
  actorType,
  actorId,
  ip,
  userAgent,
  details,
  ...entry
}: Schema['audit']): AuditEntry => ({
  ...entry,
  actor: { type: actorType, memberId: actorId, ip, userAgent },
  details: JSON.parse(details) as AuditEntry['details'],
})

/** As it is in an organisation whose owners have chosen nothing. */
export const defaultSettings = (orgId: string): OrgSettings => ({
  orgId,
  publishing: true,
  readableWhenOff: true,
  membersPublish: true,
  retentionPrivateDays: null,
  retentionSharedDays: null,
  presence: true,
  viewTracking: true,
  rev: 0,
})

const switches = ['publishing', 'readableWhenOff', 'membersPublish', 'presence', 'viewTracking'] as const

export const settingsRow = (settings: OrgSettings): Schema['settings'] => ({
  ...settings,
  ...(Object.fromEntries(switches.map(name => [name, settings[name] ? 1 : 0])) as Pick<
    Schema['settings'],
    (typeof switches)[number]
  >),
})

export const toSettings = (row: Schema['settings']): OrgSettings => ({
  ...row,
  ...(Object.fromEntries(switches.map(name => [name, row[name] === 1])) as Pick<
    OrgSettings,
    (typeof switches)[number]
  >),
})

export const toRole = (row: Schema['roles'], groups: readonly string[]): CustomRole => ({
  ...row,
  publish: row.publish === 1,
  groups,
})

export const toComplianceKey = (row: Schema['complianceKeys'], orgIds: readonly string[]): ComplianceKey => ({
  ...row,
  orgIds,
  scopes: row.scopes.split(' ') as ComplianceScope[],
})
