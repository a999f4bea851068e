import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { newId } from '../../shared/ids.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { join, type Watcher } from '../live/watcher.ts'
import { auc } from './auc.ts'
import { type Asked, exchange, json } from './exchange.ts'
import { edition, makePages, partOf } from './pages.ts'
import { castOf, must, named, type Person } from './people.ts'

/** More than this, and enough questions would tell a page that is there from one that is not. */
const most = 0.55
const pairs = Number(process.env.TIMING_PAIRS ?? 10_000)

describe(`${pairs} pairs of questions, of a page that one may not see and of one that is not there`, function () {
  this.timeout(3_600_000)
  let app: TestApp
  let person: Person
  let ids: Record<'there' | 'deleted' | 'nowhere', string[]>
  /** Many, since each is cut that asks too often. */
  let watchers: Watcher[]
  const rows: object[] = []

  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + 600_000 } }, { GALLEY_TRUST_PROXY: '1' })
    const cast = await castOf(app)
    person = must(cast.people.find(({ name }) => name === 'org member'))
    const pages = (await makePages(app, cast)).filter(page => page.id.length > 1 && !partOf(person, page))
    const there = pages.filter(({ audience }) => audience !== 'gone' && audience !== 'elsewhere').map(({ id }) => id)
    const deleted = pages.filter(({ deletedBy }) => deletedBy).map(({ id }) => id)
    ids = { there, deleted, nowhere: Array.from({ length: 100 }, () => newId('artifact', randomBytes)) }
    const origin = app.url
    watchers = await Promise.all(Array.from({ length: 250 }, () => join(app.url, { ...person.sends, origin })))
  })
  after(async () => {
    for (const watcher of watchers) watcher.close()
    console.table(rows)
    await app.close()
  })

  /** Each pair in either order by chance, so that nothing that comes in turns favours one. */
  async function compare(
    question: string,
    ask: (id: string) => Promise<unknown>,
    real: 'there' | 'deleted' = 'there',
  ): Promise<void> {
    const times = { there: [] as number[], nowhere: [] as number[] }
    const time = async (which: keyof typeof times, pair: number) => {
      const of = ids[which === 'there' ? real : which]
      const begun = performance.now()
      await ask(must(of[pair % of.length]))
      times[which].push(performance.now() - begun)
    }
    // What is compiled and cached along the way is so for both.
    for (let warm = 0; warm < 200; warm++) await ask(must(ids.nowhere[0]))
    for (let pair = 0; pair < pairs; pair++) {
      const first = must(randomBytes(1)[0]) % 2 === 0
      await time(first ? 'there' : 'nowhere', pair)
      await time(first ? 'nowhere' : 'there', pair)
    }
    const told = auc(times.there, times.nowhere)
    rows.push({ question, 'area under the curve': told.toFixed(3), ...medians(times) })
    expect(Math.max(told, 1 - told), question).to.be.at.most(most)
  }

  const call = (method: string, path: string, sends: Partial<Asked> = {}) => ({
    question: `${method} /artifacts/{id}${path}`,
    ask: (id: string) => exchange(app, person, { method, path: `/api/v1/artifacts/${id}${path}`, ...sends }),
  })
  const page4 = { headers: { 'Content-Type': 'text/html' }, body: edition(4).html }
  const questions = [
    call('GET', ''),
    call('GET', '/current'),
    call('GET', '/versions/2/page'),
    call('GET', '/versions'),
    call('GET', '/sharing'),
    call('POST', '/versions', page4),
    call('PATCH', '', json({ title: 'Mine' })),
    call('PUT', '/sharing', json({ audience: 'org', ...named, version: 'latest' })),
    call('DELETE', ''),
    call('POST', '/restore'),
    call('POST', '/access-requests'),
  ]
  for (const { question, ask } of questions) {
    it(`cannot be told apart by ${question}`, () => compare(question, ask))
  }

  it('cannot be told apart by asking back what somebody else has deleted', () =>
    compare('POST /artifacts/{id}/restore, deleted', call('POST', '/restore').ask, 'deleted'))

  it('cannot be told apart by watching', () => {
    let asked = 0
    return compare('watch', id => must(watchers[asked++ % watchers.length]).watch(id))
  })

  it('cannot be told apart by what is asked after a request for access', async () => {
    const { ask } = call('POST', '/access-requests')
    await compare('POST /access-requests, then GET /me', async id => {
      await ask(id)
      await exchange(app, person, { method: 'GET', path: '/api/v1/me' })
    })
  })
})

/** In microseconds. */
const medians = ({ there, nowhere }: Record<'there' | 'nowhere', number[]>) => {
  const median = (times: number[]) => Math.round(1000 * must(times.toSorted((a, b) => a - b)[times.length >> 1]))
  return { 'median µs, there': median(there), 'median µs, nowhere': median(nowhere) }
}
