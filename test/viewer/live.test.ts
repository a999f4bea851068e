import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type LivePage, openLive } from '../../client/viewer/live.ts'
import type { View } from '../../client/viewer/view.ts'
import { Deltas } from '../../server/core/deltas.ts'
import { openIdentity } from '../../server/identity/identity.ts'
import { openMetrics } from '../../server/metrics/metrics.ts'
import { startPress } from '../../server/render/start-press.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { silent } from '../ground.ts'
import { publishOn } from '../live/nodes.ts'
import { type FaultyNetwork, faultyNetwork, tab } from './network.ts'

const report = (line: string): string =>
  `<!doctype html><title>Report</title>${Array.from({ length: 400 }, (_, i) => `<p>Row ${i} of ${i * 7919}</p>`).join('\n')}<p>${line}</p>`

/** A page made of this, as it is. */
const full = (body: string): string => `<!doctype html><title>Noise</title><pre>${body}</pre>`

/** 50 KiB that hardly compress. */
const noise = (seed: string): string =>
  Array.from({ length: 800 }, (_, i) =>
    createHash('sha256')
      .update(seed + i)
      .digest('hex'),
  ).join('\n')

describe('the page in front of a viewer', () => {
  let app: TestApp
  let cookie: string
  let network: FaultyNetwork
  let life: ReturnType<typeof tab>
  let live: LivePage
  let view: View
  let onScreen: string[]
  let reported: string | undefined
  /** What the frame does with a page: shows it, unless a test has it fail. */
  let frame: (sha256: string) => void

  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
  })
  after(() => app.close())
  beforeEach(async () => {
    network = await faultyNetwork(app.url, cookie)
    life = tab()
    onScreen = []
    reported = undefined
    frame = sha256 => live.shown(sha256)
  })
  afterEach(async () => {
    live.close()
    await network.close()
  })

  function open(artifactId: string): void {
    live = openLive({
      artifactId,
      network,
      life,
      frame: {
        show({ sha256, bytes }) {
          onScreen.push(Buffer.from(bytes).toString())
          setTimeout(() => {
            frame(sha256)
            reported = onScreen.at(-1)
          })
        },
      },
    })
    live.subscribe(now => {
      view = now
    })
  }

  async function until(what: string, fulfilled: () => boolean): Promise<void> {
    const deadline = performance.now() + 15_000
    while (!fulfilled()) {
      if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}: ${JSON.stringify(view)}`)
      await sleep(10)
    }
  }
  const shows = (html: string): Promise<void> => until('the page', () => reported === html && view.status === 'live')

  async function openShowing(html: string): Promise<string> {
    const { id } = await app.publish(html)
    open(id)
    await shows(html)
    return id
  }

  it('D3: shows what is current, then each version as it is published, by deltas that came along', async () => {
    const id = await openShowing(report('one'))
    expect(view).to.deep.include({ status: 'live', number: 1 })
    expect(view.artifact).to.include({ id, title: 'Report', role: 'owner' })
    expect(network.fetched).to.deep.equal([`/api/v1/artifacts/${id}/versions/1/page`])
    for (const line of ['two', 'three', 'four']) {
      await app.publish(report(line), { to: id })
      await shows(report(line))
    }
    expect(view.number).to.equal(4)
    expect(network.fetched).to.have.length(1)
  })

  it('D3: asks for a delta that was too long to come along, and for the page when there is none', async () => {
    const id = await openShowing(full(noise('same') + noise('one')))
    const changed = full(noise('same') + noise('two').slice(0, 40_000))
    await app.publish(changed, { to: id })
    await shows(changed)
    expect(network.fetched.at(-1)).to.match(/\/versions\/2\/delta\?from=/)
    await app.publish(report('nothing like it'), { to: id })
    await shows(report('nothing like it'))
    expect(network.fetched.at(-1)).to.match(/\/versions\/3\/page$/)
  })

  it('T1: takes a new title without fetching anything', async () => {
    const id = await openShowing(report('one'))
    const json = { title: 'Weekly' }
    await app.request(`/api/v1/artifacts/${id}`, { method: 'PATCH', token: app.owner.token, json })
    await until('the title', () => view.artifact?.title === 'Weekly')
    expect(network.fetched).to.have.length(1)
  })

  it('D6: gets the newest once when it is looked at again', async () => {
    const id = await openShowing(report('one'))
    life.hide(true)
    for (const line of ['two', 'three', 'four']) await app.publish(report(line), { to: id })
    await sleep(300)
    expect(onScreen).to.have.length(1)
    life.hide(false)
    await shows(report('four'))
    expect(onScreen).to.have.length(2)
  })

  it('D9: says that a version could not be shown, keeps the one before, and tries again when asked', async () => {
    const id = await openShowing(report('one'))
    frame = sha256 => live.failed(sha256)
    await app.publish(report('two'), { to: id })
    await until('the failure', () => view.status === 'failed')
    expect(view.number).to.equal(1)
    expect(view.message).to.match(/Version 2/)
    frame = sha256 => live.shown(sha256)
    live.retry()
    await until('version 2', () => view.status === 'live' && view.number === 2)
  })

  it('D9: says that the page on screen died, and shows it again when asked', async () => {
    await openShowing(report('one'))
    live.failed(createHash('sha256').update(report('one')).digest('hex'))
    expect(view.status).to.equal('failed')
    expect(view.message).to.match(/Version 1/)
    live.retry()
    await until('the page', () => view.status === 'live' && view.number === 1)
    expect(onScreen).to.have.length(2)
  })

  it('C1, W2: comes back after a cut, and catches up with what it missed', async () => {
    const id = await openShowing(report('one'))
    network.blockSockets(true)
    network.cut()
    await until('the loss', () => view.status === 'reconnecting')
    await app.publish(report('two'), { to: id })
    network.blockSockets(false)
    await shows(report('two'))
    expect(network.fetched).to.have.length(1)
  })

  it('C2: replaces a socket that is open and dead', async () => {
    const id = await openShowing(report('one'))
    network.freeze()
    await app.publish(report('two'), { to: id })
    life.say('wake')
    await shows(report('two'))
  })

  it('C4: asks over HTTP where sockets are blocked, and goes back to the socket when it can', async () => {
    const id = await openShowing(report('one'))
    network.blockSockets(true)
    network.cut()
    await until('polling', () => view.status === 'polling')
    await app.publish(report('two'), { to: id })
    await until('version 2', () => view.number === 2)
    expect(onScreen.at(-1)).to.equal(report('two'))
    expect(network.fetched.filter(path => path.endsWith('/current'))).to.have.length.greaterThan(1)
    network.blockSockets(false)
    life.say('wake')
    await until('the socket', () => view.status === 'live')
  })

  it('C10: is closed and opened again over HTTP too, and is shown as it was', async () => {
    const set = (json: object) =>
      app.request('/api/v1/admin/settings', { method: 'PATCH', token: app.owner.token, json })
    await openShowing(report('one'))
    network.blockSockets(true)
    network.cut()
    await until('polling', () => view.status === 'polling')
    await set({ publishing: false, readableWhenOff: false })
    await until('the closing', () => view.status === 'closed')
    await set({ publishing: true })
    await until('the page', () => view.status === 'polling' && view.number === 1)
    expect(onScreen).to.have.length(1)
  })

  it('C5: closes its socket when the page is left, and is current again when one returns', async () => {
    const id = await openShowing(report('one'))
    life.say('leave')
    await app.publish(report('two'), { to: id })
    await sleep(300)
    expect(onScreen).to.have.length(1)
    life.say('return')
    await shows(report('two'))
  })

  it('D8: says when a version cannot be fetched, and gets it when it can', async () => {
    const id = await openShowing(full(noise('one')))
    network.blockHttp(true)
    await app.publish(full(noise('two')), { to: id })
    await until('the failure', () => view.status === 'failed')
    expect(view).to.include({ number: 1 })
    network.blockHttp(false)
    await shows(full(noise('two')))
  })

  it('N3: is brought to the newest version by reconcile alone when every announcement is lost', async () => {
    const id = await openShowing(report('one'))
    const { ground } = app
    const press = startPress({ threads: 1 })
    const world = { ...ground, press, deltas: new Deltas(ground.store, press), log: silent, metrics: openMetrics() }
    const { actor } = await (await openIdentity(ground)).authenticate({ cookieHeader: cookie })
    await publishOn(world, actor, id, report('unannounced'))
    await press.close()
    await shows(report('unannounced'))
    expect(view.number).to.equal(2)
  })

  it('C7: says that the page was deleted, was never there, or that one is signed out', async () => {
    const id = await openShowing(report('one'))
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: app.owner.token })
    await until('the end', () => view.status === 'deleted')
    expect(view.number).to.equal(1)
    live.close()
    open('cart_0000000000000000000000')
    await until('not found', () => view.status === 'not_found')
    expect(view.artifact).to.equal(undefined)
    live.close()
    await network.close()
    network = await faultyNetwork(app.url, 'none=1')
    open(id)
    await until('signed out', () => view.status === 'signed_out')
  })

  it('C8: opens by itself a page that one is let in to, and keeps nothing of it when one is put out', async () => {
    const ben = await app.addMember('ben@acme.example')
    const { id } = await app.publish(report('one'))
    const share = (audience: 'private' | 'org') =>
      app.request(`/api/v1/artifacts/${id}/sharing`, {
        method: 'PUT',
        token: app.owner.token,
        json: { audience, people: [], groups: [], version: 'latest' },
      })
    await network.close()
    network = await faultyNetwork(app.url, await app.signIn(ben.member))
    open(id)
    await until('no access', () => view.status === 'not_found')
    live.asked()
    await share('org')
    life.say('wake')
    await shows(report('one'))
    expect(view.artifact).to.include({ role: 'viewer' })
    await share('private')
    await until('the end', () => view.status === 'not_found')
    expect(view).to.deep.equal({ status: 'not_found', settings: 0 })
    await share('org')
    await until('the page, on the screen anew', () => view.status === 'live' && onScreen.length === 2)
  })

  it('C7, H3: says that it is older or newer than its server', async () => {
    await network.close()
    network = await faultyNetwork(app.url, cookie, 99)
    open('cart_0000000000000000000000')
    await until('the end', () => view.status === 'outdated')
  })

  it('R1, C7: ends within a second of signing out elsewhere', async () => {
    const own = await app.signIn(app.owner.member)
    await network.close()
    network = await faultyNetwork(app.url, own)
    await openShowing(report('one'))
    const began = performance.now()
    await app.request('/api/v1/session', { method: 'DELETE', cookie: own })
    await until('the end', () => view.status === 'signed_out')
    expect(performance.now() - began).to.be.lessThan(1000)
  })
})
