import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { onTheWire, problemOf } from './wire.ts'

describe('where requests come from and go to', () => {
  let app: TestApp
  let cookie: string
  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
  })
  after(() => app.close())

  describe('with a session cookie, what changes something', () => {
    const publish = (headers: Record<string, string>) =>
      app.request('/api/v1/artifacts', {
        method: 'POST',
        headers: { Cookie: cookie, 'Content-Type': 'text/html', ...headers },
        body: '<p>From where?',
      })

    it("is done from the app's own pages", async () => {
      expect((await publish({ Origin: app.url })).status).to.equal(201)
      expect((await publish({ Origin: app.url, 'Sec-Fetch-Site': 'same-origin' })).status).to.equal(201)
    })

    const foreign: [string, () => Record<string, string>][] = [
      ['another origin', () => ({ Origin: 'https://evil.example' })],
      ['a content origin', () => ({ Origin: app.contentUrls[0] ?? '' })],
      ['an opaque origin', () => ({ Origin: 'null' })],
      ['nowhere', () => ({})],
      ['this origin, as another site says', () => ({ Origin: app.url, 'Sec-Fetch-Site': 'cross-site' })],
      ['this origin, as a sister says', () => ({ Origin: app.url, 'Sec-Fetch-Site': 'same-site' })],
    ]
    for (const [from, headers] of foreign) {
      it(`is refused from ${from}`, async () => {
        const answer = await publish(headers())
        expect(answer.status).to.equal(403)
        expect((await problemOf(answer)).code).to.equal('bad_origin')
      })
    }

    it('reading needs none of it', async () => {
      expect((await app.request('/api/v1/me', { headers: { Cookie: cookie } })).status).to.equal(200)
    })

    it('nor does an access token, which no browser adds by itself', async () => {
      const headers = { 'Content-Type': 'text/html', Origin: 'https://ci.example' }
      const sent = { method: 'POST', token: app.owner.token, headers, body: '<p>' }
      expect((await app.request('/api/v1/artifacts', sent)).status).to.equal(201)
    })
  })

  it('nobody is signed in by another site', async () => {
    const secret = new URL(await app.signInLink(app.owner.member)).hash.slice(1)
    for (const Origin of ['https://evil.example', 'null']) {
      const answer = await app.request('/api/v1/session', { method: 'POST', json: { secret }, headers: { Origin } })
      expect((await problemOf(answer)).code).to.equal('bad_origin')
    }
  })

  describe('under another host', () => {
    const at = (path: string, method: string, host: string) =>
      onTheWire(app, path, { method, headers: { Host: host } }, request => request.end())

    it('what is read is sent to the public URL', async () => {
      for (const host of [new URL(app.url).host.replace('localhost', '127.0.0.1'), 'rebound.example']) {
        const answer = await at('/a/cart_x?next=1', 'GET', host)
        expect(answer.status).to.equal(307)
        expect(answer.headers.location).to.equal(`${app.url}/a/cart_x?next=1`)
      }
    })

    it('what changes something is refused', async () => {
      const answer = await at('/api/v1/artifacts', 'POST', 'rebound.example')
      expect(answer.status).to.equal(400)
      expect(JSON.parse(answer.body)).to.include({
        code: 'wrong_host',
        detail: `This server answers at ${app.url} only. Send the request there.`,
      })
    })

    it('health is answered', async () => {
      for (const path of ['/healthz', '/readyz']) expect((await at(path, 'GET', '10.0.0.7')).status, path).to.equal(200)
    })

    it('a content origin serves frames, and nothing of the app', async () => {
      const host = new URL(app.contentUrls[0] ?? '').host
      expect((await at('/frame', 'GET', host)).status).to.equal(200)
      for (const path of ['/', '/api/v1/me', '/sign-in', '/.well-known/jwks.json']) {
        expect((await at(path, 'GET', host)).status, path).to.equal(404)
      }
    })
  })

  it('every answer of the app carries its walls and a request id', async () => {
    const paths = ['/healthz', '/api/v1/me', '/api/v1/nothing', '/', '/sign-in', '/nothing', '/.well-known/jwks.json']
    const answers = await Promise.all(paths.map(path => app.request(path)))
    for (const answer of answers) {
      const headers = Object.fromEntries(answer.headers)
      expect(headers['content-security-policy'], answer.url).to.include("frame-ancestors 'none'")
      expect(headers, answer.url).to.include({
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
      })
      expect(headers['x-request-id']).to.match(/^req_[\w-]{16}$/)
      expect(headers).to.not.have.property('x-powered-by')
    }
    expect(new Set(answers.map(answer => answer.headers.get('X-Request-Id'))).size).to.equal(paths.length)
  })
})
