import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { newId } from '../../shared/ids.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { join, type Watcher } from '../live/watcher.ts'
import { auc } from './auc.ts'
import { type Asked, exchange, json } from './exchange.ts'
import { edition, makePages, type Page } from './pages.ts'
import { castOf, must, named, type Person } from './people.ts'

/** More than this, and enough questions would tell a page that is there from one that is not. */
const most = 0.55
const pairs = Number(process.env.TIMING_PAIRS ?? 10_000)

describe(`${pairs} pairs of questions, of a page that one may not see and of one that is not there`, function () {
  this.timeout(3_600_000)
  let app: TestApp
  let page: Page
  let person: Person
  let watcher: Watcher
  const rows: object[] = []

  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + 600_000 } }, { GALLEY_TRUST_PROXY: '1' })
    const cast = await castOf(app)
    person = must(cast.people.find(({ name }) => name === 'org member'))
    page = must((await makePages(app, cast)).find(({ name }) => name === 'people, pinned to 2'))
    watcher = await join(app.url, { cookie: must(person.sends.cookie), origin: app.url })
  })
  after(async () => {
    watcher.close()
    console.table(rows)
    await app.close()
  })

  /** Each pair in either order by chance, so that nothing that comes in turns favours one. */
  async function compare(question: string, ask: (id: string) => Promise<unknown>): Promise<void> {
    const times = { there: [] as number[], nowhere: [] as number[] }
    const time = async (which: keyof typeof times) => {
      const id = which === 'there' ? page.id : newId('artifact', randomBytes)
      const begun = performance.now()
      await ask(id)
      times[which].push(performance.now() - begun)
    }
    // What is compiled and cached along the way is so for both.
    for (let warm = 0; warm < 200; warm++) await ask(newId('artifact', randomBytes))
    for (let pair = 0; pair < pairs; pair++) {
      const first = must(randomBytes(1)[0]) % 2 === 0
      await time(first ? 'there' : 'nowhere')
      await time(first ? 'nowhere' : 'there')
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

  it('cannot be told apart by watching', () => compare('watch', id => watcher.watch(id)))

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
