import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { newId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { join } from '../live/watcher.ts'
import { exchange, json } from './exchange.ts'
import { makePages, type Page } from './pages.ts'
import { type Cast, castOf, must, type Person } from './people.ts'

/** In seconds: the clock goes on by hours. */
const day = 86_400

describe('who is refused a page that is there', function () {
  this.timeout(120_000)
  let now = Date.now() + 600_000
  let app: TestApp
  let cast: Cast
  let pages: Page[]

  before(async () => {
    app = await startTestApp({ clock: { now: () => now } }, { GALLEY_TRUST_PROXY: '1' })
    cast = await castOf(app)
    pages = await makePages(app, cast)
  })
  after(() => app.close())
  beforeEach(() => {
    now += limits.lookCounted + 1
  })

  const person = (name: string): Person => must(cast.people.find(person => person.name === name))
  const page = (name: string): Page => must(pages.find(page => page.name === name))
  const ask = (who: Person, { id }: Pick<Page, 'id'>, path = '', method = 'GET', sends = {}) =>
    exchange(app, who, { method, path: `/api/v1/artifacts/${id}${path}`, headers: { 'User-Agent': 'test' }, ...sends })

  /** What was recorded while that was done: all of it is kept when the server has closed. */
  async function recorded(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
    const rows = () =>
      runOn(app.dataDir, "select * from audit where type = 'claude_artifact_access_failed' order by at, id")
    const before = new Set(rows().map(({ id }) => id))
    await work()
    await app.restart()
    return rows().filter(({ id }) => !before.has(id))
  }

  const everything: [string, string, object?][] = [
    ['GET', ''],
    ['GET', '/current'],
    ['GET', '/versions'],
    ['GET', '/versions/2'],
    ['GET', '/versions/2/page'],
    ['GET', '/versions/2/source'],
    ['GET', `/versions/2/delta?from=${'0'.repeat(64)}`],
    ['GET', '/diff?from=1&to=2'],
    ['GET', '/views'],
    ['GET', '/sharing'],
    ['POST', '/versions', { headers: { 'Content-Type': 'text/html' }, body: '<p>Mine</p>' }],
    ['PATCH', '', json({ title: 'Mine' })],
    ['PUT', '/sharing', json({ audience: 'org', people: [], groups: [], version: 'latest' })],
    ['DELETE', ''],
  ]
  for (const [method, path, sends = {}] of everything) {
    it(`is recorded, by ${method} /artifacts/{id}${path.split('?')[0]}, and what is not there is not`, async () => {
      const mia = person('org member')
      const rows = await recorded(async () => {
        for (const of of [
          page('private, latest'),
          page('deleted'),
          page('never there'),
          page("another organisation's"),
        ]) {
          expect((await ask(mia, of, path, method, sends)).status).to.equal(404)
        }
      })
      expect(rows).to.have.length(1)
      const [row] = rows
      expect(row).to.include({
        org_id: mia.member?.orgId,
        at: now,
        actor_type: 'user',
        actor_id: mia.member?.id,
        artifact_id: page('private, latest').id,
      })
      expect(row?.ip).to.match(/^10\./)
      const { action, ...details } = JSON.parse(String(row?.details))
      const isOfOne = /\/versions\/2/.test(path)
      expect(details).to.deep.equal({ reason: 'not_shared', ...(isOfOne && { version: 2 }) })
      expect(action).to.be.a('string')
      expect(row?.version_id).to.equal(isOfOne ? page('private, latest').versions[1]?.id : null)
    })
  }

  it('is recorded by a socket that asks to watch, with its address', async () => {
    const mia = person('org member')
    const rows = await recorded(async () => {
      const watcher = await join(app.url, { ...mia.sends, origin: app.url })
      for (const name of ['private, latest', 'never there', 'deleted', 'org, latest'])
        await watcher.watch(page(name).id)
      watcher.close()
    })
    expect(rows.map(({ artifact_id }) => artifact_id)).to.deep.equal([page('private, latest').id])
    expect(rows[0]?.ip).to.match(/127\.0\.0\.1$/)
    expect(JSON.parse(String(rows[0]?.details))).to.deep.equal({ reason: 'not_shared', action: 'read' })
  })

  it('is recorded once for each person and page in half an hour, whatever they ask, also of another node', async () => {
    const [mia, vera] = [person('org member'), person('viewer')]
    const rows = await recorded(async () => {
      for (const [method, path, sends] of everything) {
        for (const who of [mia, vera]) await ask(who, page('private, latest'), path, method, sends)
      }
      await app.restart()
      now += limits.lookCounted - 1
      await ask(mia, page('private, latest'))
    })
    expect(rows.map(({ actor_id }) => actor_id)).to.have.members([mia.member?.id, vera.member?.id])
    now += 1
    expect(await recorded(() => ask(mia, page('private, latest')))).to.have.length(1)
  })

  it('is recorded with why: their part, their token, a version that was never theirs to see', async () => {
    const vera = person('viewer')
    const publisher = {
      ...vera,
      sends: { token: await app.createToken(must(vera.member), { scope: 'publish', expiresIn: day }) },
    }
    const why = async (who: Person, of: Page, path: string) => {
      now += limits.lookCounted + 1
      return (await recorded(() => ask(who, of, path))).map(({ details }) => JSON.parse(String(details)))
    }
    const shared = page('people, pinned to 2')
    expect(await why(vera, shared, '/sharing')).to.deep.equal([{ reason: 'role', action: 'share' }])
    expect(await why(publisher, shared, '/versions/2/page')).to.deep.equal([
      { reason: 'scope', action: 'read', version: 2 },
    ])
    expect(await why(vera, shared, '/versions/3')).to.deep.equal([
      { reason: 'version_not_shared', action: 'read', version: 3 },
    ])
    for (const path of ['', '/versions/2', '/versions/4', '/versions/x']) {
      expect(await why(vera, shared, path), path).to.deep.equal([])
    }
  })

  it('is recorded of pages that were closed with all of the organisation’s', async () => {
    const cookie = await app.signIn(app.owner.member)
    const close = (publishing: boolean, readableWhenOff: boolean) =>
      app.request('/api/v1/admin/settings', { method: 'PATCH', cookie, json: { publishing, readableWhenOff } })
    await close(false, false)
    const rows = await recorded(() => ask(person('viewer'), page('people, latest')))
    await close(true, true)
    expect(rows.map(({ details }) => JSON.parse(String(details)))).to.deep.equal([
      { reason: 'publishing_disabled', action: 'look' },
    ])
  })

  it('leaves nothing of what was not refused, and nobody’s names of pages in the way', async () => {
    const rows = await recorded(async () => {
      await ask(cast.ana, page('private, latest'))
      await ask(person('viewer'), page('org, latest'))
      await ask(person('anonymous'), page('org, latest'))
      for (let n = 0; n < 20; n++) await ask(person('org member'), { id: newId('artifact', randomBytes) })
      await ask(person('org member'), { id: 'x'.repeat(5_000) })
    })
    expect(rows).to.deep.equal([])
    const [longest] = runOn(app.dataDir, 'select max(length(artifact_id)) as chars from refusals')
    expect(longest?.chars).to.equal(limits.idChars)
  })
})
