import { GalleyError } from '../../shared/errors.ts'
import type { Actor } from './ports.ts'
import type { CustomRole, Member, OrgSettings } from './records.ts'
import type { Reads } from './store-ports.ts'

/** Who may publish: pure, asked wherever somebody publishes and wherever it is shown who could. */
export function mayPublish(
  settings: Pick<OrgSettings, 'publishing' | 'membersPublish'>,
  member: Pick<Member, 'role'>,
  roles: readonly Pick<CustomRole, 'publish'>[],
): boolean {
  if (!settings.publishing) return false
  if (member.role === 'owner') return true
  return roles.length === 0 ? settings.membersPublish : roles.some(role => role.publish)
}

type Asked = Pick<Reads, 'settings' | 'member' | 'rolesOf'>

/**
 * Before the work of a publish, and again in its transaction.
 * @throws GalleyError publishing_disabled
 */
export async function permitPublishing(reads: Asked, actor: Pick<Actor, 'orgId' | 'memberId'>): Promise<void> {
  const barred = await whyNotPublish(reads, actor)
  if (barred !== null) throw new GalleyError('publishing_disabled', barred)
}

/** What keeps a member from publishing, as a sentence for them; null: nothing does. */
export async function whyNotPublish(
  reads: Asked,
  { orgId, memberId }: Pick<Actor, 'orgId' | 'memberId'>,
): Promise<string | null> {
  const [settings, member, roles] = await Promise.all([
    reads.settings(orgId),
    reads.member(orgId, memberId),
    reads.rolesOf(orgId, memberId),
  ])
  if (!settings.publishing) {
    return 'Your organisation has switched publishing off. An owner of it can switch it on again.'
  }
  if (member && mayPublish(settings, member, roles)) return null
  return 'Your role in this organisation does not include publishing. Ask an owner of it.'
}
