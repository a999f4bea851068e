import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { createComplianceKeyFor } from '../../server/core/compliance-keys.ts'
import { addMember, addOrg } from '../../server/core/people.ts'
import { makeSignInLink } from '../../server/core/sign-in.ts'
import { openOffice } from '../../server/operator/office.ts'
import {
  type DeviceAuthorization,
  type DeviceToken,
  deviceClientId,
  deviceGrantType,
  type Published,
} from '../../shared/api.ts'
import { eventually } from '../e2e/stage.ts'
import { type Serving, serveGalley } from '../galley-process.ts'
import { join as watch } from '../live/watcher.ts'
import { type Postgres, startPostgres } from '../postgres.ts'
import { Person } from '../provider/person.ts'
import { startProvider, type TestProvider } from '../provider/provider.ts'
import { type Redis, startRedis } from '../redis.ts'

/** What was told to the server, or by it, that nobody who reads its log is to know. */
const secrets = new Map<string, string>()
const secret = (what: string, text = `the-${what}-nobody-may-read`.replaceAll(' ', '-')): string => {
  if (text.length < 6) throw new Error(`${what} is too short to be looked for: ${text}`)
  secrets.set(what, text)
  return text
}

interface Line {
  level: number
  msg: string
  requestId?: string
  err?: Record<string, unknown>
}

