import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { generateKeyPair } from 'jose'
import { createAccessTokenFor, revokeAccessToken } from '../../server/core/access-tokens.ts'
import { livePath } from '../../shared/events.ts'
import { nowhere, publicUrl, signedIn } from '../ground.ts'
import { forge, part, unsigned } from '../identity/forge.ts'
import { type Live, startLive } from './nodes.ts'
import { join, refusal } from './watcher.ts'

describe('the handshake of a live socket', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let token: string
  let tokenId: string

  before(async () => {
    live = await startLive()
    ana = await signedIn(live.ground)
    const made = await createAccessTokenFor(live.ground, ana.member, { name: 'CI', scope: 'full', expiresIn: 3600 })
    tokenId = made.id
    token = await live.ground.identity.accessToken(made)
  })
  after(() => live.close())

  it('H1: is a websocket’s, without compression, and nothing else’s', async () => {
    const asked = { Cookie: ana.cookie, Origin: publicUrl }
    const polling = await fetch(`${live.url}${livePath}?EIO=4&transport=polling`, { headers: asked })
    expect(polling.status).to.equal(400)
    const headers = {
      ...asked,
      ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
      ...{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Extensions': 'permessage-deflate' },
    }
    const upgrade = get(`${live.url}${livePath}?EIO=4&transport=websocket`, { headers })
    const [answer] = (await once(upgrade, 'upgrade')) as [IncomingMessage]
    expect(answer.statusCode).to.equal(101)
    expect(answer.headers).to.not.have.property('sec-websocket-extensions')
    answer.destroy()
  })

  it('H2, H4: lets in a cookie from the app’s own origin, and a token without any', async () => {
    for (const credentials of [{ cookie: ana.cookie }, { token }, { token, origin: publicUrl }]) {
      const watcher = await join(live.url, credentials)
      expect(watcher.socket.connected).to.equal(true)
      watcher.close()
    }
  })

  it('H2: refuses another site’s websocket before it is one, whatever it brings', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:3000', `${publicUrl}.evil.example`]) {
      expect(await refusal(live.url, { cookie: ana.cookie, token, origin })).to.equal(undefined)
    }
  })

  it('H2: does not look at a cookie that comes without an origin', async () => {
    expect(await refusal(live.url, { cookie: ana.cookie, origin: null })).to.equal(undefined)
    const both = { cookie: ana.cookie, token: `${token}x`, origin: null }
    expect(await refusal(live.url, both)).to.include({ code: 'token_invalid' })
  })

  it('H3: refuses another protocol version, and none, with a code', async () => {
    for (const auth of [{ protocolVersion: 99 }, { protocolVersion: '1' }, {}]) {
      expect(await refusal(live.url, { cookie: ana.cookie, auth })).to.include({ code: 'unsupported_protocol' })
    }
  })

  describe('H4: refuses a token that is', () => {
    const jwt = () => token.replace(/^galley_/, '')
    const refuses = async (forged: string) =>
      expect(await refusal(live.url, { token: `galley_${forged}` })).to.include({ code: 'token_invalid' })

    it('signed with another algorithm, by our key or its own, or with none', async () => {
      const { privateKey } = await generateKeyPair('ES256')
      await refuses(await forge(live.ground, jwt(), { header: { alg: 'ES256' }, key: privateKey }))
      const [publicKey] = (await live.ground.identity.jwks()).keys
      const shared = new TextEncoder().encode(JSON.stringify(publicKey))
      await refuses(await forge(live.ground, jwt(), { header: { alg: 'HS256' }, key: shared }))
      await refuses(unsigned({ ...part(jwt(), 0), alg: 'none' }, part(jwt(), 1)))
    })

    it('for another audience', async () => {
      for (const aud of ['galley-session', 'https://other.example', undefined]) {
        await refuses(await forge(live.ground, jwt(), { claims: { aud } }))
      }
    })

    it('never to expire', async () => {
      await refuses(await forge(live.ground, jwt(), { claims: { exp: undefined } }))
    })
  })

  it('H4: refuses nobody, a forged cookie, a forged token and a revoked one, each with its code', async () => {
    expect(await refusal(live.url, { cookie: 'theme=dark' })).to.include({ code: 'not_signed_in' })
    expect(await refusal(live.url, { cookie: `${ana.cookie}x` }))
      .to.have.property('code')
      .that.is.oneOf(['not_signed_in', 'token_invalid'])
    expect(await refusal(live.url, { token: `${token}x` })).to.include({ code: 'token_invalid' })
    await revokeAccessToken(live.ground, ana.actor, nowhere, tokenId)
    expect(await refusal(live.url, { token })).to.include({ code: 'token_revoked' })
  })
})
