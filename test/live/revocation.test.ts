import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createAccessTokenFor, revokeAccessToken } from '../../server/core/access-tokens.ts'
import { remove } from '../../server/core/edit.ts'
import type { Member } from '../../server/core/records.ts'
import { signOut } from '../../server/core/sign-in.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn, signIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

describe('taking a live socket away', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let watchers: Watcher[]

  beforeEach(async () => {
    live = await startLive({ reconcileEvery: 60_000 })
    ana = await signedIn(live.ground)
    watchers = []
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    await live.close()
  })

  async function watching(credentials: { cookie?: string; token?: string }, id?: string): Promise<Watcher> {
    const watcher = await join(live.url, credentials)
    watchers.push(watcher)
    if (id !== undefined) expect(await watcher.watch(id)).to.include({ ok: true })
    return watcher
  }
  async function tokenOf(member: Member, expiresIn: number) {
    const made = await createAccessTokenFor(live.ground, member, { name: 'CI', scope: 'full', expiresIn })
    return { id: made.id, token: await live.ground.identity.accessToken(made) }
  }
  const ending = (watcher: Watcher) => watcher.told.at(-1)

  it('R1: signing out ends every connection of that session, and none of another', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const both = [await watching({ cookie: ana.cookie }, id), await watching({ cookie: ana.cookie })]
    const elsewhere = await watching({ cookie: await signIn(live.ground, ana.member) }, id)
    await signOut(live.world, ana.actor, nowhere)
    for (const watcher of both) {
      await watcher.ended
      expect(ending(watcher)).to.deep.equal({ name: 'revoked', body: { artifactId: 'all', code: 'not_signed_in' } })
    }
    expect(elsewhere.socket.connected).to.equal(true)
    expect(elsewhere.told).to.deep.equal([])
  })

  it('R1: revoking a token ends its connections', async () => {
    const { id, token } = await tokenOf(ana.member, 3600)
    const watcher = await watching({ token })
    await revokeAccessToken(live.world, ana.actor, nowhere, id)
    await watcher.ended
    expect(ending(watcher)?.body).to.deep.equal({ artifactId: 'all', code: 'token_revoked' })
  })

  it('R2: deleting an artifact is told once, and later asked about as if it had never been', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const { id: kept } = await publish(live.world, ana.actor, report('kept'))
    const watcher = await watching({ cookie: ana.cookie }, id)
    await watcher.watch(kept)
    await remove(live.world, ana.actor, nowhere, id)
    expect((await watcher.heard(1))[0]?.body).to.deep.equal({ artifactId: id, code: 'deleted' })
    expect(await watcher.watch(id)).to.include({ ok: false, code: 'not_found' })
    await publishOn(live.world, ana.actor, kept, report('still told'))
    await watcher.heard(2)
    expect(ending(watcher)?.body).to.include({ artifactId: kept })
  })

  it('R3: a token ends when it expires', async () => {
    const { token } = await tokenOf(ana.member, 1)
    const watcher = await watching({ token })
    await sleep(300)
    expect(watcher.socket.connected).to.equal(true)
    live.ground.clock.advance(1001)
    await watcher.ended
    expect(ending(watcher)?.body).to.deep.equal({ artifactId: 'all', code: 'token_expired' })
  })

  it('R3: one that lives longer than a timer can wait is not ended by that', async () => {
    const { token } = await tokenOf(ana.member, limits.accessTokenMax / 1000)
    const watcher = await watching({ token })
    await sleep(200)
    expect(watcher.socket.connected).to.equal(true)
  })
})

describe('a session whose JWT expires under an open socket', () => {
  let live: Live
  let watcher: Watcher

  beforeEach(async () => {
    live = await startLive({ reconcileEvery: 60_000, credentialsLast: 150 })
    watcher = await join(live.url, { cookie: (await signedIn(live.ground)).cookie })
  })
  afterEach(async () => {
    watcher.close()
    await live.close()
  })

  it('R3: goes on as long as its row stands', async () => {
    live.ground.clock.advance(200)
    await sleep(300)
    expect(watcher.socket.connected).to.equal(true)
    expect(watcher.told).to.deep.equal([])
  })

  it('R3: ends then, when its row was taken away and nobody said so', async () => {
    live.ground.sql('update sessions set revoked_at = 1')
    live.ground.clock.advance(200)
    await watcher.ended
    expect(watcher.told.at(-1)?.body).to.deep.equal({ artifactId: 'all', code: 'not_signed_in' })
  })
})
