import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../e2e/stage.ts'
import { join } from '../live/watcher.ts'
import { parseMetrics } from './scrape.ts'
import { onTheWire, problemOf } from './wire.ts'

const token = 'a token of the tests for /metrics'.replaceAll(' ', '-')

describe('/metrics', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp({}, { GALLEY_METRICS_TOKEN: token })
  })
  after(() => app.close())

  const scrape = async () => {
    const answer = await app.request('/metrics', { token })
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('Content-Type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    return { text, ...parseMetrics(text) }
  }

  /** How much each series went up from one look to the other, where it did. */
  const risen = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> =>
    new Map(
      [...after]
        .map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const)
        .filter(([, by]) => by > 0),
    )

  it('is read with the token alone, under any host name', async () => {
    expect(await problemOf(await app.request('/metrics'))).to.include({ code: 'not_signed_in' })
    for (const wrong of ['wrong', `${token}x`, token.slice(1), app.owner.token]) {
      expect(await problemOf(await app.request('/metrics', { token: wrong })), wrong).to.include({
        code: 'token_invalid',
      })
    }
    const basic = { Authorization: `Basic ${token}` }
    expect((await app.request('/metrics', { headers: basic })).status).to.equal(401)
    expect((await app.request(`/metrics?token=${token}`)).status).to.equal(401)
    expect((await app.request('/metrics', { method: 'POST', token })).status).to.equal(405)
    const headers = { Host: '10.0.0.7:9090', Authorization: `Bearer ${token}` }
    expect(await onTheWire(app, '/metrics', { method: 'GET', headers }, sent => sent.end())).to.include({ status: 200 })
  })

  it('is not there without a token in the settings', async () => {
    const without = await startTestApp()
    try {
      expect((await without.request('/metrics', { token })).status).to.equal(404)
    } finally {
      await without.close()
    }
  })

  it('is not there on the hosts of the pages', async () => {
    for (const origin of app.contentUrls) {
      const headers = { Authorization: `Bearer ${token}` }
      expect((await fetch(`${origin}/metrics`, { headers })).status).to.equal(404)
    }
  })

  it('shows what goes on, and about whom to nobody', async () => {
    const before = await scrape()
    const cookie = await app.signIn(app.owner.member)
    const watcher = await join(app.url, { cookie, origin: app.url })
    const { id, sha256 } = await app.publish('<!doctype html><title>Takings of the third quarter</title>')
    const { epoch } = (await (await app.request(`/api/v1/artifacts/${id}`, { token: app.owner.token })).json()) as {
      epoch: string
    }
    await watcher.watch(id)
    const next = '<!doctype html><title>Takings of the third quarter</title><p>More'
    await app.publish(next, { to: id, query: 'note=Nobody+else+knows' })
    await app.publish(next, { to: id })
    await watcher.heard(1)
    await app.publish('', {}).catch(() => {})
    await app.request('/api/v1/me')
    await app.request('/')
    const after = await scrape()
    watcher.close()

    const more = risen(before.values, after.values)
    expect(Object.fromEntries([...more].filter(([series]) => series.startsWith('galley_publishes')))).to.deep.equal({
      'galley_publishes_total{outcome="kept"}': 2,
      'galley_publishes_total{outcome="unchanged"}': 1,
      'galley_publishes_total{outcome="refused"}': 1,
    })
    expect(more.get('galley_http_responses_total{outcome="2xx"}')).to.be.at.least(5)
    expect(more.get('galley_http_responses_total{outcome="3xx"}')).to.equal(1)
    expect(more.get('galley_http_responses_total{outcome="4xx"}')).to.equal(2)
    for (const timer of ['http_request', 'store_transaction', 'store_query', 'fan_out'])
      expect(more.get(`galley_${timer}_seconds_count`), timer).to.be.greaterThan(0)
    for (const shown of ['connections', 'rooms']) expect(after.values.get(`galley_${shown}`), shown).to.equal(1)

    const people = [app.owner.member.id, app.owner.member.orgId, app.owner.member.email, 'Acme', '127.0.0.1']
    const secrets = [app.owner.token, token, cookie, cookie.split('=')[1] ?? '']
    const pages = [id, sha256, epoch, 'Takings', 'Nobody']
    for (const one of [...people, ...secrets, ...pages]) expect(after.text).to.not.include(one)
    // Labels are of closed sets.
    const labels = [...after.values.keys()].flatMap(series => [...series.matchAll(/(\w+)="/g)].map(([, name]) => name))
    expect(new Set(labels)).to.deep.equal(
      new Set(['outcome', 'le', 'kind', 'space', 'type', 'version', 'major', 'minor', 'patch']),
    )
  })

  it('times each reconcile', async () => {
    const watcher = await join(app.url, { cookie: await app.signIn(app.owner.member), origin: app.url })
    await watcher.watch((await app.publish('<!doctype html><p>Watched')).id)
    await eventually(async () => {
      expect((await scrape()).values.get('galley_reconcile_seconds_count')).to.be.greaterThan(0)
    })
    watcher.close()
  })

  it('has all that the book for operators names from the start, at 0, so that what happens first is seen to happen', async () => {
    const { values, types } = await scrape()
    const ours = [...types.keys()].filter(name => name.startsWith('galley_'))
    expect([...ours, 'galley_redis_up', 'galley_store_waiting']).to.have.members(await namedInBook())
    for (const name of ours) {
      const isThere = [...values.keys()].some(series => series.startsWith(name))
      expect(isThere, name).to.equal(true)
    }
    expect(values.get('galley_publishes_total{outcome="failed"}')).to.equal(0)
    expect([...types.keys()]).to.include.members(['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
  })

  it('counts what was aborted as such, and probes not at all', async () => {
    const before = await scrape()
    for (const probe of ['/healthz', '/readyz', '/metrics']) await app.request(probe)
    const headers = { 'Content-Type': 'text/html', 'Content-Length': 100, Authorization: `Bearer ${app.owner.token}` }
    const sent = request(`${app.url}/api/v1/artifacts`, { method: 'POST', headers }).on('error', () => {})
    await new Promise(resolve => sent.write('half of it', resolve))
    // What came before this connection was even accepted has been read.
    await app.request('/healthz')
    sent.destroy()
    await eventually(async () => {
      const more = [...risen(before.values, (await scrape()).values)]
      const requests = more.filter(([series]) => /^galley_(http_responses|publishes)_total/.test(series))
      expect(Object.fromEntries(requests)).to.deep.equal({
        'galley_http_responses_total{outcome="aborted"}': 1,
        'galley_publishes_total{outcome="refused"}': 1,
      })
    })
  })
})

/** The first column of its table. */
async function namedInBook(): Promise<string[]> {
  const book = await readFile(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8')
  const cells = [...book.matchAll(/^\| (`galley_[^|]*) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap(cell => [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name))
}
