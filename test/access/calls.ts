import type { Asked } from './exchange.ts'
import { type Expected, refused } from './page-calls.ts'
import type { Person } from './people.ts'

/** A call that is about no one page. */
export interface OtherCall {
  route: string
  name: string
  ask: Asked
  expects(person: Person): Expected
  /** It ends the session that it comes with. */
  endsSession?: true
  /** Of pages in their organisation that are not theirs to see: what they were called, and what was done to them. */
  tellsOwners?: true
}

interface More extends Partial<Pick<Asked, 'headers' | 'body'>> {
  query?: string
  path?: string
}

/** Answered whoever asks. */
export const open = (
  method: string,
  path: string,
  expects: (person: Person) => Expected,
  { query = '', path: own, ...sends }: More = {},
): OtherCall => ({
  route: `${method} ${path}`,
  name: query,
  ask: { method, path: (own ?? path) + query, ...sends },
  expects,
})

/** Of the API, for whoever has a credential that is good. */
export const api = (method: string, path: string, expects: (person: Person) => Expected, more: More = {}): OtherCall =>
  open(method, `/api/v1${path}`, person => (person.refused ? refused(person.refused) : expects(person)), {
    ...more,
    ...(more.path !== undefined && { path: `/api/v1${more.path}` }),
  })

export const full = (person: Person, expected: Expected): Expected =>
  person.scope === 'full' ? expected : refused('insufficient_scope')
