import { expect } from 'chai'
import { Attempts } from '../../server/identity/attempts.ts'
import { KeyRing, newSigningKey } from '../../server/identity/keys.ts'
import { limits } from '../../shared/limits.ts'
import { cookieOf, openGround, publicUrl, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'
import { forge } from './forge.ts'

const begun = { state: 's', nonce: 'n', codeVerifier: 'v', next: '/a/cart_1?x=1#here' }

describe('an attempt to sign in elsewhere', () => {
  let ground: TestGround
  let attempts: Attempts
  let cookie: string

  beforeEach(async () => {
    ground = await openGround()
    attempts = new Attempts(await KeyRing.open(ground.store, ground.clock), ground.clock, publicUrl)
    cookie = cookieOf(await attempts.keep(begun))
  })
  afterEach(() => ground.close())

  const jwtOf = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1)
  const withJwt = (jwt: string) => attempts.read(`__Host-galley-attempt=${jwt}`)

  it('is brought back as it was taken along', async () => {
    expect(await attempts.read(`theme=dark; ${cookie}`)).to.deep.equal(begun)
    expect(attempts.cleared()).to.match(/^__Host-galley-attempt=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('is over after its time', async () => {
    ground.clock.advance(limits.signInAttempt - 1000)
    expect(await attempts.read(cookie)).to.deep.equal(begun)
    ground.clock.advance(2000)
    expect(await attempts.read(cookie)).to.equal(undefined)
  })

  it('fits into a cookie, whatever address it is to lead back to', async () => {
    const longest = await attempts.keep({ ...begun, next: `/${'x'.repeat(limits.nextChars - 1)}` })
    expect(longest.length).to.be.below(4096)
    expect((await attempts.read(cookieOf(longest)))?.next).to.have.length(limits.nextChars)
    const longer = await attempts.keep({ ...begun, next: `/${'x'.repeat(limits.nextChars)}` })
    expect((await attempts.read(cookieOf(longer)))?.next).to.equal('/')
  })

  it('is none when forged, missing, or something else that this server has signed', async () => {
    const good = jwtOf(cookie)
    const another = await newSigningKey(0)
    for (const forgery of [
      { claims: { exp: undefined } },
      { claims: { aud: 'galley-session' } },
      { claims: { iss: 'https://evil.example' } },
      { claims: { codeVerifier: undefined } },
      { header: { typ: 'galley-session+jwt' } },
      { header: { kid: another.kid } },
      { header: { alg: 'HS256' }, key: new Uint8Array(32) },
    ]) {
      expect(await withJwt(await forge(ground, good, forgery)), JSON.stringify(forgery)).to.equal(undefined)
    }
    const session = (await signedIn(ground)).cookie
    for (const jwt of ['', 'x', `${good}x`, good.slice(0, -4), 'A'.repeat(100_000), jwtOf(session)]) {
      expect(await withJwt(jwt)).to.equal(undefined)
    }
    for (const header of [undefined, '', session]) expect(await attempts.read(header)).to.equal(undefined)
  })

  it('is no session', async () => {
    await refusal('not_signed_in', ground.identity.authenticate({ cookieHeader: `__Host-galley=${jwtOf(cookie)}` }))
  })
})
