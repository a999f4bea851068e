import type { Audience, Sharing } from '../../../shared/api.ts'
import { type Entry, entriesOf } from './edits.ts'

/** What each change will do, said where it can be made, before it is made. */

export const audienceNames = ({ org }: Sharing): Record<Audience, string> => ({
  private: 'Only you',
  people: 'People and groups',
  org: `Everyone at ${org.name}`,
})

/** What the audience means when it is the one, else what choosing it would do. */
export function audienceWords(sharing: Sharing, audience: Audience): string {
  const { org } = sharing
  const entries = entriesOf(sharing)
  const chosen = sharing.audience === audience
  switch (audience) {
    case 'private':
      if (chosen || (sharing.audience === 'people' && entries.length === 0)) return 'Nobody else can open it.'
      return sharing.audience === 'org'
        ? `Everyone else at ${org.name} loses access now.`
        : `${some(entries)} ${entries.length === 1 ? 'loses' : 'lose'} access now.`
    case 'people':
      if (chosen) return entries.length === 0 ? 'Nobody yet. Add them above.' : 'Only those above can open it.'
      if (sharing.audience === 'org') return 'Whoever is not named above loses access now.'
      return entries.length === 0 ? 'Those you add above.' : `${some(entries)} can open it from now on.`
    case 'org':
      return chosen ? 'All members can open it, and find it in their gallery.' : 'All members can open it from now on.'
  }
}

/** Once it was chosen. */
export const chosenWords = (sharing: Sharing, audience: Audience): string =>
  `${audience === 'people' ? 'Nobody but those named above' : audienceNames(sharing)[audience]} can open it now.`

/** Of the one entry, before it goes. */
export function removalWords({ audience, groups, org }: Sharing, entry: Entry): string {
  const { name, role } = entry
  const whole = entry.kind === 'group' ? `Everyone in ${name}` : name
  if (audience === 'private') return `${whole} has no access now, and is taken off the list.`
  if (audience === 'org') {
    return role === 'editor'
      ? `${whole} can publish no more, and still look like everyone at ${org.name}.`
      : `${whole} can still look, like everyone at ${org.name}.`
  }
  if (entry.kind === 'group') return `${whole} loses access now, unless named here too.`
  if (entry.pending) return `The invitation of ${entry.email} is taken back.`
  return groups.length > 0 ? `${name} loses access now, unless a group lets them in.` : `${name} loses access now.`
}

export const versionWords = ({ version, latest }: Sharing): string =>
  version === 'latest'
    ? `Viewers see each new version at once. Switched off, they stay on version ${latest}.`
    : `Viewers stay on version ${version}. Switched on, they see version ${latest} at once.`

/** The first two by name. */
function some(entries: readonly Entry[]): string {
  const names = entries.map(({ kind, name }, index) =>
    kind === 'group' ? `${index === 0 ? 'Everyone' : 'everyone'} in ${name}` : name,
  )
  const [first = '', second = ''] = names
  if (names.length <= 1) return first
  return names.length === 2 ? `${first} and ${second}` : `${first}, ${second} and ${names.length - 2} more`
}
