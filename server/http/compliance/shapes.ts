import type { Audience } from '../../../shared/api.ts'
import type { Activity } from '../../core/activities.ts'
import type { Listed } from '../../core/comply.ts'
import { timeOf } from '../../core/read.ts'
import type { AuditEntry } from '../../core/records.ts'

/** The compliance API's published shapes, made of the records of the rules. */

/** The older form of an organisation's id: the same, written otherwise. */
const organizationIdOf = (uuid: string): string => `org_${uuid.replaceAll('-', '')}`

/** An organisation's id, in either form that callers name it by. */
export const uuidOf = (id: string): string =>
  id.toLowerCase().replace(/^org_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const organization = (uuid: string) => ({ organization_uuid: uuid, organization_id: organizationIdOf(uuid) })

const modes: Readonly<Record<Audience, 'owner' | 'users' | 'org'>> = { private: 'owner', people: 'users', org: 'org' }

export const toListed = ({ artifact, owner, publishedVersionId, versions }: Listed) => ({
  id: artifact.id,
  ...organization(artifact.orgId),
  owner_user_id: artifact.ownerId,
  published_version_id: publishedVersionId,
  read_mode: modes[artifact.audience],
  updated_at: timeOf(artifact.updatedAt),
  user: owner ? { id: owner.id, email_address: owner.email } : null,
  versions: versions.map(({ id, createdAt, title }) => ({
    id,
    created_at: timeOf(createdAt),
    // Versions older than that field have none of their own.
    name: title ?? artifact.title,
  })),
})

export const toActivity = (activity: Activity) => ({
  id: activity.entry.id,
  created_at: timeOf(activity.entry.at),
  ...organization(activity.entry.orgId),
  actor: actorOf(activity),
  type: activity.entry.type,
  ...fieldsOf(activity.entry),
})

function actorOf({ entry: { actor }, email }: Activity) {
  const { type, memberId, ip, userAgent } = actor
  const from = { ip_address: ip, user_agent: userAgent }
  switch (type) {
    case 'user':
      return { type: 'user_actor', email_address: email, user_id: memberId, ...from }
    case 'api':
      return { type: 'api_actor', api_key_id: memberId, ...from }
    case 'system':
      return { type: 'system_actor' }
    case 'anonymous':
      return { type: 'unauthenticated_user_actor', ...from }
  }
}

/** Those of each type that is published; of Galley's own, where it happened and what is recorded of it. */
function fieldsOf({ type, artifactId, versionId, details }: AuditEntry): Record<string, unknown> {
  const version = { claude_artifact_id: artifactId, claude_artifact_version_id: versionId }
  switch (type) {
    case 'claude_artifact_created':
      return { claude_artifact_id: artifactId }
    case 'claude_artifact_published': {
      const { artifact_type, title, description, is_redeploy } = details
      const published = { claude_published_artifact_id: artifactId, claude_artifact_version_id: versionId }
      return { ...published, artifact_type, title, description, is_redeploy }
    }
    case 'claude_artifact_sharing_updated':
      return { ...version, ...sharingOf(details) }
    case 'claude_artifact_viewed':
      return version
    case 'claude_artifact_access_failed':
      // Of what somebody only guessed at, the guess. Where no reason is recorded it is the one that they were told.
      return {
        ...version,
        claude_artifact_id: artifactId ?? details.asked ?? null,
        reason: details.reason ?? 'not_found',
      }
    case 'claude_published_artifact_deleted':
      return { claude_published_artifact_id: artifactId }
    default:
      return { ...(artifactId !== null && version), details }
  }
}

function sharingOf({ previous_mode, new_mode, previous_user_count, new_user_count }: AuditEntry['details']) {
  return {
    audience: audiences[new_mode as Audience],
    previous_mode: modes[previous_mode as Audience],
    new_mode: modes[new_mode as Audience],
    previous_user_count,
    new_user_count,
  }
}

const audiences: Readonly<Record<Audience, readonly { type: 'organization' | 'users' }[]>> = {
  private: [],
  people: [{ type: 'users' }],
  org: [{ type: 'organization' }],
}
