import { provenance } from '../../shared/api.ts'
import type { Artifact, AuditEntry, Member, Version } from '../core/records.ts'
import type { Schema } from './schema.ts'

/** Between records and rows: booleans are integers, structures are JSON text, and an address has its key beside it. */

export const emailKey = (email: string): string => email.toLowerCase()

export const memberRow = (member: Member): Schema['members'] => ({ ...member, emailKey: emailKey(member.email) })

export const toMember = ({ emailKey: _, ...member }: Schema['members']): Member => member

export const artifactRow = (artifact: Artifact): Schema['artifacts'] => ({
  ...artifact,
  titleGiven: artifact.titleGiven ? 1 : 0,
})

export const toArtifact = (row: Schema['artifacts']): Artifact => ({ ...row, titleGiven: row.titleGiven === 1 })

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
