import { expect } from 'chai'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { CreatedToken, TokenList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { problemOf } from './wire.ts'

const guesses = { points: 20, window: limits.failedProofsWindow }

describe('sessions and tokens over HTTP', () => {
  let app: TestApp
  let now: number
  beforeEach(async () => {
    now = Date.now()
    app = await startTestApp({ clock: { now: () => now }, quotas: { sizes: { failed_proofs: guesses } } })
  })
  afterEach(() => app.close())

  const redeem = (secret: string, headers: Record<string, string> = {}) =>
    app.request('/api/v1/session', { method: 'POST', json: { secret }, headers })
  const secretFor = async () => new URL(await app.signInLink(app.owner.member)).hash.slice(1)

  it('a link signs in once, into a cookie that scripts cannot read', async () => {
    const secret = await secretFor()
    const answer = await redeem(secret)
    expect(answer.status).to.equal(204)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).to.match(/^__Host-galley=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const me = await app.request('/api/v1/me', { cookie: cookie.split(';')[0] ?? '' })
    expect(await me.json()).to.deep.include({ credential: 'session', scope: 'full' })
    const again = await redeem(secret)
    expect(again.status).to.equal(403)
    expect((await problemOf(again)).code).to.equal('link_invalid')
  })

  it('a link says whose it is, as often as it is asked, until it is spent', async () => {
    const preview = (secret: string) => app.request('/api/v1/session/preview', { method: 'POST', json: { secret } })
    const secret = await secretFor()
    const { name, email } = app.owner.member
    for (const _ of [1, 2]) {
      const answer = await preview(secret)
      expect(answer.headers.getSetCookie()).to.deep.equal([])
      expect(await answer.json()).to.deep.equal({ name, email, org: 'Acme' })
    }
    expect((await redeem(secret)).status).to.equal(204)
    const late = await secretFor()
    now += limits.signInLink + 60_000
    const refusals = await Promise.all(
      [secret, late, 'never-one'].map(async each => {
        const answer = await preview(each)
        const { code, detail } = await problemOf(answer)
        return { status: answer.status, code, detail }
      }),
    )
    expect(refusals[0]).to.include({ status: 403, code: 'link_invalid' })
    expect(refusals).to.deep.equal([refusals[0], refusals[0], refusals[0]])
  })

  it('asking whose links are is slowed down like spending them, and not for other sites to do', async () => {
    const preview = (headers = {}) =>
      app.request('/api/v1/session/preview', { method: 'POST', json: { secret: 'guess' }, headers })
    for (let i = 0; i < guesses.points; i++) expect((await preview()).status).to.equal(403)
    expect((await preview()).status).to.equal(429)
    expect((await problemOf(await preview({ Origin: 'https://evil.example' }))).code).to.equal('bad_origin')
  })

  it('signing in ends the session that the browser had', async () => {
    const { member } = await app.addMember('bo@acme.example')
    const before = await app.signIn(app.owner.member)
    const elsewhere = await app.signIn(app.owner.member)
    const secret = new URL(await app.signInLink(member)).hash.slice(1)
    const send = (sent: string) =>
      app.request('/api/v1/session', { method: 'POST', json: { secret: sent }, cookie: before })
    expect((await send('wrong')).status).to.equal(403)
    expect((await app.request('/api/v1/me', { cookie: before })).status).to.equal(200)

    now += limits.sessionToken * 0.6
    const answer = await send(secret)
    const [cookie = '', ...more] = answer.headers.getSetCookie()
    expect(more).to.deep.equal([])
    const me = await app.request('/api/v1/me', { cookie: cookie.split(';')[0] ?? '' })
    expect(await me.json()).to.have.nested.property('member.email', 'bo@acme.example')
    expect((await app.request('/api/v1/me', { cookie: before })).status).to.equal(401)
    expect((await app.request('/api/v1/me', { cookie: elsewhere })).status).to.equal(200)
  })

  it('guessing at links is slowed down, by address', async () => {
    for (let i = 0; i < guesses.points; i++) expect((await redeem(`guess-${i}`)).status).to.equal(403)
    const slowed = await redeem('one too many')
    expect(slowed.status).to.equal(429)
    expect(Number(slowed.headers.get('Retry-After'))).to.be.within(1, guesses.window / 1000)
    expect((await problemOf(slowed)).code).to.equal('rate_limited')
    const forged = await app.request('/api/v1/me', { token: 'galley_x.y.z' })
    expect(forged.status).to.equal(429)
    // Who can prove it is let in all the same.
    expect((await redeem(await secretFor())).status).to.equal(204)
  })

  it('signing out ends the session and takes the cookie away', async () => {
    const cookie = await app.signIn(app.owner.member)
    const answer = await app.request('/api/v1/session', { method: 'DELETE', cookie })
    expect(answer.status).to.equal(204)
    expect(answer.headers.getSetCookie()).to.have.length(1)
    expect(answer.headers.getSetCookie()[0]).to.match(/^__Host-galley=; Max-Age=0; /)
    const after = await app.request('/api/v1/me', { cookie })
    expect(after.status).to.equal(401)
    expect((await problemOf(after)).code).to.equal('not_signed_in')
  })

  it('a session is renewed along the way when it is due, and not before', async () => {
    const cookie = await app.signIn(app.owner.member)
    const renew = (headers = {}) => app.request('/api/v1/session/renew', { method: 'POST', cookie, headers })
    expect((await renew()).headers.getSetCookie()).to.deep.equal([])
    now += limits.sessionToken * 0.6
    const renewed = await renew()
    expect(renewed.status).to.equal(204)
    expect(renewed.headers.getSetCookie()[0]).to.match(/^__Host-galley=ey/)
    expect((await renew({ Origin: 'https://evil.example' })).headers.getSetCookie()).to.deep.equal([])
  })

  it('a token is shown once, listed without itself, and good until it is revoked', async () => {
    const cookie = await app.signIn(app.owner.member)
    const created = await app.request('/api/v1/tokens', {
      method: 'POST',
      cookie,
      json: { name: 'CI', scope: 'read', expiresIn: 60 },
    })
    expect(created.status).to.equal(201)
    const { token, ...rest } = (await created.json()) as CreatedToken
    expect(rest).to.include({ name: 'CI', scope: 'read', expiresAt: new Date(now + 60_000).toISOString() })
    expect((await app.request('/api/v1/me', { token })).status).to.equal(200)
    const list = (await (await app.request('/api/v1/tokens', { cookie })).json()) as TokenList
    expect(list.tokens.find(each => each.id === rest.id)).to.deep.equal(rest)
    const revoke = () => app.request(`/api/v1/tokens/${rest.id}`, { method: 'DELETE', cookie })
    expect((await revoke()).status).to.equal(204)
    expect((await revoke()).status).to.equal(404)
    const refused = await app.request('/api/v1/me', { token })
    expect((await problemOf(refused)).code).to.equal('token_revoked')
    expect(refused.headers.get('WWW-Authenticate')).to.equal('Bearer realm="Galley", error="invalid_token"')
  })

  it('a token made with a token ends with it at the latest', async () => {
    const token = await app.createToken(app.owner.member, { scope: 'full', expiresIn: 60 })
    // By the clock of the command that made it, which is not the one that this test sets.
    const { exp = 0 } = decodeJwt(token.replace('galley_', ''))
    const end = exp * 1000
    const make = async (expiresIn: number) => {
      const json = { name: 'child', scope: 'full', expiresIn }
      return (await (await app.request('/api/v1/tokens', { method: 'POST', token, json })).json()) as CreatedToken
    }
    const longest = await make(limits.accessTokenMax / 1000)
    expect(Date.parse(longest.expiresAt)).to.be.at.most(end)
    expect(Date.parse((await make(5)).expiresAt)).to.equal(now + 5_000)
    now = end + limits.clockTolerance
    const answer = await app.request('/api/v1/me', { token: longest.token })
    expect((await problemOf(answer)).code).to.equal('token_expired')
  })

  it('publishes its public keys, and no private ones', async () => {
    const answer = await app.request('/.well-known/jwks.json')
    const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] }
    const kids = keys.map(key => key.kid)
    expect(kids).to.include(decodeProtectedHeader(app.owner.token.replace('galley_', '')).kid)
    for (const key of keys) expect(key).to.not.have.any.keys('d', 'p', 'q', 'k')
  })
})
