import { expect } from 'chai'
import { parseSetCookie } from 'cookie'
import { createAccessToken } from '../../server/core/access-tokens.ts'
import type { Actor } from '../../server/core/ports.ts'
import { signOut } from '../../server/core/sign-in.ts'
import { limits } from '../../shared/limits.ts'
import { cookieOf, nowhere, openGround, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'
import { forge } from './forge.ts'

const minute = 60_000

describe('a session', () => {
  let ground: TestGround
  let actor: Actor
  let cookie: string

  const show = (cookieHeader: string) => ground.identity.authenticate({ cookieHeader })
  const jwtOf = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1)
  const withJwt = (jwt: string) => show(`__Host-galley=${jwt}`)

  beforeEach(async () => {
    ground = await openGround()
    const ana = await signedIn(ground)
    actor = ana.actor
    cookie = ana.cookie
  })

  afterEach(() => ground.close())

  it('is set as a cookie that no script, no other site and no sister host gets at', async () => {
    const row = await ground.store.session(actor.credential.id)
    const line = row && (await ground.identity.sessionCookie(row))
    const { value, ...attributes } = parseSetCookie(line ?? '')
    expect(attributes).to.deep.equal({
      name: '__Host-galley',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      maxAge: limits.session / 1000,
    })
    expect(value).to.equal(jwtOf(cookie))
    expect(ground.identity.clearedCookie()).to.equal(
      '__Host-galley=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('may do everything that its member may, until its JWT ends', async () => {
    const { actor, ...rest } = await show(`theme=dark; ${cookie}; other=1`)
    expect(rest).to.deep.equal({})
    expect(actor.scope).to.equal('full')
    expect(actor.credential).to.deep.include({ kind: 'session', expiresAt: ground.clock.now() + limits.sessionToken })
  })

  it('is not renewed while half of its JWT is left, and is then', async () => {
    ground.clock.advance(limits.sessionToken / 2)
    expect(await show(cookie)).not.to.have.property('setCookie')
    ground.clock.advance(1000)
    const { actor, setCookie } = await show(cookie)
    expect(actor.credential.expiresAt).to.equal(ground.clock.now() + limits.sessionToken)
    expect(parseSetCookie(setCookie ?? '').maxAge).to.equal((limits.session - limits.sessionToken / 2) / 1000 - 1)

    ground.clock.advance(limits.sessionToken / 2)
    expect(await show(cookieOf(setCookie ?? ''))).not.to.have.property('setCookie')
  })

  it('is renewed long after its JWT has ended, as long as its row stands', async () => {
    ground.clock.advance(29 * 24 * 60 * minute)
    const { actor, setCookie } = await show(cookie)
    expect(actor.credential.expiresAt).to.equal(ground.clock.now() + limits.sessionToken)
    expect((await show(cookieOf(setCookie ?? ''))).actor).to.deep.equal(actor)
  })

  it('ends when its row does, and its last JWT no later', async () => {
    ground.clock.advance(limits.session - 5 * minute)
    const { actor, setCookie } = await show(cookie)
    expect(actor.credential.expiresAt).to.equal(ground.clock.now() + 5 * minute)
    const last = cookieOf(setCookie ?? '')
    ground.clock.advance(4 * minute)
    expect(await show(last)).not.to.have.property('setCookie')
    ground.clock.advance(minute)
    for (const cookieHeader of [cookie, last]) {
      expect(await refusal('not_signed_in', show(cookieHeader))).to.match(/Sign in again/)
    }
  })

  it('is over at once when signed out, its JWT unexpired, and cannot be renewed', async () => {
    await signOut(ground, actor, nowhere)
    await refusal('not_signed_in', show(cookie))
    ground.clock.advance(limits.sessionToken)
    await refusal('not_signed_in', show(cookie))
  })

  it('is over at once when its member is removed by another process', async () => {
    ground.sql('UPDATE members SET removed_at = 1')
    await refusal('not_signed_in', show(cookie))
  })

  it('is not there without its cookie', async () => {
    await refusal('not_signed_in', ground.identity.authenticate({}))
    for (const cookieHeader of [
      '',
      'galley=x',
      '__Host-galley',
      '__Host-galley=',
      `x${cookie}`,
      `__host-galley=${jwtOf(cookie)}`,
    ]) {
      await refusal('not_signed_in', show(cookieHeader))
    }
  })

  it('is refused when forged, whatever is wrong', async () => {
    const good = jwtOf(cookie)
    const seconds = Math.floor(ground.clock.now() / 1000)
    const other = await signedIn(ground, 'Other')
    for (const forgery of [
      { claims: { exp: undefined } },
      { claims: { exp: seconds + limits.sessionToken / 1000 + 1 } },
      { claims: { aud: 'galley-api' } },
      { claims: { org: other.actor.orgId } },
      { claims: { sub: other.actor.memberId } },
      { claims: { jti: other.actor.credential.id } },
      { header: { typ: 'galley-token+jwt' } },
      { header: { kid: 'another' } },
      { header: { alg: 'HS256' }, key: new Uint8Array(32) },
    ]) {
      await refusal('not_signed_in', withJwt(await forge(ground, good, forgery)))
    }
    await refusal('not_signed_in', withJwt(`${good.slice(0, -8)}AAAAAAAA`))
    await refusal('not_signed_in', withJwt(`%65${good.slice(1)}`))
    await refusal('not_signed_in', withJwt('A'.repeat(1_000_000)))
  })

  it('is no session when it is an access token', async () => {
    const token = await createAccessToken(ground, actor, nowhere, { name: 'CI', scope: 'full', expiresIn: 60 })
    const bearer = await ground.identity.accessToken(token)
    await refusal('not_signed_in', withJwt(bearer))
    await refusal('not_signed_in', withJwt(bearer.replace('galley_', '')))
  })
})
