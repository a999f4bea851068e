import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { answerAccessRequest, requestAccess } from '../../server/core/access-requests.ts'
import { views } from '../../server/core/history.ts'
import { addMember } from '../../server/core/people.ts'
import { share } from '../../server/core/share.ts'
import type { SharingUpdate } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn, signIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

describe('sharing, on open pages', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let watchers: Watcher[]
  let id: string

  const start = async (reconcileEvery: number) => {
    live = await startLive({ reconcileEvery })
    ana = await signedIn(live.ground)
    watchers = []
    id = (await publish(live.world, ana.actor, report('one'))).id
  }
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    await live.close()
  })

  async function enter(name: string): Promise<Watcher> {
    const email = `${name}@acme.example`
    const { store } = live.ground
    const { orgId } = ana.member
    const member =
      (await store.memberByEmail(orgId, email)) ?? (await addMember(live.ground, { orgId, email, role: 'member' }))
    const watcher = await join(live.url, { cookie: await signIn(live.ground, member) })
    watchers.push(watcher)
    return watcher
  }
  async function watching(name: string): Promise<Watcher> {
    const watcher = await enter(name)
    expect(await watcher.watch(id)).to.include({ ok: true })
    return watcher
  }
  const set = (update: Partial<SharingUpdate>, world = live.world) =>
    share(world, ana.actor, nowhere, id, { audience: 'people', people: [], groups: [], version: 'latest', ...update })
  const person = (name: string, role: 'viewer' | 'editor' = 'viewer') => ({ email: `${name}@acme.example`, role })
  const versions = (watcher: Watcher) =>
    watcher.told.flatMap(({ name, body }) => (name === 'version' && 'number' in body ? [body.number] : []))

  describe('announced', () => {
    beforeEach(() => start(60_000))

    it('R5: puts out whoever is not let in any more, and nobody else', async () => {
      await set({ people: [person('ben'), person('cleo')] })
      const [ben, cleo] = [await watching('ben'), await watching('cleo')]
      await set({ people: [person('cleo')] })
      expect((await ben.heard(1))[0]).to.deep.equal({ name: 'revoked', body: { artifactId: id, code: 'not_found' } })
      expect(await ben.watch(id)).to.include({ ok: false, code: 'not_found' })
      await publishOn(live.world, ana.actor, id, report('two'))
      await cleo.heard(1)
      expect(versions(cleo)).to.deep.equal([2])
      expect(ben.told).to.have.length(1)
    })

    it('R5: puts everyone out when it becomes private, but for its owner', async () => {
      await set({ audience: 'org' })
      const ben = await watching('ben')
      const owner = await join(live.url, { cookie: ana.cookie })
      watchers.push(owner)
      expect(await owner.watch(id)).to.include({ ok: true })
      await set({ audience: 'private' })
      expect((await ben.heard(1))[0]?.body).to.include({ code: 'not_found' })
      expect((await owner.heard(1)).map(({ name }) => name)).to.deep.equal(['artifact'])
    })

    it('R5: asks who may do more or less than before to ask anew', async () => {
      await set({ people: [person('ben', 'editor')] })
      const ben = await watching('ben')
      await publishOn(live.world, ana.actor, id, report('two'))
      await ben.heard(1)
      await set({ people: [person('ben')], version: 1 })
      while (!ben.told.some(({ name }) => name === 'ask')) await ben.heard(ben.told.length + 1)
      const reply = await ben.watch(id)
      expect(reply).to.include({ ok: true })
      expect(reply.ok && reply.artifact).to.deep.include({ role: 'viewer', pinned: null })
      expect(reply.ok && reply.artifact.shown.number).to.equal(1)
    })

    it('T2: tells pinned viewers nothing of later versions, exactly once that the pin moved, and follows again', async () => {
      await set({ audience: 'org', version: 1 })
      const ben = await watching('ben')
      for (const line of ['two', 'three']) await publishOn(live.world, ana.actor, id, report(line))
      await sleep(3 * limits.conflation)
      expect(ben.told).to.deep.equal([])
      await set({ audience: 'org', version: 2 })
      await ben.heard(1)
      await set({ audience: 'org', version: 1 })
      await ben.heard(2)
      await set({ audience: 'org', version: 'latest' })
      await ben.heard(3)
      await sleep(3 * limits.conflation)
      expect(versions(ben)).to.deep.equal([2, 1, 3])
      expect(JSON.stringify(ben.told)).not.to.match(/"latest"|"pinned"/)
    })

    it('R5: follows a group that somebody leaves', async () => {
      await set({ groups: [{ name: 'Design', role: 'viewer' }] })
      const { orgId } = ana.member
      const ben = await addMember(live.ground, { orgId, email: 'ben@acme.example', role: 'member' })
      await live.ground.store.transaction('any', tx => tx.setGroups(orgId, ben.id, ['Design']))
      const watcher = await watching('ben')
      await live.ground.store.transaction('any', tx => tx.setGroups(orgId, ben.id, []))
      live.gateway.announce({ kind: 'member-changed', orgId, memberId: ben.id })
      expect((await watcher.heard(1))[0]?.body).to.deep.equal({ artifactId: id, code: 'not_found' })
    })
  })

  it('tells how many people have it open, each counted once, and keeps for its publishers who looked at what', async () => {
    await start(60_000)
    await set({ audience: 'org' })
    const people: (number | null)[] = []
    const owner = await join(live.url, { cookie: ana.cookie })
    watchers.push(owner)
    owner.socket.on('presence', event => people.push(event.people))
    await owner.watch(id)
    await watching('ben')
    const again = await watching('ben')
    while (people.at(-1) !== 2) await sleep(50)
    for (const watcher of watchers) if (watcher !== owner) watcher.close()
    while (people.at(-1) !== 1) await sleep(50)
    again.close()
    const seen = async () => (await views(live.world, ana.actor, id, { limit: 9, cursor: undefined })).views
    while ((await seen()).length === 0) await sleep(50)
    expect((await seen()).map(({ email, number, times }) => ({ email, number, times }))).to.deep.equal([
      { email: 'ben@acme.example', number: 1, times: 1 },
    ])
  })

  it('R6: tells an owner, and nobody else, how many ask to be let in', async () => {
    await start(60_000)
    await set({ people: [person('ben', 'editor')] })
    const owner = await join(live.url, { cookie: ana.cookie })
    watchers.push(owner)
    const asking: string[] = []
    const hears = (name: string, watcher: Watcher) =>
      watcher.socket.on('requests', event => asking.push(`${name}: ${event.waiting}`))
    hears('ana', owner)
    const first = await owner.watch(id)
    expect(first.ok && first.artifact.waiting).to.equal(0)
    const editor = await watching('ben')
    hears('ben', editor)
    const { orgId } = ana.member
    const cleo = await addMember(live.ground, { orgId, email: 'cleo@acme.example', role: 'member' })
    const cookieHeader = await signIn(live.ground, cleo)
    const { actor } = await live.ground.identity.authenticate({ cookieHeader })
    await requestAccess(live.world, actor, nowhere, id)
    while (asking.length < 1) await sleep(20)
    const again = await owner.watch(id)
    expect(again.ok && again.artifact.waiting).to.equal(1)
    expect(await editor.watch(id)).to.not.have.nested.property('artifact.waiting')
    await answerAccessRequest(live.world, ana.actor, nowhere, id, cleo.id, { role: null })
    while (asking.length < 2) await sleep(20)
    expect(asking).to.deep.equal(['ana: 1', 'ana: 0'])
  })

  it('R4: is found by reconcile where nobody announced it', async () => {
    await start(100)
    await set({ people: [person('ben'), person('cleo')] })
    const [ben, cleo] = [await watching('ben'), await watching('cleo')]
    await set({ people: [person('cleo')], version: 1 }, { ...live.world, live: { announce() {} } })
    expect((await ben.heard(1))[0]?.body).to.deep.equal({ artifactId: id, code: 'not_found' })
    expect(cleo.told).to.deep.equal([])
  })
})
