import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { addMember } from '../../server/core/people.ts'
import { share } from '../../server/core/share.ts'
import type { PresentWord } from '../../server/live/words.ts'
import type { Press } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, signedIn, signIn, type TestGround } from '../ground.ts'
import { type Carrier, carrier } from './carrier.ts'
import { type LiveNode, publish, report, startNode } from './nodes.ts'
import { until } from './raw.ts'
import { join, type Watcher } from './watcher.ts'

const signEvery = 100

describe('how many people have a page open', () => {
  let ground: TestGround
  let press: Press
  let between: Carrier
  let nodes: [LiveNode, LiveNode, LiveNode]
  let ana: Awaited<ReturnType<typeof signedIn>>
  let id: string
  let cookies: Record<'ben' | 'cleo' | 'dan', string>
  let watchers: Watcher[]

  beforeEach(async () => {
    watchers = []
    ground = await openGround()
    press = startPress({ threads: 1 })
    between = carrier()
    const start = () => startNode(ground, press, { adapter: between.adapter, signEvery })
    nodes = [await start(), await start(), await start()]
    ana = await signedIn(ground)
    const { orgId } = ana.member
    const enter = async (name: string) =>
      signIn(ground, await addMember(ground, { orgId, email: `${name}@acme.example`, role: 'member' }))
    cookies = { ben: await enter('ben'), cleo: await enter('cleo'), dan: await enter('dan') }
    id = (await publish(nodes[0].world, ana.actor, report('one'))).id
    await share(nodes[0].world, ana.actor, nowhere, id, { audience: 'org', people: [], groups: [], version: 'latest' })
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    for (const node of nodes) await node.close()
    await press.close()
    await ground.close()
  })

  /** @returns the last number that it was told */
  async function watching(node: number, cookie: string, artifactId = id) {
    const watcher = await join(nodes[node]?.url ?? '', { cookie })
    watchers.push(watcher)
    let people: number | null = 0
    watcher.socket.on('presence', event => {
      if (event.artifactId === artifactId) people = event.people
    })
    expect(await watcher.watch(artifactId)).to.include({ ok: true })
    return { people: () => people, close: () => watcher.close() }
  }
  const words = () =>
    between.said.flatMap(([name, word]) => (name === 'present' ? [(word as { word: PresentWord }).word] : []))
  const pagesSaid = () => words().flatMap(({ pages }) => pages)

  it('N7: counts each person once over all nodes, as they come and go', async () => {
    const [one, again] = [await watching(0, ana.cookie), await watching(1, ana.cookie)]
    const two = await watching(1, cookies.ben)
    const three = await watching(2, cookies.cleo)
    for (const { people } of [one, again, two, three]) await until(() => people() === 3)
    two.close()
    for (const { people } of [one, again, three]) await until(() => people() === 2)
    again.close()
    await sleep(1.5 * limits.presence)
    for (const { people } of [one, three]) expect(people()).to.equal(2)
  })

  it('N7: says of a page that one node alone has open that this began, and that it ended, whoever comes and goes', async () => {
    const first = await watching(0, ana.cookie)
    await sleep(1.2 * limits.presence)
    const second = await watching(0, cookies.ben)
    await until(() => first.people() === 2)
    second.close()
    await until(() => first.people() === 1)
    expect(pagesSaid()).to.have.length(1)
    first.close()
    await until(() => pagesSaid().length === 2)
    expect(pagesSaid().at(-1)).to.deep.equal({ artifactId: id, people: 0, asks: false })
  })

  it('N8: is what this node knows while no other is heard, and all of it when they are heard again', async () => {
    const [one, two] = [await watching(0, ana.cookie), await watching(1, cookies.ben)]
    for (const { people } of [one, two]) await until(() => people() === 2)
    between.fate(() => [])
    for (const { people } of [one, two]) await until(() => people() === 1)
    const three = await watching(2, cookies.cleo)
    await until(() => three.people() === 1)
    between.fate(() => [0])
    for (const { people } of [one, two, three]) await until(() => people() === 3)
  })

  it('N8: leaves out a node that died, …', async () => {
    const [one, two] = [await watching(0, ana.cookie), await watching(1, cookies.ben)]
    for (const { people } of [one, two]) await until(() => people() === 2)
    between.fate((_, from) => (from === 1 ? [] : [0]))
    await until(() => one.people() === 1)
    expect(two.people()).to.equal(2)
  })

  it('N7: counts nobody of a copy of this database that shares the Redis', async () => {
    const one = await watching(0, ana.cookie)
    await until(() => one.people() === 1)
    const say = (epoch: string) => {
      const pages = [{ artifactId: id, people: ['user_elsewhere'], asks: false }]
      between.inject('present', { epoch, word: { node: 'elsewhere', no: 1, pages, leaves: false } })
    }
    // A node that is silent for long is gone.
    const keepSaying = (epoch: string) => setInterval(() => say(epoch), signEvery)
    const copy = keepSaying('f'.repeat(32))
    await sleep(2 * limits.presence)
    clearInterval(copy)
    expect(one.people()).to.equal(1)
    const another = keepSaying(ground.store.epoch)
    await until(() => one.people() === 2)
    clearInterval(another)
  })

  it('N8: … and at once one that stops', async () => {
    const [one, two] = [await watching(0, ana.cookie), await watching(1, cookies.ben)]
    for (const { people } of [one, two]) await until(() => people() === 2)
    between.said.length = 0
    await nodes[1].gateway.close()
    expect(words().filter(({ leaves }) => leaves)).to.have.length(1)
    await until(() => one.people() === 1)
  })
})
