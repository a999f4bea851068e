import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createAccessTokenFor, revokeAccessToken } from '../../server/core/access-tokens.ts'
import { remove, rename, restore } from '../../server/core/edit.ts'
import { addMember, removeMember } from '../../server/core/people.ts'
import type { Log } from '../../server/core/ports.ts'
import { signInWithProvider } from '../../server/core/provider-sign-in.ts'
import type { Member } from '../../server/core/records.ts'
import { share } from '../../server/core/share.ts'
import { signOut } from '../../server/core/sign-in.ts'
import type { Store } from '../../server/core/store-ports.ts'
import type { World } from '../../server/core/world.ts'
import { startPress } from '../../server/render/start-press.ts'
import type { SharingUpdate } from '../../shared/api.ts'
import { nowhere, openGround, signedIn, signIn, silent, type TestGround } from '../ground.ts'
import { type LiveNode, publish, publishOn, report, startNode } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

/** Long: reconcile runs when these tests say so. */
const reconcileEvery = 60_000
const issuer = 'https://idp.example'

describe('reconcile', () => {
  const press = startPress({ threads: 1 })
  let ground: TestGround
  let node: LiveNode
  let ana: Awaited<ReturnType<typeof signedIn>>
  let ben: Member
  let watchers: Watcher[]
  let id: string

  beforeEach(async () => {
    ground = await openGround()
    node = await startNode(ground, press, { reconcileEvery })
    ana = await signedIn(ground)
    ben = await addMember(ground, { orgId: ana.member.orgId, email: 'ben@acme.example', role: 'member' })
    watchers = []
    id = (await publish(node.world, ana.actor, report('one'))).id
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    await node.close()
    await ground.close()
  })
  after(() => press.close())

  /** The same world, in which what is announced gets lost. */
  const mute = () => ({ ...node.world, live: { announce: () => {} } })

  const sharing: SharingUpdate = { audience: 'people', people: [], groups: [], version: 'latest' }
  const set = (update: Partial<SharingUpdate>, world: World = mute()) =>
    share(world, ana.actor, nowhere, id, { ...sharing, ...update })
  const withBen = (role: 'viewer' | 'editor' = 'viewer') => ({ people: [{ email: ben.email, role }] })

  async function watching(credentials: { cookie?: string; token?: string }): Promise<Watcher> {
    const watcher = await join(node.url, credentials)
    watchers.push(watcher)
    expect(await watcher.watch(id)).to.include({ ok: true })
    return watcher
  }
  const benWatching = async () => watching({ cookie: await signIn(ground, ben) })
  const actorOf = async (cookieHeader: string) => (await ground.identity.authenticate({ cookieHeader })).actor

  const repairs = () => node.counted('reconcile_repairs_total')
  /** One, from beginning to end, and the time to hear of it. */
  async function reconciled(): Promise<void> {
    const before = await node.counted('reconcile_seconds_count')
    node.gateway.reconcileNow()
    while ((await node.counted('reconcile_seconds_count')) === before) await sleep(5)
    await sleep(20)
  }

  const notFound = () => ({ name: 'revoked', body: { artifactId: id, code: 'not_found' } })
  const ask = () => ({ name: 'ask', body: { artifactId: id } })
  const ended = (code: string) => () => ({ name: 'revoked', body: { artifactId: 'all', code } })
  const told = (name: string, body: object) => () => ({ name, body })

  interface Case {
    way: string
    /** Before Ben comes. */
    before: () => Promise<unknown>
    /** Nobody announces it. */
    change: (watcher: Watcher) => Promise<unknown>
    heard: () => { name: string; body: object }
  }
  const cases: Case[] = [
    { way: 'who is let in by name', before: () => set(withBen()), change: () => set({}), heard: notFound },
    { way: 'what they may do', before: () => set(withBen()), change: () => set(withBen('editor')), heard: ask },
    {
      way: 'everybody’s access',
      before: () => set({ audience: 'org' }),
      change: () => set({ audience: 'private' }),
      heard: notFound,
    },
    {
      way: 'a group that somebody left',
      before: async () => {
        await ground.store.transaction('any', tx => tx.setGroups(ben.orgId, ben.id, ['Design']))
        await set({ groups: [{ name: 'Design', role: 'viewer' }] })
      },
      change: () => ground.store.transaction('any', tx => tx.setGroups(ben.orgId, ben.id, [])),
      heard: notFound,
    },
    {
      way: 'a group that somebody came into',
      before: () => set({ ...withBen(), groups: [{ name: 'Design', role: 'editor' }] }),
      change: () => ground.store.transaction('any', tx => tx.setGroups(ben.orgId, ben.id, ['Design'])),
      heard: ask,
    },
    {
      way: 'an address that something waited for',
      before: () => set({ audience: 'org', people: [{ email: 'benjamin@acme.example', role: 'editor' }] }),
      change: async () => {
        const person = { issuer, subject: 'b', emailVerified: true, name: ben.name, groups: [] }
        await ground.store.transaction('any', tx =>
          tx.putMemberIdentity({ issuer, subject: 'b', orgId: ben.orgId, memberId: ben.id }),
        )
        await signInWithProvider(mute(), { ...person, email: 'benjamin@acme.example' }, nowhere)
      },
      heard: ask,
    },
    {
      way: 'a member who was removed',
      before: () => set(withBen()),
      change: () => removeMember(mute(), ben),
      heard: ended('not_signed_in'),
    },
    {
      way: 'a session that was ended',
      before: () => set(withBen()),
      change: async () =>
        ground.sql('update sessions set revoked_at = 1 where member_id <> (select owner_id from artifacts)'),
      heard: ended('not_signed_in'),
    },
    {
      way: 'an artifact that was deleted',
      before: () => set(withBen()),
      change: () => remove(mute(), ana.actor, nowhere, id),
      heard: () => ({ name: 'revoked', body: { artifactId: id, code: 'deleted' } }),
    },
    {
      way: 'one that was deleted and is back',
      before: () => set(withBen()),
      change: async () => {
        await remove(mute(), ana.actor, nowhere, id)
        await restore(mute(), ana.actor, nowhere, id)
      },
      heard: told('artifact', { title: 'Report' }),
    },
    {
      way: 'a title',
      before: () => set(withBen()),
      change: () => rename(mute(), ana.actor, nowhere, id, { title: 'Other' }),
      heard: told('artifact', { title: 'Other' }),
    },
    {
      way: 'a version',
      before: () => set(withBen()),
      change: () => publishOn(mute(), ana.actor, id, report('two')),
      heard: told('version', { number: 2 }),
    },
    {
      way: 'a pin',
      before: async () => {
        await publishOn(mute(), ana.actor, id, report('two'))
        await set(withBen())
      },
      change: () => set({ ...withBen(), version: 1 }),
      heard: told('version', { number: 1 }),
    },
  ]
  for (const { way, before, change, heard } of cases) {
    it(`R4, N3: finds ${way}, once`, async () => {
      await before()
      const watcher = await benWatching()
      await reconciled()
      expect(watcher.told).to.deep.equal([])
      expect(await repairs()).to.equal(0)
      await change(watcher)
      await reconciled()
      const { name, body } = heard()
      expect(watcher.told).to.have.length(1)
      expect(watcher.told[0]?.name).to.equal(name)
      expect(watcher.told[0]?.body).to.include(body)
      expect(await repairs()).to.equal(1)
      await reconciled()
      expect(watcher.told).to.have.length(1)
      expect(await repairs()).to.equal(1)
    })
  }

  it('R4: finds a token that was revoked, and a session signed out, and leaves the others be', async () => {
    const made = await createAccessTokenFor(ground, ana.member, { name: 'CI', scope: 'full', expiresIn: 3600 })
    const byToken = await watching({ token: await ground.identity.accessToken(made) })
    const other = await signIn(ground, ana.member)
    const [kept, gone] = [await watching({ cookie: ana.cookie }), await watching({ cookie: other })]
    await revokeAccessToken(mute(), ana.actor, nowhere, made.id)
    await signOut(mute(), await actorOf(other), nowhere)
    await reconciled()
    expect([await byToken.ended, await gone.ended]).to.have.length(2)
    expect(kept.socket.connected).to.equal(true)
    expect(kept.told).to.deep.equal([])
    expect(await repairs()).to.equal(2)
  })

  it('N3: repairs nothing of what was announced', async () => {
    await set(withBen(), node.world)
    const watcher = await benWatching()
    await publishOn(node.world, ana.actor, id, report('two'))
    await watcher.heard(1)
    await reconciled()
    await set({}, node.world)
    await watcher.heard(2)
    await reconciled()
    expect(watcher.told).to.have.length(2)
    expect(await repairs()).to.equal(0)
    expect(await node.counted('fan_out_seconds_count')).to.equal(1)
    expect(await node.counted('deltas_inline_total')).to.equal(1)
  })

  it('T3, R4: still finds who may not look any more when the news that told so was lost, and later ones were not', async () => {
    await set(withBen())
    const watcher = await benWatching()
    await set({})
    await publishOn(node.world, ana.actor, id, report('two'))
    await reconciled()
    expect(watcher.told.at(-1)).to.deep.equal(notFound())
  })

  describe('where the database was restored under the node', () => {
    it('O3: brings everybody to what is there now, though it is older', async () => {
      await set({ audience: 'org' })
      await publishOn(node.world, ana.actor, id, report('two'))
      const [owner, viewer] = [await watching({ cookie: ana.cookie }), await benWatching()]
      ground.sql(`update meta set value = 'another' where key = 'epoch'`)
      ground.sql('update artifacts set latest = 1, rev = 1, viewer_rev = 1')
      ground.sql('delete from versions where number = 2')
      await reconciled()
      for (const watcher of [owner, viewer]) {
        expect(watcher.told.map(({ name }) => name)).to.deep.equal(['version'])
        expect(watcher.told[0]?.body).to.include({ epoch: 'another', rev: 1, number: 1 })
      }
      await publishOn(node.world, ana.actor, id, report('three'))
      for (const watcher of [owner, viewer]) {
        expect((await watcher.heard(2)).at(-1)?.body).to.include({ epoch: 'another', rev: 2, number: 2 })
      }
    })

    it('O3: looks at what has the same rev, too, and at who may see it', async () => {
      await set(withBen())
      const [owner, viewer] = [await watching({ cookie: ana.cookie }), await benWatching()]
      ground.sql(`update meta set value = 'another' where key = 'epoch'`)
      ground.sql(`update artifacts set title = 'Before', audience = 'private'`)
      await reconciled()
      expect(owner.told.map(({ body }) => body)).to.have.nested.property('[0].title', 'Before')
      expect(viewer.told).to.deep.equal([notFound()])
    })
  })
})

