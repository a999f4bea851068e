import type { ComplianceScope, Settings } from '../../shared/admin.ts'
import type { Audience, GrantedRole, PageType, Provenance, Scope } from '../../shared/api.ts'

/** Rows as the rules see them. Every one but `SigningKey` belongs to an org. Times are milliseconds since 1970 (UTC). */

export interface Org {
  /** A uuid: the compliance API's `organization_uuid`. */
  id: string
  name: string
  /** The value of the org claim by which the identity provider knows it; null: nobody signs in to it that way. */
  claim: string | null
  createdAt: number
}

/** What the owners of an org have chosen. */
export interface OrgSettings extends Settings {
  orgId: string
  /** Raised by every change of these or of the org's roles. */
  rev: number
}

/** A role of the org's own making, beside `Member.role`. */
export interface CustomRole {
  id: string
  orgId: string
  name: string
  publish: boolean
  /** Of the identity provider: who is in one of them has the role, unless they were given another. */
  groups: readonly string[]
  createdAt: number
}

export interface Member {
  id: string
  orgId: string
  email: string
  name: string
  role: 'owner' | 'member'
  /** Raised, by the store, by every change of the member and of the groups they are in. */
  rev: number
  /** The custom role they were given. */
  roleId: string | null
  createdAt: number
  removedAt: number | null
}

/** Who a member is at an identity provider: never the address, which may come to be another's. */
export interface MemberIdentity {
  issuer: string
  /** The provider's `sub`. */
  subject: string
  orgId: string
  memberId: string
}

export interface Artifact {
  id: string
  orgId: string
  ownerId: string
  title: string
  /** The author chose the title; else each version's own title replaces it. */
  titleGiven: boolean
  icon: string
  description: string
  audience: Audience
  /** The version viewers see; null is always the latest. */
  pinned: number | null
  latest: number
  /** Raised by every change; publishers see it. */
  rev: number
  /** Raised only by a change of what viewers are shown. */
  viewerRev: number
  createdAt: number
  updatedAt: number
  /** When what viewers see was published: later publishes that a pin hides do not move it. */
  sharedAt: number
  /** Of its last publish, or of its being taken back after that: from then on its retention is counted. */
  keptFrom: number
  deletedAt: number | null
  /** When what is deleted is erased; until then it can be taken back. */
  eraseAt: number | null
  /** Who deleted it: somebody, or the end of its retention. */
  deletedBy: 'person' | 'retention' | null
}

/**
 * Somebody, by name, whom the owner lets in. An address that nobody has signed in with yet waits for its member; a
 * group is whatever the identity provider calls so, whether anyone is in it or not.
 */
export interface Grant {
  orgId: string
  artifactId: string
  kind: 'member' | 'email' | 'group'
  /** A member's id, an address in lower case, or a group's name. */
  subject: string
  role: GrantedRole
  createdAt: number
}

/** Somebody who came to the page and may not see it asks its owner. */
export interface AccessRequest {
  orgId: string
  artifactId: string
  memberId: string
  /** Raised anew when the same person asks again after an answer. */
  createdAt: number
  decision: 'granted' | 'declined' | null
}

/** One person's looking at one version: the first time and the last. */
export interface View {
  orgId: string
  artifactId: string
  number: number
  memberId: string
  firstAt: number
  lastAt: number
  times: number
}

export interface Version {
  id: string
  orgId: string
  artifactId: string
  number: number
  /** What the page calls itself; null of versions older than this field. */
  title: string | null
  type: PageType
  /** Of the rendered page, lower-case hex. */
  sha256: string
  size: number
  sourceSha256: string
  sourceSize: number
  /** The stored bytes; the same id twice where the page is its source. */
  pageContent: string
  sourceContent: string
  note: string | null
  provenance: Provenance | null
  authorId: string
  createdAt: number
  /** When viewers were first shown it; null: they never were, and must not learn of it. */
  sharedAt: number | null
}

/** What one artifact shows, to its publishers (`latest`) and to its viewers (`shared`): all that the live part tells. */
export interface Head {
  orgId: string
  artifactId: string
  /** Who may see it, and in whose galleries it is; told to nobody. */
  ownerId: string
  audience: Audience
  title: string
  icon: string
  description: string
  pinned: number | null
  rev: number
  viewerRev: number
  latest: ShownVersion
  shared: ShownVersion
}

