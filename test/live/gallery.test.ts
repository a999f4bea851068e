import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createAccessTokenFor, revokeAccessToken } from '../../server/core/access-tokens.ts'
import { remove, rename, restore } from '../../server/core/edit.ts'
import { addMember } from '../../server/core/people.ts'
import { signOut } from '../../server/core/sign-in.ts'
import type { Scope } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn, signIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { openRaw, type RawSocket, until } from './raw.ts'
import { type Credentials, join, type Watcher } from './watcher.ts'

describe('telling a member that the list of their pages is not as it was', () => {
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

  async function enter(credentials: Credentials): Promise<Watcher> {
    const watcher = await join(live.url, credentials)
    watchers.push(watcher)
    return watcher
  }
  async function watching(credentials: Credentials): Promise<Watcher> {
    const watcher = await enter(credentials)
    expect(await watcher.watchGallery()).to.deep.equal({ ok: true, barred: null })
    return watcher
  }
  /** Once they are over, the next change is told at once. */
  const quiet = () => sleep(limits.galleryConflation + 50)
  async function tokenOf(scope: Scope) {
    const made = await createAccessTokenFor(live.ground, ana.member, { name: 'CI', scope, expiresIn: 3600 })
    return { id: made.id, token: await live.ground.identity.accessToken(made) }
  }

  it('G2: says so after a first publish, another, a new title, a removal and its undoing, and says nothing else', async () => {
    const tab = await watching({ cookie: ana.cookie })
    const { id } = await publish(live.world, ana.actor, report('one'))
    const changes = [
      async () => {},
      () => publishOn(live.world, ana.actor, id, report('two')),
      () => rename(live.world, ana.actor, nowhere, id, { title: 'Weekly' }),
      () => remove(live.world, ana.actor, nowhere, id),
      () => restore(live.world, ana.actor, nowhere, id),
    ]
    for (const [before, change] of changes.entries()) {
      await change()
      await tab.heard(before + 1)
      await quiet()
    }
    expect(tab.told).to.deep.equal(changes.map(() => ({ name: 'gallery', body: {} })))
  })

  it('G2: says nothing to another member, to another organisation, or to who did not ask', async () => {
    const colleague = await addMember(live.ground, {
      orgId: ana.member.orgId,
      email: 'ben@acme.example',
      role: 'member',
    })
    const others = [
      await watching({ cookie: await signIn(live.ground, colleague) }),
      await watching({ cookie: (await signedIn(live.ground, 'Elsewhere')).cookie }),
      await enter({ cookie: ana.cookie }),
    ]
    const tab = await watching({ cookie: ana.cookie })
    await publish(live.world, ana.actor, report('one'))
    await tab.heard(1)
    await quiet()
    for (const { told } of others) expect(told).to.deep.equal([])
  })

  it('G2: says nothing of a publish that changed nothing', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const tab = await watching({ cookie: ana.cookie })
    expect(await publishOn(live.world, ana.actor, id, report('one'))).to.include({ unchanged: true })
    await quiet()
    expect(tab.told).to.deep.equal([])
  })

  it('G1: hears a token of any scope, and subscribes once however often it is asked', async () => {
    for (const scope of ['publish', 'read', 'full'] as const) {
      const program = await watching({ token: (await tokenOf(scope)).token })
      await program.watchGallery()
      await publish(live.world, ana.actor, report(scope))
      await program.heard(1)
      await quiet()
      expect(program.told).to.have.length(1)
    }
  })

  it('G1: does not hear who waits for no answer', async () => {
    const tab = await enter({ cookie: ana.cookie })
    tab.socket.emit('watchGallery', 'x' as never)
    tab.socket.emit('watchGallery', undefined as never)
    await publish(live.world, ana.actor, report('one'))
    await quiet()
    expect(tab.told).to.deep.equal([])
    expect(tab.socket.connected).to.equal(true)
  })

  it('G3: conflates what comes fast, and ends with a hint after the last change', async () => {
    const tab = await watching({ cookie: ana.cookie })
    const times: number[] = []
    tab.socket.on('gallery', () => times.push(performance.now()))
    const { id } = await publish(live.world, ana.actor, report('0'))
    let last = 0
    for (let n = 1; n <= 40; n++) {
      await publishOn(live.world, ana.actor, id, report(`${n}`))
      last = performance.now()
    }
    while ((times.at(-1) ?? 0) < last) await tab.heard(tab.told.length + 1)
    await quiet()
    expect(tab.told.length).to.be.within(2, 3 + (last - (times[0] ?? 0)) / limits.galleryConflation)
  })

  it('G7: is told to everybody where announcements may have been lost', async () => {
    const tab = await watching({ cookie: ana.cookie })
    const ben = await signIn(live.ground, await addMember(live.ground, { ...ana.member, email: 'ben@acme.example' }))
    const other = await watching({ cookie: ben })
    const began = performance.now()
    live.gateway.reconcileNow()
    await Promise.all([tab.heard(1), other.heard(1)])
    expect(performance.now() - began).to.be.below(limits.galleryRepair + 1000)
    expect([tab.told, other.told].map(told => told.length)).to.deep.equal([1, 1])
  })

  it('T6: owes one hint, not many, to a connection that is not reading', async () => {
    const stuck = await openRaw(live, ana.cookie)
    const tab = await watching({ cookie: ana.cookie })
    await jam(stuck)
    const { id } = await publish(live.world, ana.actor, report('one'))
    for (const line of ['two', 'three']) {
      await quiet()
      await publishOn(live.world, ana.actor, id, report(line))
    }
    await tab.heard(3)
    stuck.client.resume()
    await until(() => stuck.received().includes('["gallery"'))
    await quiet()
    expect(stuck.received().split('["gallery"')).to.have.length(2)
    stuck.client.destroy()
  })

  /** Watches, reads nothing more, and is sent so much that the network takes no more. */
  async function jam(socket: RawSocket): Promise<void> {
    await socket.enter()
    socket.send('420["watchGallery"]')
    await until(() => socket.received().includes('430['))
    socket.client.pause()
    socket.flood()
    socket.send('421["watchGallery"]')
    // Its answer is what is still on its way when the first hint comes.
    await sleep(100)
    expect(socket.server.writableLength).to.be.greaterThan(0)
  }

  it('R1: ends with the session or the token it came by, and with the member', async () => {
    const { id, token } = await tokenOf('full')
    const program = await watching({ token })
    await revokeAccessToken(live.world, ana.actor, nowhere, id)
    await program.ended
    const tab = await watching({ cookie: ana.cookie })
    await signOut(live.world, ana.actor, nowhere)
    await tab.ended
    expect(tab.told).to.deep.equal([{ name: 'revoked', body: { artifactId: 'all', code: 'not_signed_in' } }])
  })
})

describe('the list of a member who was removed by a command', () => {
  it('R4: is followed no longer', async () => {
    const live = await startLive({ reconcileEvery: 50 })
    const { cookie } = await signedIn(live.ground)
    const tab = await join(live.url, { cookie })
    await tab.watchGallery()
    live.ground.sql('update members set removed_at = 1')
    await tab.ended
    expect(tab.told).to.deep.equal([{ name: 'revoked', body: { artifactId: 'all', code: 'not_signed_in' } }])
    await live.close()
  })
})
