import { createHash } from 'node:crypto'
import { expect } from 'chai'
import * as oauth from 'openid-client'
import {
  type DeviceAuthorization,
  type DevicePreview,
  type DeviceToken,
  deviceClientId,
  deviceGrantType,
  type Me,
  type TokenList,
} from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { problemOf } from './wire.ts'

const guesses = { points: 20, window: limits.failedProofsWindow }

describe('signing in on a device', () => {
  let app: TestApp
  let now: number
  let cookie: string
  beforeEach(async () => {
    now = Date.now()
    const sizes = { failed_proofs: guesses, codes: guesses }
    app = await startTestApp({ clock: { now: () => now }, quotas: { sizes } })
    cookie = await app.signIn(app.owner.member)
  })
  afterEach(() => app.close())

  const form = (path: string, fields: Record<string, string> | string, headers: Record<string, string> = {}) =>
    app.request(`/api/v1/device/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  const authorize = async (fields: Record<string, string> = {}): Promise<DeviceAuthorization> => {
    const answer = await form('authorize', { client_id: deviceClientId, device_name: 'lagoon', ...fields })
    expect(answer.status).to.equal(200)
    return (await answer.json()) as DeviceAuthorization
  }
  const poll = (deviceCode: string, fields: Record<string, string> = {}) =>
    form('token', { grant_type: deviceGrantType, client_id: deviceClientId, device_code: deviceCode, ...fields })
  const refusal = async (answer: Response) => {
    expect(answer.headers.get('Content-Type')).to.match(/^application\/json/)
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    const { error, error_description } = (await answer.json()) as Record<string, string>
    expect(error_description).to.match(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    return { status: answer.status, error }
  }
  const json = (path: string, body: object, as: { cookie?: string; token?: string } = { cookie }) =>
    app.request(`/api/v1/device/${path}`, { method: 'POST', json: body, ...as })
  const decide = async (userCode: string, approve: boolean, as = cookie) => {
    const answer = await json('decision', { userCode, approve }, { cookie: as })
    expect(answer.status).to.equal(204)
  }
  const invalid = async (answer: Response) => {
    expect(answer.status).to.equal(404)
    const { code, detail } = await problemOf(answer)
    expect(code).to.equal('device_code_invalid')
    return detail
  }
  const stranger = async (): Promise<TestMember & { cookie: string }> => {
    const added = await app.addMember('bo@acme.example')
    return { ...added, cookie: await app.signIn(added.member) }
  }

  describe('as another implementation of the standard does it', () => {
    const discover = () =>
      oauth.discovery(new URL(app.url), deviceClientId, undefined, oauth.None(), {
        algorithm: 'oauth2',
        execute: [oauth.allowInsecureRequests],
      })

    it('finds its way by the metadata, and ends with a token that works', async () => {
      const config = await discover()
      const codes = await oauth.initiateDeviceAuthorization(config, { scope: 'read', device_name: 'lagoon' })
      expect(codes.verification_uri).to.equal(`${app.url}/device`)
      expect(codes.verification_uri_complete).to.equal(`${app.url}/device?code=${codes.user_code}`)
      await decide(codes.user_code, true)
      const granted = await oauth.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
      expect(granted).to.include({ token_type: 'bearer', scope: 'read', expires_in: limits.loginToken / 1000 })
      const me = (await (await app.request('/api/v1/me', { token: granted.access_token })).json()) as Me
      expect(me).to.deep.include({ credential: 'token', scope: 'read' })
      expect(me.member.email).to.equal(app.owner.member.email)
    })

    it('waits while it is told to, and slows down when it is told to', async () => {
      const config = await discover()
      const codes = await oauth.initiateDeviceAuthorization(config, {})
      const asked: string[] = []
      config[oauth.customFetch] = async (...request) => {
        const answer = await fetch(...(request as Parameters<typeof fetch>))
        asked.push(((await answer.clone().json()) as { error?: string }).error ?? 'granted')
        if (asked.length === 2) await decide(codes.user_code, true)
        return answer
      }
      await oauth.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
      expect(asked).to.deep.equal(['authorization_pending', 'slow_down', 'granted'])
    })

    it('ends when somebody says no', async () => {
      const config = await discover()
      const codes = await oauth.initiateDeviceAuthorization(config, {})
      await decide(codes.user_code, false)
      const error = await oauth
        .pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
        .catch((error: unknown) => error)
      expect(error).to.be.instanceOf(oauth.ResponseBodyError).and.include({ error: 'access_denied' })
    })
  })

  it('says where what is, for clients that do not know Galley (RFC 8414)', async () => {
    const answer = await app.request('/.well-known/oauth-authorization-server')
    expect(await answer.json()).to.deep.equal({
      issuer: app.url,
      device_authorization_endpoint: `${app.url}/api/v1/device/authorize`,
      token_endpoint: `${app.url}/api/v1/device/token`,
      token_endpoint_auth_methods_supported: ['none'],
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
      response_types_supported: [],
      scopes_supported: ['publish', 'read', 'full'],
      jwks_uri: `${app.url}/.well-known/jwks.json`,
    })
  })

  it('is let in on a page that nobody frames, and that asks who you are first', async () => {
    const out = await app.request('/device?code=BCDF-GHJK')
    expect(out.status).to.equal(303)
    expect(out.headers.get('Location')).to.equal('/sign-in?next=%2Fdevice%3Fcode%3DBCDF-GHJK')
    const page = await app.request('/device?code=BCDF-GHJK', { cookie })
    expect(page.status).to.equal(200)
    expect(page.headers.get('Content-Security-Policy')).to.contain("frame-ancestors 'none'")
    expect(await page.text()).to.contain('olive@acme.example')
  })

  it('gives a code that can be read out, and sets no cookie', async () => {
    const answer = await form('authorize', { client_id: deviceClientId })
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    expect(answer.headers.getSetCookie()).to.deep.equal([])
    const codes = (await answer.json()) as DeviceAuthorization
    expect(codes.user_code).to.match(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(codes.device_code).to.match(/^[\w-]{43}$/)
    expect(codes).to.include({ expires_in: limits.deviceCode / 1000, interval: limits.devicePoll / 1000 })
  })

  it('keeps of the device code only its hash', async () => {
    const { device_code } = await authorize()
    const hash = createHash('sha256').update(device_code).digest('hex')
    const grant = await app.ground.store.deviceGrant(hash)
    expect(grant).to.include({ deviceName: 'lagoon' })
    expect(JSON.stringify(grant)).not.to.contain(device_code)
  })

  it('tells what asks and from where, however the code is typed, as often as asked', async () => {
    const { user_code } = await authorize({ scope: 'publish' })
    const bare = user_code.replace('-', '')
    for (const userCode of [user_code, bare, bare.toLowerCase(), ` ${bare.slice(0, 2)} ${bare.slice(2)}– `]) {
      const answer = await json('preview', { userCode })
      expect(answer.status, userCode).to.equal(200)
      const preview = (await answer.json()) as DevicePreview
      expect(preview).to.deep.equal({
        userCode: user_code,
        deviceName: 'lagoon',
        scope: 'publish',
        ip: '127.0.0.1',
        requestedAt: new Date(now).toISOString(),
        tokenExpiresAt: new Date(now + limits.loginToken).toISOString(),
      })
    }
  })

  it('gives an ordinary access token, named for the device, that its member sees and revokes', async () => {
    const { device_code, user_code } = await authorize()
    await decide(user_code, true)
    const granted = (await (await poll(device_code)).json()) as DeviceToken
    expect(granted.access_token).to.match(/^galley_/)
    const list = (await (await app.request('/api/v1/tokens', { cookie })).json()) as TokenList
    const made = list.tokens.find(({ name }) => name === 'galley on lagoon')
    expect(made).to.include({ scope: 'full', expiresAt: new Date(now + limits.loginToken).toISOString() })
    const me = (await (await app.request('/api/v1/me', { token: granted.access_token })).json()) as Me
    expect(me.tokenId).to.equal(made?.id)
    await app.request(`/api/v1/tokens/${made?.id}`, { method: 'DELETE', cookie })
    expect((await app.request('/api/v1/me', { token: granted.access_token })).status).to.equal(401)
  })

  it('gives the token once, to one of many that ask at the same time', async () => {
    const { device_code, user_code } = await authorize()
    await decide(user_code, true)
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll(device_code)))
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(await refusal(answer)).to.deep.equal({ status: 400, error: 'invalid_grant' })
    }
    const list = (await (await app.request('/api/v1/tokens', { cookie })).json()) as TokenList
    expect(list.tokens.filter(({ name }) => name === 'galley on lagoon')).to.have.length(1)
  })

  it('takes one decision, of one member', async () => {
    const other = await stranger()
    const { device_code, user_code } = await authorize()
    const answers = await Promise.all(
      [cookie, other.cookie].flatMap(as =>
        [true, false].map(approve => json('decision', { userCode: user_code, approve }, { cookie: as })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 404, 404, 404])
    await invalid(await json('decision', { userCode: user_code, approve: true }, { cookie: other.cookie }))
    await invalid(await json('preview', { userCode: user_code }))
    expect((await poll(device_code)).status).to.equal(answers.findIndex(({ status }) => status === 204) % 2 ? 400 : 200)
  })

  it('says the same of a code that never was, is decided on, spent or too old', async () => {
    const [decided, spent, old] = [await authorize(), await authorize(), await authorize()]
    await decide(decided.user_code, false)
    await decide(spent.user_code, true)
    await poll(spent.device_code)
    now += limits.deviceCode
    const tried = ['BBBB-BBBB', '', 'no code', decided.user_code, spent.user_code, old.user_code]
    const said = new Set<string>()
    for (const userCode of tried) {
      said.add(await invalid(await json('preview', { userCode })))
      said.add(await invalid(await json('decision', { userCode, approve: true })))
    }
    expect([...said]).to.deep.equal([
      'This code was used before, has expired, or never was one. Sign in again on the device for a new one.',
    ])
  })

  it('is decided on with a session alone, from our own page', async () => {
    const { user_code } = await authorize()
    const body = { userCode: user_code, approve: true }
    for (const path of ['preview', 'decision']) {
      const sent = path === 'preview' ? { userCode: user_code } : body
      expect((await problemOf(await json(path, sent, { token: app.owner.token }))).code).to.equal('forbidden')
      expect((await problemOf(await json(path, sent, {}))).code).to.equal('not_signed_in')
      const crossed = await app.request(`/api/v1/device/${path}`, {
        method: 'POST',
        json: sent,
        cookie,
        headers: { Origin: 'https://evil.example' },
      })
      expect((await problemOf(crossed)).code).to.equal('bad_origin')
    }
    await decide(user_code, true)
  })

  it('is slow with who tries codes', async () => {
    for (let i = 0; i < guesses.points; i++) await invalid(await json('preview', { userCode: 'XXXX-XXXX' }))
    const { user_code } = await authorize()
    const slowed = await json('decision', { userCode: user_code, approve: true })
    expect(slowed.headers.get('Retry-After')).to.match(/^[1-6]?\d$/)
    expect((await problemOf(slowed)).code, 'also the right one').to.equal('rate_limited')
    await decide(user_code, true, await app.signIn((await app.addMember('ned@acme.example')).member))
  })

  it('is slow with a device that tries device codes', async () => {
    for (let i = 0; i < guesses.points; i++) await poll('guess')
    const device = await poll('guess')
    expect(device.headers.get('Retry-After')).to.match(/^[1-6]?\d$/)
    expect(await refusal(device)).to.deep.equal({ status: 429, error: 'slow_down' })
  })

  it('lets an address wait with so many codes, and no more until some are decided on or too old', async () => {
    const waiting = await Promise.all(Array.from({ length: limits.deviceCodesPerAddress }, () => authorize()))
    const [first] = waiting
    expect(await refusal(await form('authorize', { client_id: deviceClientId }))).to.deep.equal({
      status: 429,
      error: 'slow_down',
    })
    await decide(first?.user_code ?? '', false)
    await authorize()
    expect((await form('authorize', { client_id: deviceClientId })).status).to.equal(429)
    now += limits.deviceCode
    await authorize()
  })

  it('tells a device to slow down that asks too often, as long as nobody has decided', async () => {
    const { device_code, user_code } = await authorize()
    const said = async () => (await refusal(await poll(device_code))).error
    expect(await said()).to.equal('authorization_pending')
    expect(await said()).to.equal('slow_down')
    now += limits.devicePoll - 1
    expect(await said()).to.equal('slow_down')
    now += limits.devicePoll
    expect(await said()).to.equal('authorization_pending')
    await decide(user_code, true)
    expect((await poll(device_code)).status).to.equal(200)
  })

  it('ends when its time is over, and a little later for a device that was said yes to', async () => {
    const [waiting, approved, denied] = [await authorize(), await authorize(), await authorize()]
    await decide(approved.user_code, true)
    await decide(denied.user_code, false)
    const late = await authorize()
    await decide(late.user_code, true)
    now += limits.deviceCode
    expect((await poll(approved.device_code)).status).to.equal(200)
    now += limits.deviceCode
    const said = await Promise.all([waiting, late, denied].map(async codes => refusal(await poll(codes.device_code))))
    expect(said.map(({ error }) => error)).to.deep.equal(['expired_token', 'expired_token', 'access_denied'])
  })

  it('gives no token to who was removed after approving, and one to who only signed out', async () => {
    const other = await stranger()
    const [removed, signedOut] = [await authorize(), await authorize()]
    await decide(signedOut.user_code, true)
    await app.request('/api/v1/session', { method: 'DELETE', cookie })
    expect((await poll(signedOut.device_code)).status).to.equal(200)

    await decide(removed.user_code, true, other.cookie)
    runOn(app.dataDir, `update members set removed_at = ${now} where id = '${other.member.id}'`)
    expect(await refusal(await poll(removed.device_code))).to.deep.equal({ status: 400, error: 'access_denied' })
  })

  it('records who said yes or no to which device, and the token', async () => {
    const [yes, no] = [await authorize(), await authorize({ device_name: 'unknown' })]
    await decide(yes.user_code, true)
    await decide(no.user_code, false)
    await poll(yes.device_code)
    const rows = runOn(app.dataDir, `select type, actor_id, details from audit order by rowid desc limit 3`)
    expect(rows.map(({ type }) => type)).to.deep.equal([
      'galley_access_token_created',
      'galley_device_denied',
      'galley_device_approved',
    ])
    expect(rows.map(({ actor_id }) => actor_id)).to.deep.equal(Array(3).fill(app.owner.member.id))
    expect(JSON.parse(String(rows[0]?.details))).to.include({ name: 'galley on lagoon', scope: 'full' })
    expect(JSON.parse(String(rows[1]?.details))).to.include({ deviceName: 'unknown', deviceIp: '127.0.0.1' })
  })

  it('refuses as RFC 6749 has it what is wrong with a request', async () => {
    const client = `client_id=${deviceClientId}`
    const type = `grant_type=${encodeURIComponent(deviceGrantType)}`
    const cases: [path: string, body: string, status: number, error: string][] = [
      ['authorize', '', 400, 'invalid_request'],
      ['authorize', 'client_id=', 400, 'invalid_request'],
      ['authorize', 'client_id=someone', 401, 'invalid_client'],
      ['authorize', `${client}&scope=admin`, 400, 'invalid_scope'],
      ['authorize', `${client}&scope=read+publish`, 400, 'invalid_scope'],
      ['authorize', `${client}&${client}`, 400, 'invalid_request'],
      ['authorize', `${client}&device_name=${'n'.repeat(limits.nameChars + 1)}`, 400, 'invalid_request'],
      ['authorize', `${client}&device_name=a%1b[2J`, 400, 'invalid_request'],
      ['authorize', `${client}&device_name=${'n'.repeat(limits.deviceRequestBytes)}`, 400, 'invalid_request'],
      ['token', `${client}&${type}`, 400, 'invalid_request'],
      ['token', `${type}&device_code=x`, 400, 'invalid_request'],
      ['token', `${client}&device_code=x`, 400, 'invalid_request'],
      ['token', `${client}&grant_type=password&device_code=x`, 400, 'unsupported_grant_type'],
      ['token', `client_id=someone&${type}&device_code=x`, 401, 'invalid_client'],
      ['token', `${client}&${type}&device_code=x`, 400, 'invalid_grant'],
    ]
    for (const [path, body, status, error] of cases) {
      const answer = await app.request(`/api/v1/device/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      })
      expect(answer.headers.has('WWW-Authenticate'), body).to.equal(status === 401)
      expect(await refusal(answer), body).to.deep.equal({ status, error })
    }
    const asJson = await app.request('/api/v1/device/authorize', {
      method: 'POST',
      json: { client_id: deviceClientId },
    })
    expect(await refusal(asJson)).to.deep.equal({ status: 400, error: 'invalid_request' })
    const secret = await form(
      'authorize',
      { client_id: deviceClientId },
      { Authorization: `Basic ${btoa('galley:x')}` },
    )
    expect(await refusal(secret)).to.deep.equal({ status: 401, error: 'invalid_client' })
    const empty = await form('authorize', { client_id: deviceClientId, scope: '', device_name: '', unknown: 'x' })
    expect(empty.status).to.equal(200)
  })

  it('has no use for pages of other sites', async () => {
    const crossed = await form('authorize', { client_id: deviceClientId }, { 'Sec-Fetch-Site': 'cross-site' })
    expect(await refusal(crossed)).to.deep.equal({ status: 400, error: 'invalid_request' })
  })
})
