import type { Sharing } from '../../shared/api.ts'
import { oneLine } from './table.ts'

/** Who may look and what they see, a line each; and what to do about who asks. */
export function sharingInWords(sharing: Sharing, url: string): string {
  const { requests } = sharing
  return [
    audienceInWords(sharing),
    ...namedInWords(sharing),
    versionInWords(sharing),
    ...requests.map(({ name, email }) =>
      oneLine(`${name} <${email}> asks to be let in: galley share ${url} --allow ${email}`),
    ),
  ].join('\n')
}

function audienceInWords({ audience, org, people, groups }: Sharing): string {
  if (audience === 'org') return oneLine(`Everyone at ${org.name} can see it.`)
  const named = people.length + groups.length
  if (audience === 'people' && named > 0) return 'Only you and those you have named can see it:'
  return named > 0 ? 'Only you can see it. Let in again with --people would be:' : 'Only you can see it.'
}

const namedInWords = ({ people, groups }: Sharing): string[] => [
  ...people.map(({ email, name, role, pending }) => {
    const who = pending ? `${email}, once they sign in` : `${name} <${email}>`
    return oneLine(`  ${who}${mayPublish(role)}`)
  }),
  ...groups.map(({ name, role }) => oneLine(`  everyone in the group ${name}${mayPublish(role)}`)),
]

const mayPublish = (role: Sharing['people'][number]['role']): string => (role === 'editor' ? ' (may publish too)' : '')

function versionInWords({ audience, version, latest }: Sharing): string {
  const who = audience === 'private' ? 'Whoever you let in sees' : 'Viewers see'
  if (version === 'latest') return `${who} the latest version, which is ${latest}.`
  const behind = version === latest ? '' : ` The latest is ${latest}; to show it: --follow`
  return `${who} version ${version}, also when you publish another.${behind}`
}
