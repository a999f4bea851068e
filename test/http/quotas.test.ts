import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Quota } from '../../server/core/ports.ts'
import type { Sizes } from '../../server/quota/quotas.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { galley } from '../publisher/console.ts'
import { onTheWire, problemOf } from './wire.ts'

const metricsToken = 'a-token-for-the-metrics'

describe('who comes too often', () => {
  let app: TestApp
  afterEach(() => app.close())

  const start = async (sizes: Partial<Sizes>) => {
    app = await startTestApp({ quotas: { sizes } }, { GALLEY_METRICS_TOKEN: metricsToken })
  }
  const perMinute = (quota: Quota, points: number) => start({ [quota]: { points, window: 60_000 } })
  const publish = (token: string, body: string | ReadableStream = '<p>') =>
    app.request('/api/v1/artifacts', { method: 'POST', token, headers: { 'Content-Type': 'text/html' }, body })
  const isRefused = async (answer: Response, sentence: RegExp) => {
    const { status, code, detail } = await problemOf(answer)
    expect({ status, code }).to.deep.equal({ status: 429, code: 'rate_limited' })
    expect(detail).to.match(sentence)
    expect(Number(answer.headers.get('Retry-After'))).to.be.within(1, 60)
  }

  it('is refused by credential: requests of one token, not of another of the same member', async () => {
    await perMinute('requests', 3)
    const me = (token: string) => app.request('/api/v1/me', { token })
    for (let i = 0; i < 3; i++) expect((await me(app.owner.token)).status).to.equal(200)
    await isRefused(await me(app.owner.token), /^Too many requests .*\. Wait a moment, then go on\.$/)
    expect((await me(await app.createToken(app.owner.member))).status).to.equal(200)
    const metrics = await (await app.request('/metrics', { token: metricsToken })).text()
    expect(metrics).to.match(/^galley_rate_limited_total 1$/m)
  })

  it('publishes with one token so many, and in one organisation so many, which is nothing to another one', async () => {
    await start({ publishes: { points: 3, window: 60_000 }, org_publishes: { points: 4, window: 60_000 } })
    const other = await app.addMember('bo@other.example', 'Other')
    const second = await app.createToken(app.owner.member)
    for (let i = 0; i < 3; i++) expect((await publish(app.owner.token)).status).to.equal(201)
    await isRefused(await publish(app.owner.token), /^Too many pages .* with one sign-in or access token\./)
    expect((await publish(second)).status, 'what one was refused is not counted for all').to.equal(201)
    await isRefused(await publish(second), /^Your organisation has published too many pages /)
    expect((await publish(other.token)).status).to.equal(201)
    expect((await app.request('/api/v1/artifacts', { token: app.owner.token })).status, 'reading goes on').to.equal(200)
  })

  it('is not charged for a body that never came', async () => {
    await perMinute('org_bytes', 1_000)
    const headers = { Authorization: `Bearer ${app.owner.token}`, 'Content-Type': 'text/html' }
    const tooLarge = await onTheWire(
      app,
      '/api/v1/artifacts',
      { headers: { ...headers, 'Content-Length': limits.sourceBytes + 1 } },
      () => {},
    )
    expect(tooLarge.status).to.equal(413)
    expect((await publish(app.owner.token, 'x'.repeat(600))).status).to.equal(201)
  })

  it('has its bytes counted as they came, and with none left hears so before it sends more', async () => {
    await perMinute('org_bytes', 1_000)
    expect((await publish(app.owner.token, 'x'.repeat(600))).status).to.equal(201)
    const undeclared = new Blob(['x'.repeat(600)]).stream()
    await isRefused(await publish(app.owner.token, undeclared), /^Your organisation has published too much /)
    const headers = { Authorization: `Bearer ${app.owner.token}`, 'Content-Type': 'text/html', 'Content-Length': 600 }
    // Not a byte of it is sent, and all the same it is answered.
    const refused = await onTheWire(app, '/api/v1/artifacts', { headers }, () => {})
    expect(refused.status).to.equal(429)
    const other = await app.addMember('bo@other.example', 'Other')
    expect((await publish(other.token)).status).to.equal(201)
  })

  it('waits as long as it is told to, as the publisher: it says so, and succeeds', async () => {
    await start({ publishes: { points: 2, window: 1_000 } })
    const home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    try {
      const env = { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token }
      const waited: string[] = []
      // Each takes some time itself, so that several may be needed to meet the quota.
      while (waited.length === 0) {
        const all = await Promise.all(
          [1, 2, 3].map(() => galley(['publish', '-', '--type', 'html', '--yes'], { env, typed: '<p>' })),
        )
        for (const { code, stderr, stdout } of all) {
          expect(code, stderr).to.equal(0)
          expect(stdout).to.match(/^http:\/\/localhost:\d+\/a\//)
          if (stderr.includes('Trying again')) waited.push(stderr)
        }
      }
      expect(waited[0]).to.include(
        'Too many pages were published with one sign-in or access token. Wait a moment, then try again. Trying again in 1 s …',
      )
    } finally {
      await rm(home, { recursive: true })
    }
  })
})
