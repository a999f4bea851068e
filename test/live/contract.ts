import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { remove } from '../../server/core/edit.ts'
import { addMember } from '../../server/core/people.ts'
import { share } from '../../server/core/share.ts'
import { signOut } from '../../server/core/sign-in.ts'
import type { World } from '../../server/core/world.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn, signIn, type TestGround } from '../ground.ts'
import { type LiveNode, publish, publishOn, report } from './nodes.ts'
import { until } from './raw.ts'
import { join, type Watcher } from './watcher.ts'

/** Nodes on one database, and what carries announcements between them. */
export interface Cluster {
  ground: TestGround
  nodes: readonly LiveNode[]
  /** Milliseconds. */
  reconcileEvery: number
  close(): Promise<void>
}

/** What the rules rely on, whatever carries announcements between however many nodes. */
export function liveContract(name: string, start: () => Promise<Cluster>): void {
  describe(`live nodes over ${name}`, () => {
    let cluster: Cluster
    let worlds: World[]
    let ana: Awaited<ReturnType<typeof signedIn>>
    let id: string
    let watchers: Watcher[]

    beforeEach(async () => {
      watchers = []
      cluster = await start()
      worlds = cluster.nodes.map(({ world }) => world)
      ana = await signedIn(cluster.ground)
      id = (await publish(world(0), ana.actor, report('start'))).id
    })
    afterEach(async () => {
      for (const watcher of watchers) watcher.close()
      await cluster.close()
    })

    /** Publishing goes through every node in turn, as behind a load balancer. */
    function world(turn: number): World {
      const world = worlds[turn % worlds.length]
      if (!world) throw new Error('The cluster has no node.')
      return world
    }
    /** The same world, in which what is announced gets lost. */
    const mute = (turn: number): World => ({ ...world(turn), live: { announce: () => {} } })

    /** Two on each node. */
    async function everywhere(artifactId: string): Promise<Watcher[]> {
      const joined = await Promise.all(
        cluster.nodes.flatMap(({ url }) => [join(url, { cookie: ana.cookie }), join(url, { cookie: ana.cookie })]),
      )
      watchers.push(...joined)
      for (const watcher of joined) expect(await watcher.watch(artifactId)).to.include({ ok: true })
      return joined
    }

    it('N1: tell each member of a room once, on every node, and nobody else', async () => {
      const { id: other } = await publish(world(0), ana.actor, report('other'))
      const [members, bystanders] = [await everywhere(id), await everywhere(other)]
      const { sha256 } = await publishOn(world(1), ana.actor, id, report('two'))
      for (const member of members) await member.heard(1)
      await sleep(2 * cluster.reconcileEvery)
      for (const { told } of members)
        expect(told.map(({ body }) => 'sha256' in body && body.sha256)).to.deep.equal([sha256])
      for (const { told } of bystanders) expect(told).to.deep.equal([])
    })

    it('N1, T3, T4: keep the order, and end with the last, when all of them publish in turn', async () => {
      const members = await everywhere(id)
      let last = ''
      for (let n = 0; n < 20; n++) last = (await publishOn(world(n), ana.actor, id, report(`${n}`))).sha256
      for (const member of members) {
        while (!JSON.stringify(member.told.at(-1) ?? '').includes(last)) await member.heard(member.told.length + 1)
        const revs = member.told.map(({ body }) => ('rev' in body ? body.rev : 0))
        expect(revs).to.deep.equal([...new Set(revs)].sort((a, b) => a - b))
      }
    })

    it('R1: put a session out on every node within a second', async () => {
      const members = await everywhere(id)
      await signOut(world(0), ana.actor, nowhere)
      await Promise.race([Promise.all(members.map(({ ended }) => ended)), sleep(1000)])
      expect(members.filter(({ socket }) => socket.connected)).to.deep.equal([])
    })

    it('R2: say on every node that an artifact was deleted', async () => {
      const members = await everywhere(id)
      await remove(world(0), ana.actor, nowhere, id)
      for (const member of members) {
        expect((await member.heard(1)).map(({ body }) => body)).to.deep.equal([{ artifactId: id, code: 'deleted' }])
      }
    })

    it('G2: say on every node, to the owner alone, that the list of their pages is not as it was', async () => {
      const stranger = await signedIn(cluster.ground, 'Elsewhere')
      const onEach = (cookie: string) => Promise.all(cluster.nodes.map(({ url }) => join(url, { cookie })))
      const [own, others] = [await onEach(ana.cookie), await onEach(stranger.cookie)]
      watchers.push(...own, ...others)
      for (const watcher of [...own, ...others])
        expect(await watcher.watchGallery()).to.deep.equal({ ok: true, barred: null })
      await publishOn(world(0), ana.actor, id, report('two'))
      for (const watcher of own) await watcher.heard(1)
      await sleep(2 * cluster.reconcileEvery)
      for (const { told } of own) expect(told).to.deep.equal([{ name: 'gallery', body: {} }])
      for (const { told } of others) expect(told).to.deep.equal([])
    })

    it('N7: count each person once, on every node', async () => {
      const update = { people: [], groups: [], version: 'latest' as const }
      await share(world(0), ana.actor, nowhere, id, { audience: 'org', ...update })
      const { orgId } = ana.member
      const ben = await addMember(cluster.ground, { orgId, email: 'ben@acme.example', role: 'member' })
      const cookie = await signIn(cluster.ground, ben)
      const people: (number | null)[] = []
      const urls = cluster.nodes.map(({ url }) => url)
      for (const [at, url] of [...urls, ...urls].entries()) {
        const watcher = await join(url, { cookie: at === 0 ? cookie : ana.cookie })
        watchers.push(watcher)
        watcher.socket.on('presence', event => {
          people[at] = event.people
        })
        expect(await watcher.watch(id)).to.include({ ok: true })
      }
      await until(() => people.length === watchers.length && people.every(count => count === 2))
    })

    it('N3: bring everybody to the right version by reconcile alone, within two periods', async () => {
      const members = await everywhere(id)
      const { sha256 } = await publishOn(mute(0), ana.actor, id, report('unannounced'))
      await sleep(2 * cluster.reconcileEvery + limits.conflation)
      for (const { told } of members)
        expect(told.map(({ body }) => 'sha256' in body && body.sha256)).to.deep.equal([sha256])
    })

    it('R4, N3: find by reconcile what was deleted or revoked and nobody announced', async () => {
      const members = await everywhere(id)
      await remove(mute(0), ana.actor, nowhere, id)
      await sleep(2 * cluster.reconcileEvery)
      for (const { told } of members)
        expect(told.map(({ body }) => body)).to.deep.equal([{ artifactId: id, code: 'deleted' }])
      await signOut(mute(0), ana.actor, nowhere)
      await sleep(2 * cluster.reconcileEvery + 100)
      expect(members.filter(({ socket }) => socket.connected)).to.deep.equal([])
    })

    it('N2: never throw at an announcement, before, during and after serving', async () => {
      const [head] = await cluster.ground.store.heads([{ orgId: ana.actor.orgId, artifactId: id }])
      if (!head) throw new Error('There is no head.')
      const announce = (): void => {
        for (const { gateway } of cluster.nodes) {
          gateway.announce({ kind: 'changed', head, seen: true })
          gateway.announce({
            kind: 'deleted',
            orgId: 'none',
            artifactId: 'none',
            ownerId: 'none',
            touched: { everyone: false, memberIds: [], groups: [] },
          })
          gateway.announce({ kind: 'session-revoked', sessionId: 'none' })
          gateway.announce({ kind: 'token-revoked', tokenId: 'none' })
        }
      }
      expect(announce).to.not.throw()
      await Promise.all(cluster.nodes.map(({ gateway }) => gateway.close()))
      expect(announce).to.not.throw()
    })
  })
}
