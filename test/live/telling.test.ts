import { setTimeout as sleep } from 'node:timers/promises'
import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { rename } from '../../server/core/edit.ts'
import { applyDelta } from '../../shared/delta.ts'
import type { VersionEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

describe('telling a room what is new', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let watchers: Watcher[]

  before(async () => {
    live = await startLive()
    ana = await signedIn(live.ground)
  })
  beforeEach(() => {
    watchers = []
  })
  afterEach(() => {
    for (const watcher of watchers) watcher.close()
  })
  after(() => live.close())

  async function watching(id: string): Promise<Watcher> {
    const watcher = await join(live.url, { cookie: ana.cookie })
    watchers.push(watcher)
    expect(await watcher.watch(id)).to.include({ ok: true })
    return watcher
  }
  const versions = (watcher: Watcher): VersionEvent[] =>
    watcher.told.flatMap(({ name, body }) => (name === 'version' ? [body] : []))

  it('T1, T5: tells everybody in the room of a new version, with the delta from the one before', async () => {
    const { id, sha256: first } = await publish(live.world, ana.actor, report('one'))
    const both = [await watching(id), await watching(id)]
    const { sha256 } = await publishOn(live.world, ana.actor, id, report('two'))
    for (const watcher of both) {
      await watcher.heard(1)
      const [event] = versions(watcher)
      expect(event).to.deep.include({ artifactId: id, number: 2, latest: 2, sha256, from: first, spread: false })
      const delta = inflateRawSync(Buffer.from(event?.delta ?? '', 'base64'))
      expect(Buffer.from(applyDelta(Buffer.from(report('one')), delta, limits.pageBytes)).toString()).to.equal(
        report('two'),
      )
    }
  })

  it('T1: tells of a new title alone without a page', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const watcher = await watching(id)
    await rename(live.world, ana.actor, nowhere, id, { title: 'Weekly', description: 'What happened' })
    const [told] = await watcher.heard(1)
    expect(told?.name).to.equal('artifact')
    expect(told?.body).to.include({ artifactId: id, title: 'Weekly', description: 'What happened' })
  })

  it('T1: leaves nobody else in the picture', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const { id: other } = await publish(live.world, ana.actor, report('other'))
    const [watcher, bystander] = [await watching(id), await watching(other)]
    await publishOn(live.world, ana.actor, id, report('two'))
    await watcher.heard(1)
    expect(bystander.told).to.deep.equal([])
  })

  it('T3, T4: conflates what is published faster than it is told, in order, and ends with the last', async () => {
    const { id } = await publish(live.world, ana.actor, report('start'))
    const watcher = await watching(id)
    const times: number[] = []
    watcher.socket.on('version', () => times.push(performance.now()))
    let last = ''
    const began = performance.now()
    for (let n = 0; n < 50; n++) last = (await publishOn(live.world, ana.actor, id, report(`${n}`))).sha256
    const most = 2 + (performance.now() - began) / limits.conflation
    while (versions(watcher).at(-1)?.sha256 !== last) await watcher.heard(watcher.told.length + 1)
    const told = versions(watcher)
    expect(told.length).to.be.lessThan(Math.min(50, most + 1))
    expect(told.map(({ rev }) => rev)).to.deep.equal([...new Set(told.map(({ rev }) => rev))].sort((a, b) => a - b))
    for (const [at, event] of told.entries()) if (at > 0) expect(event.from).to.equal(told[at - 1]?.sha256)
    await sleep(2 * limits.conflation)
    expect(versions(watcher)).to.have.length(told.length)
  })
})
