import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { SharingUpdate } from '../../shared/api.ts'
import { newId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Asked, bytesOf, exchange } from './exchange.ts'
import { otherCalls } from './other-calls.ts'
import { answersRequest, asksToBeLetIn, pageCalls } from './page-calls.ts'
import { askedFor, currentOf, done, edition, makePage, makePages, type Page, partOf, publishNext } from './pages.ts'
import { type Cast, castOf, must, named, type Person, signInLater } from './people.ts'
import { statementsOf } from './statements.ts'

describe('no answer tells', function () {
  this.timeout(120_000)
  let app: TestApp
  let cast: Cast
  let people: Person[]
  let pages: Page[]

  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + 600_000 } }, { GALLEY_TRUST_PROXY: '1' })
    cast = await castOf(app)
    pages = await makePages(app, cast)
    people = [...cast.people, ...(await signInLater(app))]
  })
  after(() => app.close())

  /** One for each route: to whom there is no page, there is no version of it either. */
  const calls = () => {
    const all = [asksToBeLetIn(), answersRequest(must(cast.asker.member).id, 'viewer'), ...pageCalls(app)]
    return [...new Map(all.map(call => [call.route, call])).values()]
  }
  const current = () => must(calls().find(({ route }) => route.endsWith('/current')))
  const never = (page: Page): Page => ({ ...page, name: 'never there', id: newId('artifact', randomBytes) })
  const bytes = async (person: Person, asked: Asked, id: string) => bytesOf(await exchange(app, person, asked), id)

  it('what is not one’s own from what is not there at all, in one byte', async () => {
    const differences: string[] = []
    for (const person of ofEachKind(people)) {
      for (const page of pages.filter(page => page.id !== 'x' && partOf(person, page) === undefined)) {
        if (page.deletedBy?.member === person.member) continue
        for (const call of calls()) {
          const both = [page, never(page)].flatMap(each => withHead(call.ask(each)))
          const said = await Promise.all(both.map(asked => bytes(person, asked, idIn(asked))))
          const half = said.length / 2
          if (said.slice(0, half).join('\n') !== said.slice(half).join('\n')) {
            differences.push([person.name, call.route, page.name, ...said].join('\n'))
          }
        }
      }
    }
    expect(differences).to.deep.equal([])
  })

  it('a version that a pin hides from one that is not there at all', async () => {
    const viewers = people.filter(({ parts, refused }) => parts.org === 'viewer' && !refused)
    for (const page of pages.filter(({ pinned, audience }) => pinned !== null && audience === 'org')) {
      for (const viewer of viewers) {
        for (const path of ['', '/page', '/source', `/delta?from=${must(page.versions[1]).sha256}`]) {
          const said = [3, 4].map(number => {
            const asked = { method: 'GET', path: `/api/v1/artifacts/${page.id}/versions/${number}${path}` }
            return bytes(viewer, asked, page.id)
          })
          const [hidden, none] = await Promise.all(said)
          expect(hidden, `${viewer.name}: ${path}`).to.equal(none)
        }
        const bases = [must(page.versions[2]).sha256, randomBytes(32).toString('hex')].map(from => {
          const asked = { method: 'GET', path: `/api/v1/artifacts/${page.id}/versions/2/delta?from=${from}` }
          return bytes(viewer, asked, page.id)
        })
        const [hidden, none] = await Promise.all(bases)
        expect(hidden, `${viewer.name}: delta`).to.equal(none)
      }
    }
  })

  it('a viewer of what goes on behind a pin, or between others', async () => {
    const viewers = people.filter(({ parts, refused }) => parts.people === 'viewer' && !refused)
    const page = await makePage(app, cast, { audience: 'people', pinned: 2 })
    const reads = [...pageCalls(app).map(call => call.ask(page)), ...otherCalls(app, []).map(({ ask }) => ask)].filter(
      ({ method, path }) => method === 'GET' && !/^\/(readyz|healthz|sign-in)/.test(path),
    )
    const told = async () => {
      const answers = new Map<string, string>()
      for (const viewer of viewers) {
        for (const asked of reads) {
          answers.set(`${viewer.name} ${asked.path}`, await bytes(viewer, asked, page.id))
        }
      }
      return answers
    }
    const before = await told()
    const { ana, asker } = cast
    const next = edition(4)
    const labels = '&title=Told&icon=%F0%9F%8D%8B&description=Told'
    await publishNext(app, ana, page.id, { ...next, query: next.query + labels })
    const update: SharingUpdate = {
      audience: 'people',
      people: [...named.people, { email: 'olive@acme.example', role: 'editor' }],
      groups: named.groups,
      version: 2,
    }
    await done(app.request(`/api/v1/artifacts/${page.id}/sharing`, { method: 'PUT', ...ana.sends, json: update }))
    await askedFor(app, { ana, asker }, page.id)
    const after = await told()
    expect([...after].filter(([asked, answer]) => before.get(asked) !== answer)).to.deep.equal([])
    expect((await currentOf(app, ana, page.id)).latest).to.equal(4)
  })

  it('by what it costs: the same statements, in the same order', async () => {
    const hidden = pages.filter(({ id }) => id !== 'x').map(page => [page, never(page)] as const)
    const outsiders = people.filter(({ name }) => ['org member', 'owner of another org', 'viewer'].includes(name))
    // That they were refused is written once, and afterwards.
    for (const person of outsiders) for (const page of hidden.flat()) await exchange(app, person, current().ask(page))
    while ((await statementsOf(() => sleep(2 * limits.looksKept))).length > 0);
    for (const person of outsiders) {
      for (const [page, twin] of hidden.filter(([page]) => partOf(person, page) === undefined)) {
        for (const call of calls().filter(({ route }) => !route.endsWith('/access-requests'))) {
          const cost = async (of: Page) => {
            const statements = await statementsOf(() => exchange(app, person, call.ask(of)))
            // The server itself looks now and then whether its data were restored.
            return statements.filter(statement => !statement.includes('from "meta"'))
          }
          const [there, nowhere] = [await cost(page), await cost(twin)]
          expect(there, `${person.name} · ${call.route} · ${page.name}`).to.deep.equal(nowhere)
          // Who asks is looked up at least.
          expect(there).to.not.be.empty
        }
      }
    }
  })

  it('by what is written afterwards, but for the row of the audit log', async () => {
    const { member, token } = await app.addMember('nora@acme.example')
    const person = { ...must(people[0]), sends: { token }, member }
    for (const page of pages.filter(page => page.id !== 'x' && page.audience !== 'org')) {
      const written = async (of: Page) => {
        const statements = await statementsOf(async soFar => {
          await exchange(app, person, current().ask(of))
          const until = performance.now() + 5_000
          while (!soFar.includes('commit') && performance.now() < until) await sleep(10)
        })
        return statements.slice(statements.findIndex(statement => statement.startsWith('begin')))
      }
      const [there, nowhere] = [await written(page), await written(never(page))]
      expect(nowhere.at(-1), page.name).to.equal('commit')
      expect(
        there.filter(statement => !statement.startsWith('insert into "audit"')),
        page.name,
      ).to.deep.equal(nowhere)
      const isThere = page.audience === 'private' || page.audience === 'people'
      expect(there.length - nowhere.length, page.name).to.equal(isThere ? 1 : 0)
    }
  })

  /** Answered before anything is looked up; and what is then kept is one transaction either way. */
  it('by what a request for access leaves behind it', async () => {
    const person = must(people.find(({ name }) => name === 'org member'))
    const call = asksToBeLetIn()
    for (const page of pages.filter(page => page.id !== 'x' && partOf(person, page) === undefined)) {
      const commits = async (of: Page) => {
        const kept = await statementsOf(async soFar => {
          await exchange(app, person, call.ask(of))
          const until = performance.now() + 5_000
          while (!soFar.includes('commit') && performance.now() < until) await new Promise(setImmediate)
        })
        return kept.filter(statement => /^(begin|commit|rollback)/.test(statement))
      }
      expect(await commits(page), page.name).to.deep.equal(await commits(never(page)))
    }
  })
})

const withHead = (asked: Asked): Asked[] => (asked.method === 'GET' ? [asked, { ...asked, method: 'HEAD' }] : [asked])

const idIn = ({ path }: Asked): string => must(/cart_\w+/.exec(path)?.[0])

/** One of those who may do the same, and come in the same way. */
function ofEachKind(people: readonly Person[]): Person[] {
  const kinds = new Map(
    people.map(person => [
      JSON.stringify([person.parts, person.scope, person.refused, Object.keys(person.sends)]),
      person,
    ]),
  )
  return [...kinds.values()]
}
