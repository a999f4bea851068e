import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { type Role, sharing, version, versionDiff, versionList, viewList } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { TestApp } from '../app.ts'
import { type Asked, type Exchange, json } from './exchange.ts'
import { expectArtifact, isThere, type Rule, refusalOf, rules, statusOf } from './expected.ts'
import { edition, type Page, partOf, sharedNumber, versionOf } from './pages.ts'
import { must, named, type Person } from './people.ts'

/** Every call that is about one page: what it sends, and what must come back. */
export interface PageCall {
  /** As the server has it registered: `GET /api/v1/artifacts/:id`. */
  route: string
  /** Tells those of one route apart. */
  name: string
  ask(page: Page): Asked
  expects(person: Person, page: Page): Expected
  /** Where it is allowed, the page is not as it was afterwards. */
  changes: boolean
}

export interface Expected {
  status: number
  /** Of what is refused; of a screen or a success, none. */
  code?: ErrorCode
  see?: (answer: Exchange) => void
}

export const refused = (code: ErrorCode): Expected => ({ status: statusOf(code), code })

/** What comes back is one of ours, of exactly this shape. */
export const bodyOf = <T>(shape: { parse(value: unknown): T }, { body }: Exchange): T =>
  shape.parse(JSON.parse(body.toString()))

const unknown = randomBytes(32).toString('hex')

type Allowed = (person: Person, page: Page) => Expected

/** Part of a page: the part that it plays for this person, who may see it. */
const playing = (person: Person, page: Page): Role => must(partOf(person, page))

export function pageCalls(app: TestApp): PageCall[] {
  const looks: Allowed = (person, page) => ({
    status: 200,
    see: answer => expectArtifact(JSON.parse(answer.body.toString()), playing(person, page), page, app),
  })
  const publish = { headers: { 'Content-Type': 'text/html' }, body: edition(4).html }
  const update = { audience: 'people', ...named, version: 1 }
  return [
    call('GET ', rules.look, looks),
    call('GET /current', rules.look, looks),
    call('GET /versions', rules.read, listed(50)),
    call('GET /versions', rules.read, listed(1), { path: '/versions?limit=1' }),
    call('GET /versions', rules.read, listed(50), { path: `/versions?cursor=${cursor}` }),
    ...[1, 2, 3, 4].flatMap(versionCalls),
    ...[2, 3].flatMap(to => [1, 2, 3, undefined].filter(from => from !== to).map(from => deltaCall(from, to))),
    call('GET /diff', rules.history, compared, { path: '/diff?from=1&to=3' }),
    call('GET /diff', rules.history, () => refused('not_found'), { path: '/diff?from=3&to=4' }),
    call('GET /views', rules.history, lookedAt),
    call('GET /sharing', rules.share, shared),
    call('POST /versions', rules.publish, () => refused('version_conflict'), {
      name: 'If-Match',
      sends: { ...publish, headers: { ...publish.headers, 'If-Match': '"9"' } },
    }),
    call('POST /versions', rules.publish, () => ({ status: 201 }), { sends: publish, changes: true }),
    call('PATCH ', rules.rename, () => ({ status: 200 }), { sends: json({ title: 'Another' }), changes: true }),
    call('PUT /sharing', rules.share, () => ({ status: 200 }), { sends: json(update), changes: true }),
    call('DELETE ', rules.delete, () => ({ status: 204 }), { changes: true }),
    takesBack(),
    screen(),
  ]
}

/** A call of the API about one page, that one rule allows. */
function call(
  route: string,
  rule: Rule,
  allowed: Allowed,
  { path, name = '', sends, changes = false }: Partial<Detail> = {},
): PageCall {
  const [method = '', own = ''] = route.split(' ')
  return {
    route: `${method} /api/v1/artifacts/:id${own}`,
    name: typeof path === 'string' ? path : name,
    ask: page => {
      const after = path instanceof Function ? path(page) : (path ?? own)
      return { method, path: `/api/v1/artifacts/${page.id}${after}`, ...sends }
    },
    expects: (person, page) => {
      const code = refusalOf(person, page, rule)
      return code === undefined ? allowed(person, page) : refused(code)
    },
    changes,
  }
}

interface Detail {
  path: string | ((page: Page) => string)
  name: string
  sends: Pick<Asked, 'headers' | 'body'>
  changes: boolean
}

const cursor = Buffer.from('[9]').toString('base64url')

/** Publishers: all, newest first. Viewers: the shared one, and no way on from there. */
const listed =
  (limit: number): Allowed =>
  (person, page) => ({
    status: 200,
    see: answer => {
      const isViewer = playing(person, page) === 'viewer'
      const { versions, nextCursor } = bodyOf(versionList.strict(), answer)
      const all = isViewer ? [sharedNumber(page)] : page.versions.map(({ number }) => number).reverse()
      expect(versions.map(({ number }) => number)).to.deep.equal(all.slice(0, limit))
      expect(versions).to.deep.equal(versions.map(({ number }) => versionOf(page, number)))
      expect(nextCursor === null).to.equal(all.length <= limit)
    },
  })

