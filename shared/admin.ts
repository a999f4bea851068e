import { z } from 'zod'
import { email, line, scopes, time } from './api.ts'
import { limits } from './limits.ts'

/** One schema and one type for each body of `/api/v1/admin`, which is for the owners of an organisation. */

/** Days counted from an artifact's last publish; null: for ever. */
const period = z.int().min(1).max(limits.retentionDaysMost).nullable()

export const settings = z.strictObject({
  /** Off: nobody publishes, whatever their role. */
  publishing: z.boolean(),
  /** With publishing off: pages can still be opened. */
  readableWhenOff: z.boolean(),
  /** Whether members publish to whom no role says otherwise. */
  membersPublish: z.boolean(),
  /** Of artifacts that nobody but their author sees. */
  retentionPrivateDays: period,
  /** … and of all others. */
  retentionSharedDays: period,
  /** Who looks at a page sees how many do. */
  presence: z.boolean(),
  /** Authors see who has looked at what, and when. */
  viewTracking: z.boolean(),
})
export type Settings = z.infer<typeof settings>
export const settingsPatch = settings
  .partial()
  .refine(patch => Object.keys(patch).length > 0, 'Give at least one setting.')
export type SettingsPatch = z.infer<typeof settingsPatch>

/** `GET /admin/settings` */
export const settingsView = z.object({ org: z.object({ id: z.string(), name: z.string() }), settings })
export type SettingsView = z.infer<typeof settingsView>

/** `POST /admin/settings/preview`: what such a change would do, if it were made now. */
export const settingsEffects = z.object({
  /** Artifacts that would be deleted at the next run, those already due among them. */
  expiring: z.object({ private: z.int().nonnegative(), shared: z.int().nonnegative() }),
  /** When that run is, at the latest. */
  nextRunAt: time,
  /** … and until when they could be taken back. */
  graceDays: z.int().positive(),
  /** All there are. */
  artifacts: z.int().nonnegative(),
  /** Members who may publish now, and who could afterwards. */
  publishers: z.object({ before: z.int().nonnegative(), after: z.int().nonnegative() }),
  /** Rows of who has looked, that authors would see no more. */
  views: z.int().nonnegative(),
})
export type SettingsEffects = z.infer<typeof settingsEffects>

const memberRoles = ['owner', 'member'] as const

const roleName = line(limits.roleNameChars)
const groupName = line(limits.groupChars)

/** `POST /admin/roles`, and whole in place of what was: `PUT /admin/roles/{id}` */
export const roleUpdate = z.strictObject({
  name: roleName,
  /** Whether who has it may publish. */
  publish: z.boolean(),
  /** Groups of the identity provider whose members have it. */
  groups: z.array(groupName).max(limits.groupsOfRole),
})
export type RoleUpdate = z.infer<typeof roleUpdate>

export const customRole = roleUpdate.extend({ id: z.string(), members: z.int().nonnegative() })
export type CustomRole = z.infer<typeof customRole>
export const roleList = z.object({ roles: z.array(customRole) })
export type RoleList = z.infer<typeof roleList>

/** A member, as the owners of the organisation see them. */
export const orgMember = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(memberRoles),
  /** The role they were given; null: none, so those that their groups carry. */
  roleId: z.string().nullable(),
  groups: z.array(z.string()),
  mayPublish: z.boolean(),
  createdAt: time,
})
export type OrgMember = z.infer<typeof orgMember>
export const orgMemberList = z.object({ members: z.array(orgMember), nextCursor: z.string().nullable() })
export type OrgMemberList = z.infer<typeof orgMemberList>

/** `POST /admin/members`: answered with a link that signs them in once, where people sign in by link. */
export const memberInvitation = z.strictObject({
  email,
  name: line(limits.nameChars).optional(),
  role: z.enum(memberRoles).default('member'),
})
export type MemberInvitation = z.infer<typeof memberInvitation>
export const invitedMember = z.object({ member: orgMember, signInUrl: z.string().nullable() })
export type InvitedMember = z.infer<typeof invitedMember>

export const memberPatch = z
  .strictObject({ role: z.enum(memberRoles), roleId: z.string().max(limits.idChars).nullable() })
  .partial()
  .refine(patch => Object.keys(patch).length > 0, 'Give a role, or a roleId.')
export type MemberPatch = z.infer<typeof memberPatch>

/** An artifact that is deleted and not yet erased. */
export const deletedArtifact = z.object({
  id: z.string(),
  title: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  /** Who deleted it: somebody, or its period of retention. */
  by: z.enum(['person', 'retention']),
  deletedAt: time,
  /** Until then it can be taken back. */
  erasedAt: time,
})
export type DeletedArtifact = z.infer<typeof deletedArtifact>
export const deletedList = z.object({ artifacts: z.array(deletedArtifact), nextCursor: z.string().nullable() })
export type DeletedList = z.infer<typeof deletedList>

export const auditActorTypes = ['user', 'api', 'system', 'anonymous'] as const

/** One row of the audit log. */
export const auditRow = z.object({
  id: z.string(),
  at: time,
  type: z.string(),
  actor: z.object({
    type: z.enum(auditActorTypes),
    id: z.string().nullable(),
    /** As it is now; null where they are no longer a member. */
    email: z.string().nullable(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
  }),
  artifactId: z.string().nullable(),
  versionId: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type AuditRow = z.infer<typeof auditRow>
export const auditPage = z.object({ rows: z.array(auditRow), nextCursor: z.string().nullable() })
export type AuditPage = z.infer<typeof auditPage>

/** What `GET /admin/audit` and its export are narrowed to. */
export const auditFilter = z.object({
  type: z.string().max(limits.idChars).optional(),
  /** A member's or key's id, or a member's address. */
  actor: z.string().max(limits.emailChars).optional(),
  artifact: z.string().max(limits.idChars).optional(),
  from: time.optional(),
  /** Up to, and not including. */
  until: time.optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

/** Somebody's access token, as the owners of the organisation see it. */
export const orgToken = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(scopes),
  member: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  createdAt: time,
  expiresAt: time,
})
export type OrgToken = z.infer<typeof orgToken>
export const orgTokenList = z.object({ tokens: z.array(orgToken), nextCursor: z.string().nullable() })
export type OrgTokenList = z.infer<typeof orgTokenList>

/** The scopes of compliance keys, by their published names (COMPLIANCE-API.md). */
export const complianceScopes = [
  'read:compliance_activities',
  'read:compliance_user_data',
  'delete:compliance_user_data',
] as const
export type ComplianceScope = (typeof complianceScopes)[number]

export const complianceKeyRequest = z.strictObject({
  name: line(limits.nameChars),
  scopes: z.array(z.enum(complianceScopes)).min(1).max(complianceScopes.length),
})
export type ComplianceKeyRequest = z.infer<typeof complianceKeyRequest>
export const complianceKey = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(complianceScopes)),
  createdAt: time,
})
export type ComplianceKey = z.infer<typeof complianceKey>
/** Only the answer to the creating request carries the key itself. */
export const createdComplianceKey = complianceKey.extend({ key: z.string() })
export type CreatedComplianceKey = z.infer<typeof createdComplianceKey>
export const complianceKeyList = z.object({ keys: z.array(complianceKey) })
export type ComplianceKeyList = z.infer<typeof complianceKeyList>
