import { expect } from 'chai'
import { generateKeyPair } from 'jose'
import type { ErrorCode } from '../../shared/errors.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { forge, part, unsigned } from '../identity/forge.ts'
import { problemOf } from './wire.ts'

describe('tokens that are no good, over HTTP', () => {
  let app: TestApp
  let jwt: string
  before(async () => {
    app = await startTestApp()
    jwt = app.owner.token.replace('galley_', '')
  })
  after(() => app.close())

  async function expectRefused(token: string, code: ErrorCode, sentence: RegExp): Promise<void> {
    const answer = await app.request('/api/v1/artifacts', { token })
    const problem = await problemOf(answer)
    expect({ status: answer.status, code: problem.code }).to.deep.equal({ status: 401, code })
    expect(problem.detail).to.match(sentence)
    expect(answer.headers.get('WWW-Authenticate')).to.equal('Bearer realm="Galley", error="invalid_token"')
  }
  const seconds = () => Math.floor(Date.now() / 1000)
  const notOurs = /not made by this server/

  it('the one that these are made from is good', async () => {
    expect((await app.request('/api/v1/artifacts', { token: app.owner.token })).status).to.equal(200)
  })

  it('expired', async () => {
    const expired = await forge(app.ground, jwt, { claims: { iat: seconds() - 7200, exp: seconds() - 3600 } })
    await expectRefused(
      `galley_${expired}`,
      'token_expired',
      /^This access token expired at \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Get a new one with: galley login /,
    )
  })

  it('forged: by another key, changed, cut, or unknown', async () => {
    const { privateKey } = await generateKeyPair('EdDSA')
    await expectRefused(`galley_${await forge(app.ground, jwt, { key: privateKey })}`, 'token_invalid', notOurs)
    const [header, , signature] = jwt.split('.')
    const claims = Buffer.from(JSON.stringify({ ...part(jwt, 1), sub: 'user_0000000000000000000000' })).toString(
      'base64url',
    )
    await expectRefused(`galley_${header}.${claims}.${signature}`, 'token_invalid', notOurs)
    await expectRefused(`galley_${jwt.slice(0, -8)}`, 'token_invalid', notOurs)
    await expectRefused(jwt, 'token_invalid', /they begin with galley_/)
    const unknown = await forge(app.ground, jwt, { claims: { jti: 'atok_0000000000000000000000' } })
    await expectRefused(`galley_${unknown}`, 'token_revoked', /revoked/)
  })

  it('of the wrong algorithm: none, or symmetric with the public key', async () => {
    await expectRefused(`galley_${unsigned({ ...part(jwt, 0), alg: 'none' }, part(jwt, 1))}`, 'token_invalid', notOurs)
    const { keys } = (await (await app.request('/.well-known/jwks.json')).json()) as { keys: { x: string }[] }
    const secret = Buffer.from(keys[0]?.x ?? '', 'base64url')
    const symmetric = await forge(app.ground, jwt, { header: { alg: 'HS256' }, key: secret })
    await expectRefused(`galley_${symmetric}`, 'token_invalid', notOurs)
  })

  it('for another audience or from another issuer', async () => {
    const elsewhere = /not made by this server|made for https:\/\/other\.example/
    for (const claims of [{ aud: 'https://other.example' }, { iss: 'https://other.example' }, { aud: undefined }]) {
      await expectRefused(`galley_${await forge(app.ground, jwt, { claims })}`, 'token_invalid', elsewhere)
    }
  })

  it('that never expires', async () => {
    await expectRefused(
      `galley_${await forge(app.ground, jwt, { claims: { exp: undefined } })}`,
      'token_invalid',
      notOurs,
    )
  })

  it('in a query string: not looked at', async () => {
    const answer = await app.request(`/api/v1/artifacts?access_token=${app.owner.token}&token=${app.owner.token}`)
    expect((await problemOf(answer)).code).to.equal('not_signed_in')
  })
})
