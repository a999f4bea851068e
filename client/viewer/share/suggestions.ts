import type { GroupList, PeopleList, Sharing } from '../../../shared/api.ts'
import { call, type Http } from '../../network/http.ts'
import type { Entry } from './edits.ts'

/** One who may be added. `isNew`: an address, or a group, that Galley has not met yet. */
export interface Suggestion {
  entry: Entry
  isNew: boolean
}

interface Found {
  people: PeopleList['people']
  groups: GroupList['groups']
}

/** @throws TypeError when the server is not reached; the signal's reason */
export async function search(http: Http, text: string, signal: AbortSignal): Promise<Found> {
  const q = encodeURIComponent(text)
  const [people, groups] = await Promise.all([
    listed<PeopleList>(http, `/api/v1/people?q=${q}`, signal),
    listed<GroupList>(http, `/api/v1/groups?q=${q}`, signal),
  ])
  return { people: people?.people ?? [], groups: groups?.groups ?? [] }
}

async function listed<List>(http: Http, path: string, signal: AbortSignal): Promise<List | undefined> {
  const answer = await call(http, path, { signal })
  return answer.ok ? answer.response.json() : undefined
}

/** An address as people write it; whether it is one, the server says. */
const address = /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/

/** Those who are found and not on the list yet, then what was typed itself, where it could be an address or a group's name. */
export function suggestionsFor(
  text: string,
  { people, groups }: Found,
  sharing: Sharing,
  ownerEmail: string,
): Suggestion[] {
  const typed = text.trim()
  const listed = new Set([ownerEmail, ...sharing.people.map(person => person.email)].map(lower))
  const named = new Set(sharing.groups.map(group => group.name))
  const persons = people.filter(({ email }) => !listed.has(lower(email)))
  const others = groups.filter(name => !named.has(name))
  const isAddress = address.test(typed)
  const invites = isAddress && !listed.has(lower(typed)) && !people.some(({ email }) => lower(email) === lower(typed))
  const isGroup = typed !== '' && !typed.includes('@') && !named.has(typed) && !groups.includes(typed)
  return [
    ...persons.map(({ email, name }) => ({ entry: personOf(email, name, false), isNew: false })),
    ...others.map(name => ({ entry: groupOf(name), isNew: false })),
    ...(invites ? [{ entry: personOf(lower(typed), lower(typed), true), isNew: true }] : []),
    ...(isGroup ? [{ entry: groupOf(typed), isNew: true }] : []),
  ]
}

const lower = (text: string): string => text.toLowerCase()
const personOf = (email: string, name: string, pending: boolean): Entry => ({
  ...{ kind: 'person', email, name, pending },
  role: 'viewer',
})
const groupOf = (name: string): Entry => ({ kind: 'group', name, role: 'viewer' })