function versionCalls(number: number): PageCall[] {
  const path = `/versions/${number}`
  const there =
    (see: (page: Page, answer: Exchange) => void): Allowed =>
    (person, page) =>
      isThere(playing(person, page), page, number)
        ? { status: 200, see: answer => see(page, answer) }
        : refused('not_found')
  const bytes = there((page, { body }) => expect(body.toString()).to.include(must(page.editions[number - 1]).words))
  return [
    call(
      'GET /versions/:number',
      rules.read,
      there((page, answer) => expect(bodyOf(version.strict(), answer)).to.deep.equal(versionOf(page, number))),
      { path },
    ),
    call('GET /versions/:number/page', rules.read, bytes, { path: `${path}/page` }),
    call('GET /versions/:number/source', rules.history, bytes, { path: `${path}/source` }),
  ]
}

/** From what viewers were never shown there is none for them, as from what never was: the first was there before they were. */
function deltaCall(from: number | undefined, to: number): PageCall {
  const allowed: Allowed = (person, page) => {
    const part = playing(person, page)
    if (!isThere(part, page, to)) return refused('not_found')
    const wasShown = from !== undefined && (part !== 'viewer' || (from > 1 && from <= sharedNumber(page)))
    return !wasShown ? refused('unknown_base') : { status: 200 }
  }
  const path = (page: Page) =>
    `/versions/${to}/delta?from=${from === undefined ? unknown : versionOf(page, from).sha256}`
  return call('GET /versions/:number/delta', rules.read, allowed, { path, name: `from ${from} to ${to}` })
}

const compared: Allowed = (_, page) => ({
  status: 200,
  see: answer => {
    const { unified } = bodyOf(versionDiff.strict(), answer)
    for (const at of [0, 2]) expect(unified).to.include(must(page.editions[at]).words)
  },
})

/** Asking what is current, as others do meanwhile, is looking. Nobody looks at their own. */
const lookedAt: Allowed = (_, page) => ({
  status: 200,
  see: answer => {
    const { views, nextCursor, tracked } = bodyOf(viewList.strict(), answer)
    expect({ nextCursor, tracked }).to.deep.equal({ nextCursor: null, tracked: true })
    const owner = page.audience === 'elsewhere' ? 'sam@acme.example' : 'ana@acme.example'
    expect(views.map(({ email }) => email)).to.not.include(owner)
  },
})

const shared: Allowed = (_, page) => ({
  status: 200,
  see: answer => {
    const { audience, version, latest, requests } = bodyOf(sharing.strict(), answer)
    const wanted = page.audience === 'elsewhere' ? 'org' : page.audience
    expect({ audience, version, latest, waiting: requests.length }).to.deep.equal({
      ...{ audience: wanted, version: page.pinned ?? 'latest', latest: page.versions.length, waiting: page.waiting },
    })
  },
})

/** Only who deleted a page knows that there was one. */
function takesBack(): PageCall {
  const restore = call('POST /restore', rules.delete, () => refused('not_found'), { changes: true })
  return {
    ...restore,
    expects: (person, page) => {
      if (person.refused) return refused(person.refused)
      if (person.member === undefined || person.member.id !== page.deletedBy?.member?.id) return refused('not_found')
      return rules.delete.scopes.some(scope => scope === person.scope) ? { status: 200 } : refused('insufficient_scope')
    },
  }
}

/** Always 202: that somebody may ask says nothing of whether there is anything to ask for. */
export const asksToBeLetIn = (): PageCall => ({
  ...call('POST /access-requests', rules.look, () => ({ status: 202 })),
  expects: ({ refused: code }) => (code === undefined ? { status: 202 } : refused(code)),
})

/** For the owner, and of those who wait. */
export const answersRequest = (asker: string, role: Role | null): PageCall =>
  call(
    'POST /access-requests/:memberId',
    rules.share,
    (_, { waiting }) => (waiting > 0 ? { status: 204 } : refused('not_found')),
    { path: `/access-requests/${asker}`, sends: json({ role }), changes: true },
  )

/** The screen is the same whatever the page is: its script asks who may see it. Tokens open no screens. */
const screen = (): PageCall => ({
  route: 'GET /a/:id',
  name: '',
  ask: ({ id }) => ({ method: 'GET', path: `/a/${id}` }),
  expects: ({ sends, refused: code }) => ({ status: sends.cookie !== undefined && code === undefined ? 200 : 303 }),
  changes: false,
})
