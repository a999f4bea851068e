import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { remove, restore } from '../../server/core/edit.ts'
import { addMember, removeMember } from '../../server/core/people.ts'
import { share } from '../../server/core/share.ts'
import type { Press } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, signedIn, signIn, type TestGround } from '../ground.ts'
import { type Carrier, carrier, type Packet } from './carrier.ts'
import { type LiveNode, publish, publishOn, report, startNode } from './nodes.ts'
import { until } from './raw.ts'
import { join, type Watcher } from './watcher.ts'

describe('an announcement from another node', () => {
  let ground: TestGround
  let press: Press
  let between: Carrier
  let nodes: [LiveNode, LiveNode]
  let ana: Awaited<ReturnType<typeof signedIn>>
  let id: string
  let watchers: Watcher[]

  beforeEach(async () => {
    watchers = []
    ground = await openGround()
    press = startPress({ threads: 1 })
    between = carrier()
    // What an announcement does not do is not to be made good before the test has seen it.
    const start = () => startNode(ground, press, { adapter: between.adapter, reconcileEvery: 60_000 })
    nodes = [await start(), await start()]
    ana = await signedIn(ground)
    id = (await publish(nodes[0].world, ana.actor, report('one'))).id
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    for (const node of nodes) await node.close()
    await press.close()
    await ground.close()
  })

  async function watching(node: LiveNode, cookie = ana.cookie): Promise<Watcher> {
    const watcher = await join(node.url, { cookie })
    watchers.push(watcher)
    expect(await watcher.watch(id)).to.include({ ok: true })
    return watcher
  }
  const settled = () => sleep(3 * limits.conflation)
  const isAnnounced = ([name]: Packet) => name === 'announced'
  const announced = () => between.said.filter(isAnnounced)
  const again = (packet: Packet | undefined) => packet && between.inject(...packet)
  const counted = async (name: string): Promise<number> => {
    const each = await Promise.all(nodes.map(node => node.counted(`${name}_total`)))
    return each.reduce((sum, one) => sum + one, 0)
  }
  const revs = ({ told }: Watcher) => told.flatMap(({ body }) => ('rev' in body ? body.rev : []))

  /** Somebody who looks on at another node, by what is set for everybody. */
  async function letIn() {
    const ben = await addMember(ground, { orgId: ana.member.orgId, email: 'ben@acme.example', role: 'member' })
    const set = (audience: 'private' | 'org') =>
      share(nodes[0].world, ana.actor, nowhere, id, { audience, people: [], groups: [], version: 'latest' })
    await set('org')
    return { set, viewer: await watching(nodes[1], await signIn(ground, ben)) }
  }

  describe('N5: that comes twice, late or before an older one', () => {
    it('tells everybody of each version in order, ends with the last, and tells nothing twice', async () => {
      const members = [await watching(nodes[0]), await watching(nodes[1])]
      const wait = () => Math.random() * 6 * limits.conflation
      between.fate(packet => (isAnnounced(packet) ? [wait(), wait()] : []))
      let last = ''
      for (let n = 0; n < 12; n++) {
        last = (await publishOn(nodes[n % 2 ? 1 : 0].world, ana.actor, id, report(`${n}`))).sha256
        await sleep(limits.conflation / 2)
      }
      await sleep(8 * limits.conflation)
      for (const member of members) {
        expect(revs(member)).to.deep.equal([...new Set(revs(member))].sort((a, b) => a - b))
        expect(member.told.at(-1)?.body).to.include({ sha256: last })
      }
    })

    it('takes nobody back from a pin that has moved on', async () => {
      const ben = await addMember(ground, { orgId: ana.member.orgId, email: 'ben@acme.example', role: 'member' })
      await publishOn(nodes[0].world, ana.actor, id, report('two'))
      const show = (version: number | 'latest') =>
        share(nodes[0].world, ana.actor, nowhere, id, { audience: 'org', people: [], groups: [], version })
      await show('latest')
      const viewer = await watching(nodes[1], await signIn(ground, ben))
      between.said.length = 0
      await show(1)
      await viewer.heard(1)
      await show(2)
      await settled()
      for (const packet of announced().reverse()) again(packet)
      await settled()
      expect(viewer.told.at(-1)?.body).to.include({ number: 2 })
      expect(revs(viewer)).to.deep.equal([...revs(viewer)].sort((a, b) => a - b))
    })

    it('R2: puts nobody out of an artifact that is back by then', async () => {
      const member = await watching(nodes[1])
      between.fate(packet => (JSON.stringify(packet).includes('"deleted"') ? [10 * limits.conflation] : [0]))
      await remove(nodes[0].world, ana.actor, nowhere, id)
      await restore(nodes[0].world, ana.actor, nowhere, id)
      await sleep(12 * limits.conflation)
      expect(member.told.map(({ name }) => name)).to.not.include('revoked')
      const { sha256 } = await publishOn(nodes[0].world, ana.actor, id, report('two'))
      await until(() => JSON.stringify(member.told.at(-1)).includes(sha256))
    })

    it('R5: shows nobody out, or in, against what is kept', async () => {
      const { viewer, set } = await letIn()
      between.fate(() => [])
      between.said.length = 0
      await set('private')
      await set('org')
      for (const packet of announced().reverse()) again(packet)
      between.fate(() => [0])
      for (const packet of announced().reverse()) again(packet)
      await settled()
      expect(viewer.told.map(({ name }) => name)).to.not.include('revoked')
    })

    it('R5: shows nothing to whoever was taken out, though who may look could not be read meanwhile', async () => {
      const { viewer, set } = await letIn()
      const heads = ground.store.heads.bind(ground.store)
      let asked = 0
      ground.store.heads = () => {
        asked++
        return Promise.reject(new Error('The database is away.'))
      }
      await set('private')
      await until(() => asked > 0)
      await settled()
      ground.store.heads = heads
      await publishOn(nodes[0].world, ana.actor, id, report('for its author alone'))
      await viewer.heard(1)
      await settled()
      expect(viewer.told.map(({ name }) => name)).to.deep.equal(['revoked'])
    })

    const losses = { all: () => true, 'the half that says so': (word: string) => word.includes('"access-changed"') }
    for (const [what, lost] of Object.entries(losses)) {
      it(`R5: shows nothing of what was published since to whoever was taken out, though ${what} of it was not heard`, async () => {
        const { viewer, set } = await letIn()
        between.fate(packet => (lost(JSON.stringify(packet)) ? [] : [0]))
        await set('private')
        between.fate(() => [0])
        await publishOn(nodes[0].world, ana.actor, id, report('for its author alone'))
        await viewer.heard(1)
        await settled()
        expect(viewer.told.map(({ name }) => name)).to.deep.equal(['revoked'])
      })
    }
  })

  describe('N5: of another epoch', () => {
    it('is not acted on: a copy of this database shares the Redis', async () => {
      const member = await watching(nodes[1])
      await publishOn(nodes[0].world, ana.actor, id, report('two'))
      await member.heard(1)
      const [, word] = announced().at(-1) ?? []
      const { announcement } = word as { announcement: { head: { rev: number; latest: object } } }
      const latest = { ...announcement.head.latest, number: 9, sha256: '9'.repeat(64) }
      const head = { ...announcement.head, latest, shared: latest, rev: 99, viewerRev: 99, title: 'Of the copy' }
      between.inject('announced', { epoch: 'f'.repeat(32), announcement: { kind: 'changed', head, seen: true } })
      await settled()
      expect(member.told).to.have.length(1)
      expect(await counted('announcements_ignored')).to.equal(2)
    })

    it('makes a node that has not noticed look whether the database was restored, and then at all that it shows', async () => {
      const member = await watching(nodes[1])
      const epoch = 'e'.repeat(32)
      ground.sql(`update meta set value = '${epoch}' where key = 'epoch'`)
      ground.sql(`update artifacts set title = 'Restored', rev = 1, viewer_rev = 1`)
      // The other one has the same store here, and would read it first.
      between.fate((_, __, to) => (to === 1 ? [0] : []))
      between.inject('announced', { epoch, announcement: { kind: 'token-revoked', tokenId: 'none' } })
      expect((await member.heard(1))[0]?.body).to.include({ epoch, rev: 1, title: 'Restored' })
    })
  })

  it('R1: of a member who was removed ends their connections, whatever is shared with them', async () => {
    const { viewer } = await letIn()
    const ben = await ground.store.memberByEmail(ana.member.orgId, 'ben@acme.example')
    if (!ben) throw new Error('Ben is no member.')
    await removeMember(nodes[0].world, ben)
    expect((await viewer.heard(1))[0]?.body).to.deep.equal({ artifactId: 'all', code: 'not_signed_in' })
  })

  it('N5: does nothing, and harms nothing, when it is nothing that this node knows', async () => {
    const member = await watching(nodes[1])
    const { epoch } = ground.store
    const words: unknown[] = [
      ...[undefined, null, 7, '', [], {}, { epoch }, { epoch, announcement: null }],
      { epoch, announcement: { kind: 'of a newer node', artifactId: id } },
      { epoch, announcement: { kind: '__proto__' } },
      { epoch, announcement: { kind: 'changed' } },
      { epoch, announcement: { kind: 'changed', head: { artifactId: id, orgId: ana.actor.orgId }, seen: true } },
      { epoch, announcement: { kind: 'deleted', artifactId: { length: 1 }, orgId: 1, ownerId: [], touched: {} } },
    ]
    for (const word of words) {
      between.inject('announced', word)
      between.inject('present', word)
    }
    await settled()
    expect(member.told).to.deep.equal([])
    expect(await counted('announcements_ignored')).to.equal(2 * words.length)
    await publishOn(nodes[0].world, ana.actor, id, report('two'))
    await member.heard(1)
    expect(await counted('announcements_heard')).to.be.greaterThan(0)
  })

  it('N6: that an artifact was deleted leaves nothing of it in memory, and takes it in again when it is back', async () => {
    const [one, other] = nodes
    const version = await ground.store.version(ana.actor.orgId, id, 1)
    const read = () => other.world.deltas.content(ana.actor.orgId, id, version?.pageContent ?? '')
    const first = await read()
    expect(await read()).to.equal(first)
    await remove(one.world, ana.actor, nowhere, id)
    await settled()
    expect(await read()).to.not.equal(await read())
    await restore(one.world, ana.actor, nowhere, id)
    await settled()
    expect(await read()).to.equal(await read())
    // The old news, once more.
    for (const packet of announced()) again(packet)
    await settled()
    expect(await read()).to.equal(await read())
  })
})
