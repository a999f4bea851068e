import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { AssertionError, expect } from 'chai'
import type { Problem } from '../../shared/api.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import type { OtherCall } from './calls.ts'
import { exchange, textOf } from './exchange.ts'
import { expectUntold } from './expected.ts'
import { otherCalls } from './other-calls.ts'
import { answersRequest, asksToBeLetIn, type Expected, type PageCall, pageCalls } from './page-calls.ts'
import { makePages, type Page, partOf } from './pages.ts'
import { type Cast, castOf, must, type Person, signInLater } from './people.ts'
import { startWithRoutes } from './routes.ts'

describe('who may do what, and which version they see', function () {
  this.timeout(300_000)
  let app: TestApp
  let routes: string[]
  let cast: Cast
  let people: Person[]
  let pages: Page[]
  let aboutPages: PageCall[]
  let others: OtherCall[]
  let cells = 0
  let differing = 0

  before(async () => {
    // Ahead of the commands' clock: what they make to last a minute has expired here already.
    const clock = { now: () => Date.now() + 600_000 }
    const start = () => startTestApp({ clock }, settings)
    ;({ app, routes } = await startWithRoutes(start))
    cast = await castOf(app)
    pages = await makePages(app, cast)
    people = [...cast.people, ...(await signInLater(app))]
    const asker = must(cast.asker.member).id
    aboutPages = [...pageCalls(app), answersRequest(asker, 'viewer'), answersRequest(asker, null)]
    others = otherCalls(app, pages)
  })
  after(async () => {
    const kinds = `${people.length} people, ${routes.length} calls, ${pages.length} pages`
    console.log(`    ${cells} cells (${kinds}): ${differing} differences`)
    await app.close()
  })

  /** One cell: what was expected and did not come. */
  async function tryOut(person: Person, call: PageCall | OtherCall, page?: Page): Promise<string[]> {
    const expected = 'changes' in call ? call.expects(person, must(page)) : call.expects(person)
    const asked = 'changes' in call ? call.ask(must(page)) : call.ask
    const cell = [person.name, call.route, call.name, page?.name].filter(Boolean).join(' · ')
    cells++
    try {
      const answer = await exchange(app, person, asked)
      judge(expected, answer.status, answer.body)
      expected.see?.(answer)
      // Whoever takes back a page may see it again.
      const isBack = call.route.endsWith('/restore') && answer.status === 200
      const isTold = 'tellsOwners' in call && person.isOwner
      const unseen = isTold ? pages.filter(page => !isOfTheirs(person, page)) : pages
      if (!isBack) expectUntold(textOf(answer), person, page ? [page] : unseen, asked.path)
      return []
    } catch (error) {
      differing++
      return [`${cell}: ${wordsFor(error)}`]
    }
  }

  /** Everybody at once, one thing after the other each. */
  async function each(work: (person: Person) => AsyncIterable<string[]>): Promise<string[]> {
    const lanes = people.map(async person => {
      const differences: string[] = []
      for await (const found of work(person)) differences.push(...found)
      return differences
    })
    return (await Promise.all(lanes)).flat()
  }

  it('has a row for every call that the server has', () => {
    const rows = [...aboutPages, asksToBeLetIn(), ...others].map(({ route }) => route)
    expect([...new Set(rows)].sort()).to.deep.equal([...new Set(routes)].sort())
  })

  it('answers each of them as it should, whoever asks, of whatever page, and changes nothing that it refuses', async () => {
    const before = stateOf(app, pages)
    const differences = await each(async function* (person) {
      for (const call of aboutPages) {
        for (const page of pages) {
          if (call.changes && isAllowed(call.expects(person, page))) continue
          yield await tryOut(person, call, page)
        }
      }
    })
    expectNone(differences)
    expect(stateOf(app, pages)).to.deep.equal(before)
  })

  it('lets those who may change pages, and nobody see more of them for it', async () => {
    const differences = await each(async function* (person) {
      for (const call of aboutPages) {
        for (const page of pages) {
          if (!call.changes || !isAllowed(call.expects(person, page))) continue
          yield await tryOut(person, call, await page.again())
        }
      }
    })
    expectNone(differences)
  })

  it('answers what is about no one page as it should', async () => {
    const differences = await each(async function* (person) {
      for (const call of others) {
        const needsAnother = call.endsSession && person.sends.cookie !== undefined && person.refused === undefined
        const sends = needsAnother ? { cookie: await app.signIn(must(person.member)) } : person.sends
        yield await tryOut({ ...person, sends }, call)
      }
    })
    expectNone(differences)
  })

  it('lets whoever may not see a page ask, tells them nothing, and its owner alone', async () => {
    const call = asksToBeLetIn()
    const differences = await each(async function* (person) {
      for (const page of pages) yield await tryOut(person, call, page)
    })
    expectNone(differences)
    const wanted = pages.flatMap(page => {
      const isReal = page.audience !== 'gone'
      const orgId = page.audience === 'elsewhere' ? cast.stranger.member?.orgId : app.owner.member.orgId
      const asking = [...people, ...(page.waiting ? [cast.asker] : [])].filter(
        ({ member, scope, refused, parts }) =>
          isReal && !refused && member?.orgId === orgId && scope !== 'publish' && !partOf({ parts } as Person, page),
      )
      return [...new Set(asking.map(({ member }) => `${member?.email} asks for ${page.name}`))]
    })
    for (let tries = 0; tries < 100 && waitingFor(app, pages).length < wanted.length; tries++) await sleep(50)
    // Long enough for one too many.
    await sleep(200)
    expect(waitingFor(app, pages).sort()).to.deep.equal(wanted.sort())
  })
})