export interface ShownVersion {
  number: number
  sha256: string
  size: number
  createdAt: number
  note: string | null
}

export interface Session {
  id: string
  orgId: string
  memberId: string
  createdAt: number
  expiresAt: number
  revokedAt: number | null
}

export interface AccessToken {
  /** The JWT's `jti`. */
  id: string
  orgId: string
  memberId: string
  name: string
  scope: Scope
  createdAt: number
  expiresAt: number
  revokedAt: number | null
}

/** A one-time sign-in link; only the SHA-256 of its secret is kept. */
export interface SignInLink {
  secretSha256: string
  orgId: string
  memberId: string
  createdAt: number
  expiresAt: number
  spentAt: number | null
}

/**
 * A device that asks for a token (RFC 8628): whoever signs in on the page says yes or no. Of no organisation until
 * somebody has. Only the SHA-256 of its device code is kept; the code that people type is short, so its life is too.
 */
export interface DeviceGrant {
  deviceCodeSha256: string
  /** Without its hyphen, in upper case. */
  userCode: string
  deviceName: string
  scope: Scope
  ip: string | null
  userAgent: string | null
  createdAt: number
  expiresAt: number
  /** When the device last asked. */
  polledAt: number | null
  decision: 'approved' | 'denied' | null
  /** Who decided. */
  orgId: string | null
  memberId: string | null
  /** The token was made, and given out. */
  spentAt: number | null
}

/** Opens the compliance API. Only the SHA-256 of the key is kept. */
export interface ComplianceKey {
  id: string
  secretSha256: string
  /** The org whose owner made it, or that the operator named first. */
  orgId: string
  /** All that it reaches, `orgId` among them: one, unless the operator made it for several. */
  orgIds: readonly string[]
  name: string
  scopes: readonly ComplianceScope[]
  createdAt: number
  revokedAt: number | null
}

export interface SigningKey {
  kid: string
  alg: 'EdDSA'
  /** Private JWK, JSON. */
  jwk: string
  createdAt: number
  /** No longer signs, still verifies what it has signed. */
  retiredAt: number | null
}

/** What was answered to a publish, so that its repetition is answered alike. */
export interface IdempotentAnswer {
  orgId: string
  memberId: string
  key: string
  /** SHA-256 of method, path, query and body. */
  requestSha256: string
  answer: string
  createdAt: number
}

/** Who did something, as the audit log keeps it: never a token. */
export interface AuditActor {
  type: 'user' | 'api' | 'system' | 'anonymous'
  /** Of the member, or of the compliance key. */
  memberId: string | null
  ip: string | null
  userAgent: string | null
}

export interface AuditEntry {
  id: string
  orgId: string
  at: number
  type: AuditType
  actor: AuditActor
  artifactId: string | null
  versionId: string | null
  details: Readonly<Record<string, string | number | boolean | null>>
}

/** COMPLIANCE names where it has one, the same style where it has none. */
export type AuditType =
  | 'claude_artifact_created'
  | 'claude_artifact_published'
  | 'galley_artifact_kept'
  | 'claude_artifact_renamed'
  | 'claude_published_artifact_deleted'
  | 'galley_artifact_expired'
  | 'galley_artifact_restored'
  | 'claude_artifact_sharing_updated'
  | 'claude_artifact_viewed'
  | 'galley_artifact_previewed'
  | 'claude_artifact_access_failed'
  | 'galley_access_requested'
  | 'galley_access_request_answered'
  | 'galley_artifact_erased'
  | 'galley_backup_restored'
  | 'galley_organization_created'
  | 'galley_organization_updated'
  | 'galley_member_added'
  | 'galley_member_updated'
  | 'galley_member_removed'
  | 'galley_sign_in_link_created'
  | 'galley_signed_in'
  | 'galley_signed_out'
  | 'galley_access_token_created'
  | 'galley_access_token_revoked'
  | 'galley_device_approved'
  | 'galley_device_denied'
  | 'galley_signing_key_rotated'
  | 'galley_settings_updated'
  | 'galley_role_created'
  | 'galley_role_updated'
  | 'galley_role_deleted'
  | 'galley_compliance_key_created'
  | 'galley_compliance_key_revoked'
  | 'galley_compliance_content_read'
  | 'galley_audit_exported'
