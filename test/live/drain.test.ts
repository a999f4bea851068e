import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { signedIn } from '../ground.ts'
import { type Live, startLive } from './nodes.ts'
import { join, refusal, type Watcher } from './watcher.ts'

describe('a node that stops', () => {
  let live: Live
  let cookie: string

  beforeEach(async () => {
    live = await startLive()
    cookie = (await signedIn(live.ground)).cookie
  })
  afterEach(() => live.close())

  it('N4: asks each viewer to come back at a time of its own, and lets nobody in any more', async () => {
    const watchers: Watcher[] = []
    for (let n = 0; n < 12; n++) watchers.push(await join(live.url, { cookie }))
    const drained = live.gateway.drain()
    const waits: number[] = []
    for (const watcher of watchers) {
      const [told] = await watcher.heard(1)
      if (told?.name === 'drain') waits.push(told.body.retryIn)
    }
    expect(waits).to.have.length(12)
    for (const wait of waits) expect(wait).to.be.within(0, limits.drainSpread)
    expect(new Set(waits).size).to.be.greaterThan(6)
    expect(await refusal(live.url, { cookie })).to.equal(undefined)
    for (const watcher of watchers) watcher.close()
    await drained
  })

  it('N4: spreads many viewers evenly over that time', async () => {
    const watchers = await Promise.all(Array.from({ length: 300 }, () => join(live.url, { cookie })))
    const drained = live.gateway.drain()
    const waits: number[] = []
    for (const watcher of watchers) {
      const [told] = await watcher.heard(1)
      if (told?.name === 'drain') waits.push(told.body.retryIn)
    }
    for (const watcher of watchers) watcher.close()
    await drained
    const tenths = Array.from(
      { length: 10 },
      (_, n) => waits.filter(wait => Math.floor((10 * wait) / limits.drainSpread) === n).length,
    )
    expect(tenths.reduce((sum, count) => sum + count)).to.equal(300)
    // 30 each, more or less: beyond these it is once in ten million times by chance.
    for (const count of tenths) expect(count, String(tenths)).to.be.within(5, 62)
  })

  it('N4: waits for nobody for ever', async () => {
    const stays = await join(live.url, { cookie })
    const began = performance.now()
    await live.gateway.drain()
    expect(performance.now() - began).to.be.greaterThan(limits.drainSpread / 2)
    await live.gateway.close()
    expect(await stays.ended).to.be.a('string')
  })

  it('N4: is done at once when nobody is there, and closes however often it is told', async () => {
    const watcher = await join(live.url, { cookie })
    watcher.close()
    await sleep(50)
    await live.gateway.drain()
    await live.gateway.close()
    await live.gateway.close()
  })
})
