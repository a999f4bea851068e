import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { problemOf } from './wire.ts'

const given = '7f3c2d1a-proxys_own'
const made = /^req_[\w-]{16}$/

describe('the id of a request', () => {
  const apps: TestApp[] = []
  after(async () => {
    for (const app of apps) await app.close()
  })

  const start = async (settings: Record<string, string> = {}): Promise<TestApp> => {
    const app = await startTestApp({}, settings)
    apps.push(app)
    return app
  }
  const idFor = async (app: TestApp, headers: Record<string, string>): Promise<string> => {
    const answer = await app.request('/api/v1/me', { headers })
    // It says in the problem what it says in the header.
    expect((await problemOf(answer)).status).to.equal(401)
    return answer.headers.get('X-Request-Id') ?? ''
  }
  const proxied = { 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': given }

  it("is the server's own, whatever a stranger says", async () => {
    const app = await start()
    expect(await idFor(app, {})).to.match(made)
    expect(await idFor(app, proxied)).to.match(made)
  })

  it('is the one that a proxy gave it, where the proxy is believed', async () => {
    const app = await start({ GALLEY_TRUST_PROXY: '1' })
    expect(await idFor(app, proxied)).to.equal(given)
    expect(await idFor(app, { 'X-Request-Id': given })).to.match(made)
    const byAddress = await start({ GALLEY_TRUST_PROXY: 'loopback' })
    expect(await idFor(byAddress, proxied)).to.equal(given)
    const another = await start({ GALLEY_TRUST_PROXY: '10.0.0.0/8' })
    expect(await idFor(another, proxied)).to.match(made)
  })

  it('is none that would not do in a log', async () => {
    const app = await start({ GALLEY_TRUST_PROXY: '1' })
    for (const id of ['', 'a b', 'a"b', '{}', 'é', 'x'.repeat(65)]) {
      expect(await idFor(app, { ...proxied, 'X-Request-Id': id }), id).to.match(made)
    }
  })
})
