import { expect } from 'chai'
import { type Artifact, artifact as artifactShape, type Role, type Scope, type Version } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { TestApp } from '../app.ts'
import { type Page, partOf, seenBy, sharedNumber, versionOf } from './pages.ts'
import { must, named, type Person } from './people.ts'

/**
 * What DESIGN says of who may do what, by itself: nothing here asks the server's own rules.
 *
 * §1, §5: a viewer gets the shared version and nothing else; publishers, that is the owner and editors, all of them;
 * the owner alone deletes and shares. §5: what may not be seen is as what does not exist. §8: a token does no more than
 * its scope, and says so to those who may see the page.
 */
export interface Rule {
  /** The least part that may. */
  needs: Role
  scopes: readonly Scope[]
}

export const rules = {
  look: { needs: 'viewer', scopes: ['publish', 'read', 'full'] },
  read: { needs: 'viewer', scopes: ['read', 'full'] },
  history: { needs: 'editor', scopes: ['read', 'full'] },
  publish: { needs: 'editor', scopes: ['publish', 'full'] },
  rename: { needs: 'editor', scopes: ['full'] },
  delete: { needs: 'owner', scopes: ['full'] },
  share: { needs: 'owner', scopes: ['full'] },
} as const satisfies Record<string, Rule>

const ranks: readonly Role[] = ['viewer', 'editor', 'owner']

/** Why not; undefined: they may. */
export function refusalOf(person: Person, page: Page, { needs, scopes }: Rule): ErrorCode | undefined {
  if (person.refused) return person.refused
  const part = partOf(person, page)
  if (part === undefined) return 'not_found'
  if (ranks.indexOf(part) < ranks.indexOf(needs)) return 'forbidden'
  return scopes.includes(person.scope) ? undefined : 'insufficient_scope'
}

/** RFC 9110 §15: what the codes that a refusal of access may have are as a status. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  not_signed_in: 401,
  token_expired: 401,
  token_revoked: 401,
  token_invalid: 401,
  not_found: 404,
  forbidden: 403,
  insufficient_scope: 403,
  version_conflict: 412,
  unknown_base: 404,
  link_invalid: 403,
  device_code_invalid: 404,
  invalid_request: 400,
  provider_unavailable: 502,
  sign_in_failed: 400,
}

export const statusOf = (code: ErrorCode): number => must(statuses[code])

/** Of whoever asks for a version: viewers may have the shared one, and for them there is no other. */
export const isThere = (part: Role, page: Page, number: number): boolean =>
  part === 'viewer' ? number === sharedNumber(page) : number <= page.versions.length

/**
 * What the answer says of the page is what this part is shown, and nothing beside it.
 * @param options.inList where an owner is told how many are let in by name, too
 */
export function expectArtifact(said: unknown, part: Role, page: Page, app: TestApp, { inList = false } = {}): void {
  const { rev, updatedAt, epoch, author, ...rest } = artifactShape.strict().parse(said)
  const sharedWith = { people: named.people.length - 1, groups: named.groups.length }
  const isCounted = inList && part === 'owner' && page.audience === 'people'
  expect(rest).to.deep.equal({ ...artifactFor(part, page, app), ...(isCounted && { sharedWith }) })
  expect(rev).to.be.a('number')
  expect(epoch).to.be.a('string')
  expect(author).to.have.keys('name', 'email')
  if (part === 'viewer') expect(updatedAt).to.equal(seenBy(part, page).createdAt)
}

function artifactFor(part: Role, page: Page, app: TestApp): Omit<Artifact, 'rev' | 'updatedAt' | 'epoch' | 'author'> {
  const { number, sha256, size, note, createdAt } = seenBy(part, page)
  return {
    id: page.id,
    url: `${app.url}/a/${page.id}`,
    // While viewers are pinned, publishers see the title that goes with the pin, too.
    title: `Title ${wordsOf(page, sharedNumber(page))}`,
    icon: '📄',
    description: '',
    role: part,
    audience: page.audience === 'elsewhere' || page.audience === 'gone' ? 'org' : page.audience,
    pinned: part === 'viewer' ? null : page.pinned,
    ...(part !== 'viewer' && { latest: page.versions.length }),
    ...(part === 'owner' && { waiting: page.waiting }),
    shown: { number, sha256, size, publishedAt: createdAt, note },
    createdAt: versionOf(page, 1).createdAt,
  }
}

const wordsOf = (page: Page, number: number): string => must(page.editions[number - 1]).words

/**
 * Looks for whatever would tell of versions that this person may not see: their words, hashes, ids and times. Of a page
 * that is not there for them, that is every version.
 * @param known what they have said themselves, which tells them nothing
 */
export function expectUntold(told: string, person: Person, pages: readonly Page[], known = ''): void {
  for (const page of pages) {
    const part = person.refused ? undefined : partOf(person, page)
    if (part === 'owner' || part === 'editor') continue
    for (const version of page.versions) {
      if (part === 'viewer' && version.number === sharedNumber(page)) continue
      for (const mark of marksOf(page, version, part).filter(mark => !known.includes(mark))) {
        expect(told, `${page.name}: version ${version.number}`).to.not.include(mark)
      }
    }
  }
}

/** The time of the first version is that of the page, which viewers are told. */
const marksOf = (page: Page, { id, number, sha256, createdAt }: Version, part: Role | undefined): string[] => [
  ...[wordsOf(page, number), id, sha256],
  ...(part === 'viewer' && number === 1 ? [] : [createdAt]),
]
