import type { AuditRow } from '../../shared/admin.ts'

/** What each type of row says, after the name of whoever it was. */
export const auditWords = {
  claude_artifact_created: 'made a page',
  claude_artifact_published: 'published a version',
  galley_artifact_kept: 'published a version again, unchanged',
  claude_artifact_renamed: 'renamed a page',
  claude_published_artifact_deleted: 'deleted a page',
  galley_artifact_expired: 'deleted a page whose retention was over',
  galley_artifact_restored: 'restored a page',
  galley_artifact_erased: 'erased a page',
  claude_artifact_sharing_updated: 'changed who sees a page',
  claude_artifact_viewed: 'looked at a page',
  galley_artifact_previewed: 'saw a picture of a page in a list',
  claude_artifact_access_failed: 'was refused a page',
  galley_access_requested: 'asked to see a page',
  galley_access_request_answered: 'answered who asked to see a page',
  galley_signed_in: 'signed in',
  galley_signed_out: 'signed out',
  galley_sign_in_link_created: 'made a sign-in link',
  galley_device_approved: 'let a device in',
  galley_device_denied: 'turned a device away',
  galley_access_token_created: 'made an access token',
  galley_access_token_revoked: 'revoked an access token',
  galley_member_added: 'added a member',
  galley_member_updated: 'changed a member',
  galley_member_removed: 'removed a member',
  galley_role_created: 'made a role',
  galley_role_updated: 'changed a role',
  galley_role_deleted: 'deleted a role',
  galley_settings_updated: 'changed settings',
  galley_compliance_key_created: 'made a compliance key',
  galley_compliance_key_revoked: 'revoked a compliance key',
  galley_compliance_content_read: 'read a page with a compliance key',
  galley_audit_exported: 'exported the audit log',
  galley_organization_created: 'made the organisation',
  galley_organization_updated: 'changed the organisation',
  galley_signing_key_rotated: 'changed the signing key',
  galley_backup_restored: 'put a backup back',
} as const

/** A type of a newer server goes by its own name. */
export const wordsOf = (type: string): string =>
  Object.hasOwn(auditWords, type) ? auditWords[type as keyof typeof auditWords] : type

/** Who it was, as far as that is known. */
export function actorWords({ type, id, email }: AuditRow['actor']): string {
  if (email !== null) return email
  if (type === 'system') return 'Galley'
  if (type === 'anonymous') return 'Somebody'
  return type === 'api' ? `Key ${id ?? ''}`.trim() : (id ?? 'Somebody')
}

/** What it was done to, as people know it; '' where only ids are kept. */
export const subjectOf = ({ details }: Pick<AuditRow, 'details'>): string =>
  String(details.title ?? details.name ?? details.email ?? '')

/** All that is kept of a row, by the names that an export has. */
export function factsOf({ id, type, actor, artifactId, versionId, details }: AuditRow): [string, string][] {
  const facts = {
    type,
    actor_type: actor.type,
    actor_id: actor.id,
    ip: actor.ip,
    user_agent: actor.userAgent,
    artifact_id: artifactId,
    version_id: versionId,
    ...details,
    id,
  }
  return Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]))
}