/** Sign-in is elsewhere, at a provider that nobody can reach. */
const settings = {
  GALLEY_TRUST_PROXY: '1',
  GALLEY_OIDC_ISSUER: 'http://127.0.0.1:9',
  GALLEY_OIDC_CLIENT_ID: 'galley',
}

/** Of many, the first: they mostly have one reason. */
function expectNone(differences: readonly string[]): void {
  const first = differences.slice(0, 20).join('\n')
  if (differences.length > 0) throw new Error(`${differences.length} differences: ${first}`)
}

function wordsFor(error: unknown): string {
  if (!(error instanceof AssertionError)) return String(error)
  const { actual, expected } = error as { actual?: unknown; expected?: unknown }
  return `${error.message}\n${inspect({ expected, actual }, { depth: 4, compact: 9, breakLength: 200 })}`
}

const isAllowed = ({ status }: Expected): boolean => status < 300

function judge(expected: Expected, status: number, body: Buffer): void {
  const isProblem = status >= 400 && body.subarray(0, 1).toString() === '{'
  const problem = isProblem ? (JSON.parse(body.toString()) as Problem) : undefined
  expect({ status, code: expected.code && problem?.code }).to.deep.equal({
    status: expected.status,
    code: expected.code,
  })
}

/** Of the person's organisation, whoever may see it. */
const isOfTheirs = ({ parts }: Person, { audience }: Page): boolean =>
  (audience === 'elsewhere') === (parts.elsewhere === 'owner')

/** All that a refused call could have changed, but for who asks to be let in. */
function stateOf(app: TestApp, pages: readonly Page[]): unknown[] {
  const ids = pages.map(({ id }) => `'${id}'`).join()
  return [
    runOn(app.dataDir, `select * from artifacts where id in (${ids}) order by id`),
    runOn(app.dataDir, `select id from versions where artifact_id in (${ids}) order by id`),
    runOn(app.dataDir, `select * from grants where artifact_id in (${ids}) order by artifact_id, kind, subject`),
    runOn(app.dataDir, `select * from access_requests where artifact_id in (${ids}) order by artifact_id, member_id`),
  ]
}

const waitingFor = (app: TestApp, pages: readonly Page[]): string[] =>
  runOn(
    app.dataDir,
    'select r.artifact_id, m.email from access_requests r join members m on m.id = r.member_id where decision is null',
  ).flatMap(({ artifact_id, email }) => {
    const page = pages.find(({ id }) => id === artifact_id)
    return page ? `${email} asks for ${page.name}` : []
  })
