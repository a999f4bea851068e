import type { GrantedRole, Role } from '../../shared/api.ts'
import { roleOf } from './access.ts'
import type { Head } from './records.ts'
import type { Reads } from './store-ports.ts'

export interface MemberOfOrg {
  orgId: string
  memberId: string
}

/**
 * What many members may do with many artifacts, in two queries however many they are: for a node that holds sockets
 * of all of them. It is roleOf that decides here too.
 */
export async function standings(
  reads: Pick<Reads, 'grantsOfAll' | 'groupsOfAll'>,
  heads: readonly Head[],
  members: readonly MemberOfOrg[],
): Promise<(head: Head, member: MemberOfOrg) => Role | undefined> {
  const shared = heads.filter(head => head.audience !== 'private')
  const grants = shared.length === 0 ? [] : await reads.grantsOfAll(shared)
  const groups = grants.some(({ kind }) => kind === 'group') ? await reads.groupsOfAll(members) : []
  const granted = new Map<string, Map<string, GrantedRole>>()
  for (const { artifactId, kind, subject, role } of grants) {
    const subjects = granted.get(artifactId) ?? new Map<string, GrantedRole>()
    granted.set(artifactId, subjects.set(`${kind} ${subject}`, role))
  }
  const groupsOf = new Map<string, string[]>()
  for (const { orgId, memberId, name } of groups) {
    const key = `${orgId} ${memberId}`
    const names = groupsOf.get(key) ?? []
    names.push(`group ${name}`)
    groupsOf.set(key, names)
  }
  return (head, member) => {
    const { orgId, memberId } = member
    const names = [`member ${memberId}`, ...(groupsOf.get(`${orgId} ${memberId}`) ?? [])]
    const roles = names.flatMap(name => granted.get(head.artifactId)?.get(name) ?? [])
    return roleOf(member, { artifact: { ...head, deletedAt: null }, granted: roles })
  }
}
