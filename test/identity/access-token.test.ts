import { expect } from 'chai'
import fc from 'fast-check'
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
} from 'jose'
import { createAccessToken, revokeAccessToken } from '../../server/core/access-tokens.ts'
import type { Actor } from '../../server/core/ports.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, publicUrl, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'
import { type Forgery, forge, part, unsigned } from './forge.ts'

const hour = 3_600_000

describe('an access token', () => {
  let ground: TestGround
  let maker: Actor
  let cookie: string
  /** Without its prefix. */
  let jwt: string
  let tokenId: string

  const show = (authorization: string, cookieHeader?: string) =>
    ground.identity.authenticate({ authorization, cookieHeader })
  const present = (jwt: string) => show(`Bearer galley_${jwt}`)

  beforeEach(async () => {
    ground = await openGround()
    const ana = await signedIn(ground)
    maker = ana.actor
    cookie = ana.cookie
    const token = await createAccessToken(ground, maker, nowhere, { name: 'CI', scope: 'publish', expiresIn: 3600 })
    tokenId = token.id
    jwt = (await ground.identity.accessToken(token)).replace(/^galley_/, '')
  })

  afterEach(() => ground.close())

  it('says who its member is, what it may do, and when it ends', async () => {
    const { actor, ...rest } = await present(jwt)
    expect(rest).to.deep.equal({})
    expect(actor).to.deep.equal({
      orgId: maker.orgId,
      memberId: maker.memberId,
      scope: 'publish',
      credential: { kind: 'token', id: tokenId, expiresAt: ground.clock.now() + hour },
      memberRev: 1,
    })
  })

  it('is taken whatever the case of the scheme, and wins over a cookie', async () => {
    expect((await show(`bearer  galley_${jwt}`, cookie)).actor.credential.kind).to.equal('token')
    await refusal('token_invalid', show('Bearer galley_x', cookie))
  })

  it('can be checked by anybody with the published keys, which say nothing private', async () => {
    const jwks = await ground.identity.jwks()
    const { payload } = await jwtVerify(jwt, createLocalJWKSet(jwks as { keys: JWK[] }), {
      issuer: publicUrl,
      audience: 'galley-api',
      currentDate: new Date(ground.clock.now()),
    })
    expect(payload.sub).to.equal(maker.memberId)
    expect(jwks.keys.flatMap(Object.keys)).to.have.members(['kty', 'crv', 'x', 'kid', 'alg', 'use'])
  })

  it('is taken by a node whose clock is behind that of the one which made it', async () => {
    ground.clock.advance(-10 * 60_000)
    await present(jwt)
  })

  it('ends when it said, within the tolerance between clocks', async () => {
    ground.clock.advance(hour - 1000)
    await present(jwt)
    ground.clock.advance(1000)
    expect(await refusal('token_expired', present(jwt))).to.match(
      /expired at 2030-01-01 01:00 UTC\. Get a new one with: galley login http.* galley token create --member EMAIL\)$/,
    )
    ground.clock.advance(400 * 24 * hour)
    await refusal('token_expired', present(jwt))
  })

  it('is void at once when revoked, also by another process, and when its member is gone', async () => {
    await revokeAccessToken(ground, maker, nowhere, tokenId)
    expect(await refusal('token_revoked', present(jwt))).to.match(/Get a new one/)

    ground.sql('UPDATE access_tokens SET revoked_at = NULL')
    await present(jwt)
    ground.sql('UPDATE members SET removed_at = 1')
    await refusal('token_revoked', present(jwt))
  })

  it('is revoked when no row has its id, or one of another member or org', async () => {
    await refusal(
      'token_revoked',
      present(await forge(ground, jwt, { claims: { jti: 'atok_0000000000000000000000' } })),
    )
    const other = await signedIn(ground, 'Other')
    await refusal('token_revoked', present(await forge(ground, jwt, { claims: { org: other.actor.orgId } })))
    await refusal('token_revoked', present(await forge(ground, jwt, { claims: { sub: other.actor.memberId } })))
  })

  describe('is invalid', () => {
    const seconds = () => Math.floor(ground.clock.now() / 1000)
    const wrong: Record<string, () => Forgery> = {
      'without exp': () => ({ claims: { exp: undefined } }),
      'without iat': () => ({ claims: { iat: undefined } }),
      'without sub': () => ({ claims: { sub: undefined } }),
      'without jti': () => ({ claims: { jti: undefined } }),
      'without org': () => ({ claims: { org: undefined } }),
      'without scope': () => ({ claims: { scope: undefined } }),
      'without audience': () => ({ claims: { aud: undefined } }),
      'without issuer': () => ({ claims: { iss: undefined } }),
      'with an exp that is text': () => ({ claims: { exp: '9999999999' } }),
      'with an exp beyond the longest life': () => ({
        claims: { exp: seconds() + limits.accessTokenMax / 1000 + 3600 },
      }),
      'when expired after more than the longest life': () => ({ claims: { iat: 0, exp: seconds() - 3600 } }),
      'when made further in the future than clocks are apart': () => ({
        claims: { iat: seconds() + limits.clocksApart / 1000 + 60, exp: seconds() + 3600 },
      }),
      'when not yet valid': () => ({ claims: { nbf: seconds() + 3600 } }),
      'with an org that is no text': () => ({ claims: { org: { id: maker.orgId } } }),
      'with an unknown scope': () => ({ claims: { scope: 'admin' } }),
      'for a session': () => ({ claims: { aud: 'galley-session' } }),
      'for somebody else': () => ({ claims: { aud: 'https://other.example' } }),
      'from an issuer that is no text': () => ({ claims: { iss: { href: publicUrl } } }),
      'with the type of a session': () => ({ header: { typ: 'galley-session+jwt' } }),
      'with no type': () => ({ header: { typ: undefined } }),
      'with the type JWT': () => ({ header: { typ: 'JWT' } }),
      'with no kid': () => ({ header: { kid: undefined } }),
      'with a kid that is a path': () => ({ header: { kid: '../../../../dev/null' } }),
      'with a kid that is SQL': () => ({ header: { kid: "' OR 1=1 --" } }),
      'with the kid __proto__': () => ({ header: { kid: '__proto__' } }),
      'with a crit that is not known': () => ({ header: { crit: ['x-rule'], 'x-rule': true } }),
    }
    for (const [how, forgery] of Object.entries(wrong)) {
      it(how, async () => {
        const forged = await forge(ground, jwt, forgery())
        expect(await refusal('token_invalid', present(forged))).to.match(/Copy it again\. Get a new one/)
      })
    }

    it('made with the same data for another address, and says which', async () => {
      for (const iss of ['http://localhost:4000', `${publicUrl}/`, `${publicUrl}.example`]) {
        const sentence = await refusal('token_invalid', present(await forge(ground, jwt, { claims: { iss } })))
        expect(sentence).to.contain(`was made for ${iss}, and this server is ${publicUrl}. Set GALLEY_PUBLIC_URL`)
      }
      const { privateKey } = await generateKeyPair('EdDSA')
      const forged = await forge(ground, jwt, { claims: { iss: 'https://evil.example' }, key: privateKey })
      expect(await refusal('token_invalid', present(forged))).not.to.contain('evil')
    })

    it('signed by another key, whatever its header offers to check it with', async () => {
      const { privateKey, publicKey } = await generateKeyPair('EdDSA')
      const jwk = await exportJWK(publicKey)
      for (const header of [
        {},
        { jwk },
        { jku: 'https://evil.example/jwks.json' },
        { x5u: 'https://evil.example/x' },
      ]) {
        await refusal('token_invalid', present(await forge(ground, jwt, { header, key: privateKey })))
      }
    })

    it('with alg none, or the public key taken for a shared secret', async () => {
      const [key] = (await ground.identity.jwks()).keys as JWK[]
      const header = { ...part(jwt, 0), alg: 'none' }
      await refusal('token_invalid', present(unsigned(header, part(jwt, 1))))
      const publicKey = await importJWK({ ...key }, 'EdDSA', { extractable: true })
      const pem = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey))
      const raw = Buffer.from(key?.x ?? '', 'base64url')
      for (const secret of [pem, raw, new TextEncoder().encode(JSON.stringify(key))]) {
        await refusal('token_invalid', present(await forge(ground, jwt, { header: { alg: 'HS256' }, key: secret })))
      }
    })

    it('signed with ES256 under our kid', async () => {
      const { privateKey } = await generateKeyPair('ES256')
      await refusal('token_invalid', present(await forge(ground, jwt, { header: { alg: 'ES256' }, key: privateKey })))
    })

    it('when cut short, lengthened or empty', async () => {
      for (let length = 0; length < jwt.length; length += 7)
        await refusal('token_invalid', present(jwt.slice(0, length)))
      await refusal('token_invalid', present(`${jwt}A`))
      await refusal('token_invalid', present(`${jwt}.`))
      await refusal('token_invalid', present(`x${jwt}`))
    })

    it('when any one letter was changed', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(jwt.length - 2), fc.constantFrom('A', 'z', '_', '.'), async (at, letter) => {
          fc.pre(jwt[at] !== letter)
          await refusal('token_invalid', present(jwt.slice(0, at) + letter + jwt.slice(at + 1)))
        }),
        { numRuns: 100 },
      )
    })

    it('when huge', async () => {
      await refusal('token_invalid', present(`${jwt}${'A'.repeat(10_000_000)}`))
      const forged = await forge(ground, jwt, { claims: { more: 'A'.repeat(limits.credentialChars) } })
      await refusal('token_invalid', present(forged))
    })

    it('without its prefix, and says which', async () => {
      expect(await refusal('token_invalid', show(`Bearer ${jwt}`))).to.match(/begin with galley_/)
      await refusal('token_invalid', show(`Bearer Galley_${jwt}`))
    })

    it('when it is a session cookie', async () => {
      await refusal('token_invalid', present(cookie.slice(cookie.indexOf('=') + 1)))
    })

    it('whatever text it is', async () => {
      const garbage = fc.oneof(
        fc.string(),
        fc.string().map(text => `galley_${text}`),
        fc.base64String(),
      )
      await fc.assert(
        fc.asyncProperty(garbage, text => refusal('token_invalid', show(`Bearer ${text}.`)).then(() => true)),
      )
    })
  })

  it('is not there in another scheme, nor in an empty header', async () => {
    for (const authorization of ['', 'Bearer', 'Basic YTpi', `galley_${jwt}`]) {
      expect(await refusal('not_signed_in', show(authorization))).to.match(/Authorization: Bearer galley_…/)
    }
  })

  it('names its key and its type', () => {
    expect(decodeProtectedHeader(jwt)).to.deep.include({ alg: 'EdDSA', typ: 'galley-token+jwt' })
  })
})
