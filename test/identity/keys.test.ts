import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { decodeProtectedHeader, type JWK } from 'jose'
import { openIdentity } from '../../server/identity/identity.ts'
import { newSigningKey } from '../../server/identity/keys.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { limits } from '../../shared/limits.ts'
import { openGround, publicUrl, signedIn, silent, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'
import { forge } from './forge.ts'

describe('the signing keys', () => {
  let ground: TestGround
  let cookie: string

  beforeEach(async () => {
    ground = await openGround()
    cookie = (await signedIn(ground)).cookie
  })

  afterEach(() => ground.close())

  const kids = async (identity = ground.identity) => ((await identity.jwks()).keys as JWK[]).map(key => key.kid)
  const signer = async () => {
    const session = ground.sql('SELECT * FROM sessions')[0]
    const row = await ground.store.session(String(session?.id))
    if (!row) throw new Error('there is no session')
    return decodeProtectedHeader((await ground.identity.sessionCookie(row)).split(/[=;]/)[1] ?? '').kid
  }
  const add = async (change: { createdAt?: number; retiredAt?: number } = {}) => {
    const key = { ...(await newSigningKey(ground.clock.now() + 1)), ...change }
    await ground.store.transaction('any', tx => tx.addSigningKey(key))
    return key
  }

  it('are made once and outlive the server', async () => {
    const again = await openIdentity(ground)
    expect(await kids(again)).to.deep.equal(await kids())
    expect((await again.authenticate({ cookieHeader: cookie })).actor.scope).to.equal('full')
  })

  it('are one set, however many processes open the same data at once', async () => {
    const fresh = await openGround()
    fresh.sql('DELETE FROM signing_keys')
    const stores = await Promise.all(
      Array.from({ length: 5 }, () => openSqliteStore({ dataDir: fresh.dataDir, random: randomBytes, log: silent })),
    )
    const identities = await Promise.all(stores.map(store => openIdentity({ store, clock: fresh.clock, publicUrl })))
    const sets = await Promise.all(identities.map(identity => kids(identity)))
    expect(new Set(sets.map(String)).size).to.equal(1)
    expect(sets[0]).to.have.length(1)
    await Promise.all(stores.map(store => store.close()))
    await fresh.close()
  })

  it('rotate: the newest signs within a minute, and what an older one signed is still good', async () => {
    const before = await signer()
    const next = await add()
    expect(await signer()).to.equal(before)
    ground.clock.advance(limits.signingKeysKept)
    expect(await signer()).to.equal(next.kid)
    expect(await kids()).to.have.members([before, next.kid])
    await ground.identity.authenticate({ cookieHeader: cookie })
  })

  it('do not sign once retired, and still verify', async () => {
    const before = await signer()
    const retired = await add({ retiredAt: 1 })
    ground.clock.advance(limits.signingKeysKept)
    expect(await signer()).to.equal(before)
    const jwt = cookie.slice(cookie.indexOf('=') + 1)
    const bySame = await forge(ground, jwt, { header: { kid: retired.kid }, key: JSON.parse(retired.jwk) })
    await ground.identity.authenticate({ cookieHeader: `__Host-galley=${bySame}` })
  })

  it('get a successor at the next start when all are retired', async () => {
    ground.sql('UPDATE signing_keys SET retired_at = 1')
    const again = await openIdentity(ground)
    expect(await kids(again)).to.have.length(2)
    await again.authenticate({ cookieHeader: cookie })
  })

  it('are read again for a key that another node added, and at most every few seconds for ones that nobody has', async () => {
    let reads = 0
    const { store } = ground
    const counted = new Proxy(store, {
      get(target, name) {
        if (name === 'signingKeys') reads++
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const identity = await openIdentity({ store: counted, clock: ground.clock, publicUrl })
    reads = 0
    const jwt = cookie.slice(cookie.indexOf('=') + 1)
    const show = (jwt: string) => identity.authenticate({ cookieHeader: `__Host-galley=${jwt}` })
    const unknown = await newSigningKey(0)
    const strange = await forge(ground, jwt, { header: { kid: unknown.kid }, key: JSON.parse(unknown.jwk) })

    ground.clock.advance(limits.signingKeysRetry)
    await Promise.all(Array.from({ length: 200 }, () => refusal('not_signed_in', show(strange))))
    expect(reads).to.equal(1)

    const added = await add()
    const byAdded = await forge(ground, jwt, { header: { kid: added.kid }, key: JSON.parse(added.jwk) })
    await refusal('not_signed_in', show(byAdded))
    ground.clock.advance(limits.signingKeysRetry)
    await Promise.all(Array.from({ length: 20 }, () => show(byAdded)))
    expect(reads).to.equal(2)
  })
})
