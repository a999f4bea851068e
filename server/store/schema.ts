import type {
  AccessRequest,
  AccessToken,
  Artifact,
  AuditActor,
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
  View,
} from '../core/records.ts'
import type { Content } from '../render/press.ts'

/** A boolean as both databases take it. */
type Bit = 0 | 1

type Switch = 'publishing' | 'readableWhenOff' | 'membersPublish' | 'presence' | 'viewTracking'

/**
 * The tables, as the migrations leave them; column names are these in snake_case. Rows are the records of the rules,
 * but for booleans (0 or 1) and structures (JSON text). Times are integers: milliseconds since 1970.
 */
export interface Schema {
  /** Facts about the database itself. */
  meta: { key: string; value: string }
  orgs: Org
  /** `emailKey` is the address in lower case: one living member for each in an org; `nameKey` the name. */
  members: Member & { emailKey: string; nameKey: string }
  artifacts: Omit<Artifact, 'titleGiven'> & { titleGiven: Bit; titleKey: string }
  versions: Omit<Version, 'provenance'> & { provenance: string | null }
  grants: Grant
  accessRequests: AccessRequest
  views: View
  /** When somebody was last refused what they took for an artifact, whether there is one or not. */
  refusals: { orgId: string; memberId: string; artifactId: string; at: number }
  memberIdentities: MemberIdentity
  /** Missing where nobody has chosen any. */
  settings: Omit<OrgSettings, Switch> & Record<Switch, Bit>
  roles: Omit<CustomRole, 'publish' | 'groups'> & { publish: Bit }
  /** Groups whose members have the role. */
  roleGroups: { orgId: string; roleId: string; name: string }
  /** `scopes` with spaces between them. */
  complianceKeys: Omit<ComplianceKey, 'orgIds' | 'scopes'> & { scopes: string }
  complianceKeyOrgs: { keyId: string; orgId: string }
  memberGroups: { orgId: string; memberId: string; name: string }
  /** `complete` once all its pieces are there, and no longer once they begin to go. */
  contents: {
    orgId: string
    id: string
    encoding: Content['encoding']
    size: number
    complete: Bit
    createdAt: number
  }
  /** The bytes, in order of `number`, from 0. */
  contentPieces: { orgId: string; contentId: string; number: number; bytes: Uint8Array }
  sessions: Session
  accessTokens: AccessToken
  signInLinks: SignInLink
  deviceGrants: DeviceGrant
  signingKeys: SigningKey
  idempotentAnswers: IdempotentAnswer
  /** The database itself refuses to change or delete a row. */
  audit: Omit<AuditEntry, 'actor' | 'details'> & {
    actorType: AuditActor['type']
    actorId: string | null
    ip: string | null
    userAgent: string | null
    details: string
  }
}
