import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { addMember } from '../../server/core/people.ts'
import { share } from '../../server/core/share.ts'
import { retention } from '../../server/jobs/retention.ts'
import type { Published } from '../../shared/api.ts'
import { eventually } from '../e2e/stage.ts'
import { nowhere, signedIn, signIn } from '../ground.ts'
import { type Canary, contentCanary, seenIn, textCanary, unique } from '../jobs/canaries.ts'
import { type Redis, startRedis } from '../redis.ts'
import { type LiveNode, publish, publishOn, report } from './nodes.ts'
import { type OverRedis, startOverRedis } from './over-redis.ts'
import { join, type Watcher } from './watcher.ts'

const day = 24 * 60 * 60 * 1000

/** All that is said to a Redis, as its MONITOR has it, from then on. */
async function monitor(redis: Redis): Promise<{ said(): Buffer; close(): void }> {
  const lines: Buffer[] = []
  const socket: Socket = connect(redis.port, '127.0.0.1')
  socket.on('data', line => lines.push(line))
  await new Promise(resolve => socket.once('data', resolve).write('MONITOR\r\n'))
  return {
    said: () => Buffer.from(unescaped(Buffer.concat(lines).toString('latin1')), 'latin1'),
    close: () => socket.destroy(),
  }
}

/** It writes bytes that are no letters as \xff, and some otherwise. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex, letter) =>
    hex === undefined
      ? ({ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }[String(letter)] ?? letter)
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )

describe('the end of its retention, on open pages', function () {
  this.timeout(120_000)
  let redis: Redis
  let cluster: OverRedis
  let ana: Awaited<ReturnType<typeof signedIn>>
  let watchers: Watcher[]
  let secret: string
  let first: Published
  let second: Published
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())
  beforeEach(async () => {
    watchers = []
    const address = { url: redis.url, cluster: false }
    cluster = await startOverRedis([address, address])
    ana = await signedIn(cluster.ground)
    const { store } = cluster.ground
    const settings = await store.settings(ana.actor.orgId)
    await store.transaction(ana.actor.orgId, tx => tx.putSettings({ ...settings, retentionSharedDays: 1 }))
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    await cluster.close()
  })

  const node = (number: number) => cluster.nodes[number] as LiveNode
  const expire = async () => {
    cluster.ground.clock.advance(day)
    await retention.work(node(0).world, new AbortController().signal)
  }
  /** The page's text, and all bytes by which it is kept. */
  async function canariesOf({ store, deltas }: LiveNode['world']): Promise<Canary[]> {
    const { orgId } = ana.actor
    const versions = await store.versions(orgId, first.id, { limit: 10 })
    const contents = await Promise.all(versions.map(({ pageContent }) => store.content(orgId, pageContent)))
    const delta = await deltas.between(orgId, first.id, first.sha256, second.sha256)
    if (typeof delta === 'string') throw new Error(delta)
    return [
      textCanary('text', secret),
      { name: 'delta', needles: [Buffer.from(delta.subarray(0, 20))] },
      ...contents.flatMap((content, n) => (content ? contentCanary(`version ${n}`, content, []) : [])),
    ]
  }
  /** Two versions by way of the first node, for all of the organisation. */
  async function publishTwo(): Promise<void> {
    const { world } = node(0)
    secret = unique(60)
    first = await publish(world, ana.actor, report(`one ${secret}`))
    second = await publishOn(world, ana.actor, first.id, report(`two ${secret}`))
    await share(world, ana.actor, nowhere, first.id, { audience: 'org', people: [], groups: [], version: 'latest' })
  }
  async function watching(on: number, cookie: string): Promise<Watcher> {
    const watcher = await join(node(on).url, { cookie })
    watchers.push(watcher)
    expect(await watcher.watch(first.id)).to.include({ ok: true })
    return watcher
  }

  it('R2: is told to its author and to its viewers on every node, as that it was deleted', async () => {
    await publishTwo()
    const ben = await addMember(cluster.ground, { orgId: ana.actor.orgId, email: 'ben@acme.example', role: 'member' })
    const own = await watching(1, ana.cookie)
    const cookie = await signIn(cluster.ground, ben)
    const others = [await watching(0, cookie), await watching(1, cookie)]
    await expire()
    for (const watcher of [own, ...others]) {
      expect((await watcher.heard(1))[0]).to.deep.equal({
        name: 'revoked',
        body: { artifactId: first.id, code: 'deleted' },
      })
    }
  })

  it('leaves nothing of the page in the memory of any node', async () => {
    await publishTwo()
    const held: WeakRef<object>[] = []
    // In a function of its own, so that nothing here holds what it has looked at.
    const look = async () => {
      for (const { world } of cluster.nodes) {
        const { orgId } = ana.actor
        for (const version of await world.store.versions(orgId, first.id, { limit: 2 })) {
          const page = await world.deltas.content(orgId, first.id, version.pageContent)
          if (page) held.push(new WeakRef(page), new WeakRef(page.bytes))
        }
        const delta = await world.deltas.between(orgId, first.id, first.sha256, second.sha256)
        if (typeof delta !== 'string') held.push(new WeakRef(delta))
      }
    }
    await look()
    const alive = async () => {
      // What was looked at in a turn of the event loop is kept until its end.
      await new Promise(resolve => setTimeout(resolve, 1))
      collect()
      return held.filter(each => each.deref() !== undefined).length
    }
    expect(held).to.have.length(10)
    expect(await alive()).to.equal(10)
    await expire()
    await eventually(async () => {
      expect(await alive()).to.equal(0)
    })
  })

  it('finds nothing of the page in Redis, which never heard of it more than what it is called', async () => {
    const { said, close } = await monitor(redis)
    await publishTwo()
    const watcher = await watching(1, ana.cookie)
    await publishOn(node(0).world, ana.actor, first.id, report(`three ${secret}`))
    await watcher.heard(1)
    const canaries = await canariesOf(node(1).world)
    await expire()
    await watcher.heard(2)
    expect(said().toString()).to.contain(first.id)
    expect(seenIn(said(), canaries)).to.deep.equal([])
    expect(await redis.cli('KEYS', '*')).to.equal('')
    // It would have been seen.
    await redis.cli('PUBLISH', 'elsewhere', `"${secret}"`)
    await eventually(() => {
      expect(seenIn(said(), canaries)).to.deep.equal(['text'])
    })
    close()
  })
})

/** Takes away at once what nobody holds. */
const collect: () => void = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
})()