describe('the log of a node, at its loudest', function () {
  this.timeout(120_000)
  const metricsToken = secret('token for metrics')
  const idempotencyKey = secret('idempotency key')
  let dataDir: string
  let postgres: Postgres
  let redis: Redis
  let provider: TestProvider
  let server: Serving
  let database: string
  let token: string
  let signInLink: string
  let complianceKey: string

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    const requirepass = secret('password of Redis')
    ;[postgres, redis, provider] = await Promise.all([startPostgres(), startRedis({ requirepass }), startProvider()])
    database = await postgres.createDatabase()
    secret('password of PostgreSQL', decodeURIComponent(new URL(database).password))
    secret('secret of the provider', provider.env.GALLEY_OIDC_CLIENT_SECRET)
    const env = {
      GALLEY_DATA_DIR: dataDir,
      DATABASE_URL: database,
      REDIS_URL: redis.url.replace('//', `//:${requirepass}@`),
      GALLEY_METRICS_TOKEN: metricsToken,
      GALLEY_TRUST_PROXY: 'loopback',
      GALLEY_LOG_LEVEL: 'trace',
      ...provider.env,
    }
    server = await serveGalley(env)
    await provider.serves(server.url)
    await provider.knows({ ada: { email: 'ada@acme.example', email_verified: true, name: 'Ada', org: 'acme' } })
    const office = await openOffice(
      { ...env, GALLEY_LOG_LEVEL: 'error', GALLEY_PUBLIC_URL: server.url },
      { make: false },
    )
    try {
      const org = await addOrg(office.world, { name: 'Acme', claim: 'acme' })
      const member = await addMember(office.world, { orgId: org.id, email: 'olive@acme.example', role: 'owner' })
      const asked = { name: secret('name of a token'), scope: 'full', expiresIn: 3600 } as const
      token = secret(
        'token',
        await office.identity.accessToken(await createAccessTokenFor(office.world, member, asked)),
      )
      signInLink = (await makeSignInLink(office.world, member)).url
      const key = { name: secret('name of a compliance key'), scopes: ['read:compliance_user_data' as const] }
      complianceKey = secret('compliance key', (await createComplianceKeyFor(office.world, [org.id], key)).secret)
    } finally {
      await office.close()
    }
  })
  after(async () => {
    await server.stop('SIGKILL')
    await provider.stop()
    await redis.close()
    await postgres.close()
    await rm(dataDir, { recursive: true })
  })

  const ask = (path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Response> =>
    fetch(server.url + path, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) })
  const asJson = (json: object, headers: Record<string, string> = {}): Sent => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.url, ...headers },
    body: JSON.stringify(json),
  })
  const asForm = (fields: Record<string, string>): Sent => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
  const cookieOf = (what: string, answer: Response): string => {
    const [line = ''] = answer.headers.getSetCookie()
    const [, name, value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    return `${name}=${secret(what, value)}`
  }
  const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status
  const lines = (): Line[] =>
    server
      .said()
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Line)
  const bearer = (given = token) => ({ Authorization: `Bearer ${given}` })
  const page = (headers: Record<string, string>, body: Sent['body']): Sent => ({
    method: 'POST',
    headers: { 'Content-Type': 'text/html', ...bearer(), ...headers },
    body,
  })

  it('is of what people publish', async () => {
    const labels = { title: secret('title'), note: secret('note'), description: secret('description') }
    const html = `<!doctype html><title>${secret("page's title")}</title><p>${secret('page')}`
    const path = `/api/v1/artifacts?${new URLSearchParams(labels)}`
    const sent = page({ 'Idempotency-Key': idempotencyKey }, html)
    const answer = await ask(path, sent)
    const { id } = (await answer.json()) as Published
    expect(answer.status).to.equal(201)
    expect(await statusOf(ask(path, { ...sent, body: `${html} again` }))).to.equal(422)
    expect(await statusOf(ask(`${path}&unknown=${secret('unknown parameter')}`, sent))).to.equal(400)
    expect(await statusOf(ask(path, page({ 'Content-Encoding': 'gzip' }, html)))).to.equal(400)
    const cut = gzipSync(html).subarray(0, 60)
    expect(await statusOf(ask(path, page({ 'Content-Encoding': 'gzip' }, cut)))).to.equal(400)
    expect(await statusOf(ask(path, page({}, Buffer.from(`${secret('invalid page')}\xff`, 'latin1'))))).to.equal(422)
    expect(await statusOf(ask(path, page({ 'Content-Type': 'text/markdown' }, `# ${secret('heading')}`)))).to.equal(201)
    const sharing = {
      audience: 'people',
      people: [{ email: `${secret('address')}@x.example`, role: 'viewer' }],
      groups: [{ name: secret('group'), role: 'viewer' }],
      version: 'latest',
    }
    expect(
      await statusOf(ask(`/api/v1/artifacts/${id}/sharing`, { ...asJson(sharing, bearer()), method: 'PUT' })),
    ).to.equal(200)
    const search = secret('what is searched for')
    for (const path of [`/api/v1/artifacts?q=${search}`, `/?q=${search}`, `/a/${id}?q=${search}#${search}`])
      await ask(path, { headers: bearer() })
    expect(
      await statusOf(ask('/api/v1/tokens', { ...asJson({}, bearer()), body: `{"name": "${secret('malformed JSON')}` })),
    ).to.equal(400)
    const watcher = await watch(server.url, { token })
    expect(await watcher.watch(id)).to.include({ ok: true })
    await watcher.watch(secret('what is watched'))
    watcher.close()
  })

  it('is of how they sign in, and of who only tries', async () => {
    const linked = secret('secret of a sign-in link', new URL(signInLink).hash.slice(1))
    const wrong = secret('wrong secret')
    expect(await statusOf(ask('/api/v1/session', asJson({ secret: wrong })))).to.equal(403)
    expect(await statusOf(ask('/api/v1/session/preview', asJson({ secret: linked })))).to.equal(200)
    const Cookie = cookieOf('session', await ask('/api/v1/session', asJson({ secret: linked })))
    expect(await statusOf(ask('/api/v1/me', { headers: { Cookie } }))).to.equal(200)
    expect(await statusOf(ask('/api/v1/session/renew', asJson({}, { Cookie })))).to.equal(204)

    const authorized = await ask(
      '/api/v1/device/authorize',
      asForm({ client_id: deviceClientId, device_name: secret('device') }),
    )
    const codes = (await authorized.json()) as DeviceAuthorization
    const device = secret('device code', codes.device_code)
    const userCode = secret('user code', codes.user_code)
    const poll = asForm({ client_id: deviceClientId, grant_type: deviceGrantType, device_code: device })
    expect(await statusOf(ask(`/device?user_code=${userCode}`, { headers: { Cookie } }))).to.equal(200)
    expect(await statusOf(ask('/api/v1/device/preview', asJson({ userCode }, { Cookie })))).to.equal(200)
    expect(await statusOf(ask('/api/v1/device/decision', asJson({ userCode, approve: true }, { Cookie })))).to.equal(
      204,
    )
    const granted = (await (await ask('/api/v1/device/token', poll)).json()) as DeviceToken
    secret("device's token", granted.access_token)

    const made = await ask('/api/v1/tokens', asJson({ name: 'CI', scope: 'publish', expiresIn: 60 }, { Cookie }))
    const { token: given = '', id = '' } = (await made.json()) as Record<string, string>
    secret('new token', given)
    await ask(`/api/v1/tokens/${id}`, { method: 'DELETE', headers: { Cookie, Origin: server.url } })
    const tampered = secret('token with a wrong signature', `${token.slice(0, -6)}AAAAAA`)
    for (const bad of [given, tampered, secret('what is no token')]) {
      expect(await statusOf(ask('/api/v1/me', { headers: bearer(bad) }))).to.equal(401)
      await watch(server.url, { token: bad }).catch(() => {})
    }
    const watcher = await watch(server.url, { cookie: Cookie, origin: server.url })
    watcher.close()
    expect(await statusOf(ask('/metrics', { headers: bearer(secret('wrong token for metrics')) }))).to.equal(401)
    expect(await statusOf(ask('/metrics', { headers: bearer(metricsToken) }))).to.equal(200)
    expect(
      await statusOf(ask('/api/v1/session', { method: 'DELETE', headers: { Cookie, Origin: server.url } })),
    ).to.equal(204)
  })

  it('is of compliance tooling', async () => {
    const path = `/v1/compliance/code/artifacts`
    const key = { 'x-api-key': complianceKey }
    const list = (headers: Record<string, string>, query = '') => statusOf(ask(path + query, { headers }))
    expect(await list(key)).to.equal(200)
    expect(await list(bearer(complianceKey))).to.equal(200)
    expect(await list(key, `?unknown=${secret('unknown parameter of a key')}`)).to.equal(400)
    expect(await list({ 'x-api-key': secret('wrong compliance key') })).to.equal(401)
  })

  it('is of how they sign in elsewhere, and what goes wrong there', async () => {
    const ada = new Person()
    const { url } = await ada.signIn(`${server.url}/`, 'ada', { until: /\/sign-in\/callback/ })
    const back = new URL(url)
    secret('code of the provider', back.searchParams.get('code') ?? '')
    secret('state of a sign-in', back.searchParams.get('state') ?? '')
    secret('attempt to sign in', ada.cookie(server.url).split('=').at(-1))
    const other = new URL(url)
    other.searchParams.set('state', secret('wrong state'))
    const refused = `${server.url}/sign-in/callback?error=access_denied&error_description=${secret('what a provider says')}`
    const again = new Person()
    for (const address of [other.href, refused]) {
      await again.go(`${server.url}/`, { until: /\/auth\?/ })
      expect((await again.ask(address)).status).to.equal(400)
    }
    // The code of another sign-in: the provider refuses to take it with this one's verifier.
    const { url: begun } = await again.go(`${server.url}/`, { until: /\/auth\?/ })
    other.searchParams.set('state', new URL(begun).searchParams.get('state') ?? '')
    secret('challenge of another', new URL(begun).searchParams.get('code_challenge') ?? '')
    expect((await again.ask(other.href)).status).to.equal(400)
    await provider.feels('failing')
    expect((await ada.ask(url)).status).to.equal(502)
    await provider.feels('well')
    expect(lines().filter(({ msg }) => msg === 'The identity provider did not sign somebody in.')).to.have.length.above(
      2,
    )
  })

  it('is of what breaks: by the id of the request, and without what the request said', async () => {
    await postgres.query('alter table versions rename to versions_gone', database)
    const id = 'an-id-of-the-proxy'
    const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': id }
    const answer = await ask(
      `/api/v1/artifacts?title=${secret('title of what breaks')}`,
      page(headers, `<p>${secret('page that breaks')}`),
    )
    expect([answer.status, answer.headers.get('X-Request-Id')]).to.deep.equal([500, id])
    expect(await answer.json()).to.include({ code: 'internal', requestId: id })
    await postgres.query('alter table versions_gone rename to versions', database)
    const failed = lines().find(({ msg }) => msg === 'A request failed.')
    expect(failed).to.include({ requestId: id, level: 50 })
    expect(failed?.err).to.have.all.keys('type', 'code', 'message', 'stack')
    expect(failed?.err).to.include({ code: '42P01' })
    await eventually(() => {
      expect(lines().find(line => line.msg === 'request' && line.requestId === id)).to.include({
        status: 500,
        ip: '203.0.113.7',
      })
    })
  })

  it('is of what is out of reach, without the way to it', async () => {
    await redis.stop()
    await postgres.stop()
    await eventually(async () => {
      expect(await (await ask('/readyz')).json()).to.deep.include({ missing: ['store'] })
    })
    expect(await statusOf(ask('/api/v1/me', { headers: bearer() }))).to.equal(503)
    await eventually(() => {
      const said = lines()
        .map(({ msg }) => msg)
        .join('\n')
      expect(said)
        .to.match(/PostgreSQL/)
        .and.to.match(/Redis/)
    })
  })

  it('has none of it', async () => {
    await server.stop()
    expect(secrets.size).to.equal(43)
    for (const [what, text] of secrets) {
      for (const form of new Set([
        text,
        encodeURIComponent(text),
        Buffer.from(text)
          .toString('base64')
          .replace(/.{0,4}=*$/, ''),
      ])) {
        const line = server
          .said()
          .split('\n')
          .find(line => line.includes(form))
        expect(line, what).to.equal(undefined)
      }
    }
    for (const { msg, err } of lines()) {
      expect(msg).to.be.a('string')
      if (err) expect(['type', 'code', 'message', 'stack', 'errors']).to.include.members(Object.keys(err))
    }
  })
})

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer> | undefined
}
