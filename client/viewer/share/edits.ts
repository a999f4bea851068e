import type { Audience, GrantedRole, Sharing, SharingUpdate } from '../../../shared/api.ts'

/** What the owner does to the sharing, as functions of what it is: so that it can be done again to what it is meanwhile. */
export type Edit = (sharing: Sharing) => Sharing

/** Somebody, or a group, that the page is shared with by name. */
export type Entry =
  | { kind: 'person'; email: string; name: string; role: GrantedRole; pending: boolean }
  | { kind: 'group'; name: string; role: GrantedRole }

export const entriesOf = ({ people, groups }: Sharing): Entry[] => [
  ...people.map(person => ({ kind: 'person' as const, ...person })),
  ...groups.map(group => ({ kind: 'group' as const, ...group })),
]

/** Tells entries apart. */
export const keyOf = (entry: Entry): string => (entry.kind === 'person' ? entry.email : `group ${entry.name}`)

/**
 * Last in the list. What was private is then shared with them, as the server does it for who asked, and with nobody else
 * who may have been let in before.
 */
export const added =
  (entry: Entry): Edit =>
  sharing => {
    const isPrivate = sharing.audience === 'private'
    const audience = isPrivate ? 'people' : sharing.audience
    const rest = isPrivate ? { ...sharing, people: [], groups: [] } : removed(entry)(sharing)
    if (entry.kind === 'group')
      return { ...rest, audience, groups: [...rest.groups, { name: entry.name, role: entry.role }] }
    const { kind: _, ...person } = entry
    return { ...rest, audience, people: [...rest.people, person] }
  }

export const removed =
  (entry: Entry): Edit =>
  sharing =>
    entry.kind === 'group'
      ? { ...sharing, groups: sharing.groups.filter(group => group.name !== entry.name) }
      : { ...sharing, people: sharing.people.filter(person => person.email !== entry.email) }

export const inRole =
  (entry: Entry, role: GrantedRole): Edit =>
  sharing => ({
    ...sharing,
    people: sharing.people.map(person =>
      entry.kind === 'person' && person.email === entry.email ? { ...person, role } : person,
    ),
    groups: sharing.groups.map(group =>
      entry.kind === 'group' && group.name === entry.name ? { ...group, role } : group,
    ),
  })

export const forAudience =
  (audience: Audience): Edit =>
  sharing => ({ ...sharing, audience })

export const atVersion =
  (version: Sharing['version']): Edit =>
  sharing => ({ ...sharing, version })

/** The answer to who asks to be let in. @param role null: declined */
export const answered =
  ({ memberId, name, email }: Sharing['requests'][number], role: GrantedRole | null): Edit =>
  sharing => {
    const rest = { ...sharing, requests: sharing.requests.filter(request => request.memberId !== memberId) }
    return role === null ? rest : added({ kind: 'person', email, name, role, pending: false })(rest)
  }

/** As it is put. */
export const updateOf = ({ audience, people, groups, version }: Sharing): SharingUpdate => ({
  audience,
  people: people.map(({ email, role }) => ({ email, role })),
  groups: groups.map(({ name, role }) => ({ name, role })),
  version,
})
