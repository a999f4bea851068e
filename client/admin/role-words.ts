import type { CustomRole, RoleUpdate } from '../../shared/admin.ts'
import { counted } from './words.ts'

export const groupsWords = (groups: readonly string[]): string =>
  `${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}`

/** What saving a role does. @param before undefined: it is new */
export function saving(before: CustomRole | undefined, { name, publish, groups }: RoleUpdate): string[] {
  const may = publish ? 'may publish' : 'may not publish'
  if (!before) {
    return [
      groups.length === 0
        ? `Nobody has the role until you give it to them, under Members. Then they ${may}.`
        : `Whoever is in ${groupsWords(groups)} has it at once, unless another role was given to them. They ${may}.`,
    ]
  }
  const sentences: string[] = []
  const holders =
    before.members === 0
      ? 'Those'
      : `${counted(before.members, 'member')} who ${before.members === 1 ? 'has' : 'have'} been given it, and those`
  if (publish !== before.publish) sentences.push(`${holders} whose groups carry it, ${may} from now on.`)
  const come = groups.filter(group => !before.groups.includes(group))
  const go = before.groups.filter(group => !groups.includes(group))
  if (come.length > 0)
    sentences.push(`Whoever is in ${groupsWords(come)} has it at once, unless another role was given to them.`)
  if (go.length > 0) sentences.push(`Whoever is in ${groupsWords(go)} no longer has it by that.`)
  if (name !== before.name) sentences.push(`“${before.name}” is called “${name}” then.`)
  return sentences
}

export const deleting = ({ name, members, groups }: CustomRole): string[] => [
  members === 0
    ? `Nobody was given “${name}”.`
    : `${counted(members, 'member')} ${members === 1 ? 'loses' : 'lose'} “${name}”, and may publish as their groups say, or as every member may.`,
  ...(groups.length > 0 ? [`Whoever has it by ${groupsWords(groups)}, loses it too.`] : []),
  'Nobody’s pages change.',
]

/** Of what is typed, one on each line: a name may have commas in it. */
export const groupsOf = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map(group => group.trim())
      .filter(Boolean),
  ),
]
