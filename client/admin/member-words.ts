import type { CustomRole, OrgMember } from '../../shared/admin.ts'

/** What a change of somebody's roles does, before it is made. `confirm`: what it is called where that is asked again. */
export function changing(
  before: Pick<OrgMember, 'name' | 'role' | 'roleId' | 'groups'>,
  after: Pick<OrgMember, 'role' | 'roleId'>,
  { roles, org, isSelf }: { roles: readonly CustomRole[]; org: string; isSelf: boolean },
): { sentences: string[]; confirm: string | undefined } {
  const { name } = before
  const sentences: string[] = []
  const gains = after.role === 'owner' && before.role !== 'owner'
  const loses = after.role !== 'owner' && before.role === 'owner'
  if (gains) {
    sentences.push(
      `${name} will administer ${org} as you do: settings, members, tokens, and the audit log. Pages that are private to others stay closed to them.`,
    )
  }
  if (loses) {
    sentences.push(
      isSelf
        ? `You will not administer ${org} any more, and these pages close for you. Another owner can make you one again.`
        : `${name} will not administer ${org} any more, at once.`,
    )
  }
  if (loses || after.roleId !== before.roleId) sentences.push(publishing(before, after, roles))
  return { sentences, confirm: loses && isSelf ? 'Give up being an owner' : undefined }
}

/** Owners always may; then the role they were given; then those of their groups; then what holds for every member. */
function publishing(
  { name, groups }: Pick<OrgMember, 'name' | 'groups'>,
  after: Pick<OrgMember, 'role' | 'roleId'>,
  roles: readonly CustomRole[],
): string {
  if (after.role === 'owner') return `As an owner ${name} may publish, whatever their role says.`
  const given = roles.filter(({ id }) => id === after.roleId)
  const [role] = given
  if (role) return `As ${role.name}, ${name} ${role.publish ? 'may' : 'may not'} publish.`
  const carried = roles.filter(role => role.groups.some(group => groups.includes(group)))
  if (carried.length === 0) return `${name} may publish if every member may.`
  const may = carried.some(({ publish }) => publish)
  return `By their groups ${name} has ${carried.map(({ name }) => name).join(', ')}, and ${may ? 'may' : 'may not'} publish.`
}

/** What becomes of a member who is removed. */
export const leaving = ({ name, email }: Pick<OrgMember, 'name' | 'email'>, isSelf: boolean): string[] => [
  isSelf
    ? 'You are signed out everywhere within seconds, and your tokens stop working.'
    : `${name} is signed out everywhere within seconds, and their tokens stop working.`,
  `What ${isSelf ? 'you' : 'they'} published stays, under the same addresses, for those it is shared with.`,
  `${isSelf ? 'You come' : `${email} comes`} back only when an owner adds ${isSelf ? 'you' : 'them'} anew, and then as somebody else: without those pages.`,
]