describe('reconcile, where the database', () => {
  const press = startPress({ threads: 1 })
  const errors: string[] = []
  const log: Log = { ...silent, error: (_, message) => void errors.push(message) }
  let ground: TestGround
  let node: LiveNode
  /** What comes before a node's first question. */
  let before: () => Promise<void>

  beforeEach(async () => {
    ground = await openGround()
    before = async () => {}
    const store: Store = Object.create(ground.store)
    store.readEpoch = () => before().then(() => ground.store.readEpoch())
    node = await startNode({ ...ground, store }, press, { reconcileEvery, log })
  })
  afterEach(async () => {
    await node.close()
    await ground.close()
  })
  after(() => press.close())

  it('N3: is slow, runs once more, however often it is asked for meanwhile', async () => {
    const began: (() => void)[] = []
    before = () => new Promise(resolve => began.push(resolve))
    node.gateway.reconcileNow()
    while (began.length === 0) await sleep(5)
    for (let n = 0; n < 50; n++) node.gateway.reconcileNow()
    began[0]?.()
    while (began.length === 1) await sleep(5)
    began[1]?.()
    await sleep(50)
    expect(began).to.have.length(2)
  })

  it('N3: is away, says so once, keeps everybody connected, and is done when it is back', async () => {
    const ana = await signedIn(ground)
    const { id } = await publish(node.world, ana.actor, report('one'))
    const watcher = await join(node.url, { cookie: ana.cookie })
    await watcher.watch(id)
    before = () => Promise.reject(new Error('The database is away.'))
    for (let n = 0; n < 3; n++) {
      node.gateway.reconcileNow()
      await sleep(30)
    }
    expect(errors).to.have.length(1)
    await publishOn({ ...node.world, live: { announce() {} } }, ana.actor, id, report('two'))
    expect(watcher.told).to.deep.equal([])
    before = async () => {}
    expect((await watcher.heard(1))[0]?.body).to.include({ number: 2 })
    expect(watcher.socket.connected).to.equal(true)
    watcher.close()
  })
})
