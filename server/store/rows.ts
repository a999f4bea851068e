import { provenance } from '../../shared/api.ts'
import type { Artifact, AuditEntry, Head, Member, Version } from '../core/records.ts'
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

/** An artifact with its latest and its shared version, as one joined row. */
export interface HeadRow extends Omit<Head, 'latest' | 'shared'> {
  latestNumber: number
  latestSha256: string
  latestSize: number
  latestCreatedAt: number
  sharedNumber: number
  sharedSha256: string
  sharedSize: number
  sharedCreatedAt: number
}

export const toHead = (row: HeadRow): Head => ({
  orgId: row.orgId,
  artifactId: row.artifactId,
  title: row.title,
  icon: row.icon,
  description: row.description,
  pinned: row.pinned,
  rev: row.rev,
  viewerRev: row.viewerRev,
  latest: {
    number: row.latestNumber,
    sha256: row.latestSha256,
    size: row.latestSize,
    createdAt: row.latestCreatedAt,
  },
  shared: {
    number: row.sharedNumber,
    sha256: row.sharedSha256,
    size: row.sharedSize,
    createdAt: row.sharedCreatedAt,
  },
})
