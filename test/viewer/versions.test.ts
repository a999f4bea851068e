import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Page, renew } from '../../client/network/renewal.ts'
import { type LivePage, openLive } from '../../client/viewer/live.ts'
import type { View } from '../../client/viewer/view.ts'
import { protocolVersion } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { until } from '../live/raw.ts'
import { type FaultyNetwork, faultyNetwork, tab } from './network.ts'

describe('a viewer between nodes of two versions', () => {
  let app: TestApp
  let id: string
  let ways: { same: FaultyNetwork; other: FaultyNetwork }
  let live: LivePage | undefined

  before(async () => {
    app = await startTestApp()
    id = (await app.publish('<p>one')).id
    const cookie = await app.signIn(app.owner.member)
    ways = {
      same: await faultyNetwork(app.url, cookie),
      other: await faultyNetwork(app.url, cookie, protocolVersion + 1),
    }
  })
  afterEach(() => live?.close())
  after(async () => {
    for (const way of Object.values(ways)) await way.close()
    await app.close()
  })

  /** Each connection meets the next of these nodes, and the last one for ever. */
  function open(...met: (keyof typeof ways)[]) {
    let connections = 0
    const statuses: View['status'][] = []
    live = openLive({
      artifactId: id,
      life: tab(),
      network: {
        ...ways.same,
        openSocket: () => ways[met[Math.min(connections++, met.length - 1)] ?? 'same'].openSocket(),
      },
      frame: { show: ({ sha256 }) => setTimeout(() => live?.shown(sha256)) },
    })
    live.subscribe(({ status }) => void statuses.push(status))
    return { connections: () => connections, statuses }
  }

  it('C7, H3: goes on to another node when one is of another version, …', async () => {
    const { connections, statuses } = open('other', 'other', 'same')
    await until(() => statuses.at(-1) === 'live')
    expect(connections()).to.equal(3)
    expect(statuses).to.not.include('outdated')
  })

  it('C7, H3: … and has enough when several in a row are', async () => {
    const { connections, statuses } = open('other')
    await until(() => statuses.at(-1) === 'outdated')
    expect(connections()).to.equal(limits.outdatedAfter + 1)
    await sleep(3 * limits.reconnectMin)
    expect(connections()).to.equal(limits.outdatedAfter + 1)
  })
})

describe('a page that is of another version than its server', () => {
  let now: number
  let reloads: number[]
  let touched: boolean

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    now = 0
    reloads = []
    touched = false
  })
  afterEach(() => mock.timers.reset())

  function load(): Page {
    const loadedAt = now
    return {
      age: () => now - loadedAt,
      isUntouched: () => !touched,
      reload: () => void reloads.push(now),
    }
  }
  function pass(ms: number): void {
    for (let gone = 0; gone < ms; gone += 1000) {
      now += 1000
      mock.timers.tick(1000)
    }
  }

  it('C9: loads itself anew, and not at the same moment as all others', () => {
    const page = load()
    pass(limits.renewalAge)
    renew(page)
    expect(reloads).to.deep.equal([])
    pass(limits.renewalSpread)
    expect(reloads).to.have.length(1)
  })

  it('C9: is sent to and fro by nodes of two versions no oftener than once in a while, and comes through in the end', () => {
    for (let loaded = 0; loaded < 20; loaded++) {
      renew(load())
      while (reloads.length === loaded) pass(1000)
    }
    const waits = reloads.slice(1).map((at, n) => at - (reloads[n] ?? 0))
    expect(Math.min(...waits)).to.be.at.least(limits.renewalAge)
    expect(Math.max(...waits)).to.be.at.most(limits.renewalAge + limits.renewalSpread)
  })

  it('C9: leaves it to whoever has done something in it', () => {
    renew(load())
    touched = true
    pass(limits.renewalAge + limits.renewalSpread)
    expect(reloads).to.deep.equal([])
  })
})
