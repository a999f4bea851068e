import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { openLive } from '../../client/viewer/live.ts'
import type { View } from '../../client/viewer/view.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp } from '../app.ts'
import { eventually } from '../e2e/stage.ts'
import { faultyNetwork, tab } from '../viewer/network.ts'
import { Chance } from './chance.ts'
import { Kept } from './kept.ts'
import { lineTo, Publishers } from './publishers.ts'
import { makeServer } from './server-process.ts'
import { openNodeViewer, type Viewer } from './viewers.ts'

const diesAnnouncing = fileURLToPath(new URL('dies-announcing.ts', import.meta.url))

describe('a change that nobody announces', function () {
  this.timeout(120_000)

  it('C1, W2: is kept by a server that dies before it says so, shown once another runs, and not made twice', async () => {
    const server = await makeServer()
    const viewers: Viewer[] = []
    try {
      await server.start(['--import', 'tsx', diesAnnouncing])
      const { token, cookie } = await server.addMember('ann@acme.example')
      const publishers = new Publishers(server.url, token, new Chance(1))
      const id = (await publishers.publish(lineTo(undefined, ['text/html']))).answer?.id ?? ''
      const kept = new Kept(server, token, new Chance(1))
      for (let n = 0; n < 3; n++) viewers.push(await openNodeViewer(server.url, id, cookie))
      const show = async () => {
        const newest = (await kept.newest([id])).get(id)
        if (!newest) throw new Error('The page is gone.')
        await Promise.all(viewers.map(viewer => viewer.shows(newest, 15_000)))
        return newest.number
      }
      expect(await show()).to.equal(1)

      const second = publishers.publish(lineTo(id, ['text/html']))
      await once(server.process, 'exit')
      expect(server.process.signalCode).to.equal('SIGKILL')
      publishers.pause()
      await server.start()
      expect(await show()).to.equal(2)
      expect(publishers.publishes.map(({ acknowledged }) => acknowledged)).to.deep.equal([true, false])

      publishers.resume()
      expect((await second).answer?.version).to.equal(2)
      await kept.checkWhole(publishers.publishes)
    } finally {
      for (const viewer of viewers) await viewer.close()
      await server.close()
    }
  })

  it('N3, R4: reaches every viewer by reconcile alone, when none is ever announced', async () => {
    const app = await startTestApp({ announcing: () => ({ announce() {} }) })
    const closing: (() => unknown)[] = []
    const view = async (id: string, cookie: string): Promise<() => View | undefined> => {
      const network = await faultyNetwork(app.url, cookie)
      let view: View | undefined
      const frame = { show: ({ sha256 }: { sha256: string }) => void setImmediate(() => live.shown(sha256)) }
      const live = openLive({ artifactId: id, network, life: tab(), frame })
      live.subscribe(now => {
        view = now
      })
      closing.push(live.close.bind(live), network.close)
      await eventually(() => {
        expect(view).to.include({ status: 'live', number: 1 })
      })
      return () => view
    }
    try {
      const token = app.owner.token
      const [stays, leaves] = [await app.signIn(app.owner.member), await app.signIn(app.owner.member)]
      const published = [1, 2, 3, 4].map(n => app.publish(`<!doctype html><title>Page ${n}</title>`))
      const [updated = '', renamed = '', deleted = '', other = ''] = (await Promise.all(published)).map(({ id }) => id)
      const views = [
        await view(updated, stays),
        await view(renamed, stays),
        await view(deleted, stays),
        await view(other, leaves),
      ]
      for (let n = 2; n < 6; n++) await app.publish(`<!doctype html><title>Version ${n}</title>`, { to: updated })
      await app.request(`/api/v1/artifacts/${renamed}`, { method: 'PATCH', token, json: { title: 'Weekly' } })
      await app.request(`/api/v1/artifacts/${deleted}`, { method: 'DELETE', token })
      await app.request('/api/v1/session', { method: 'DELETE', cookie: leaves })
      await sleep(limits.reconcile + limits.conflation)
      await eventually(() => {
        const now = views.map(view => view() ?? { status: 'none' })
        expect(now[0]).to.include({ status: 'live', number: 5 })
        expect(now[1]).to.deep.include({ status: 'live', number: 1 }).and.nested.include({ 'artifact.title': 'Weekly' })
        expect(now[2]).to.include({ status: 'deleted' })
        expect(now[3]).to.include({ status: 'signed_out' })
      }, limits.reconcile)
    } finally {
      for (const close of closing) await close()
      await app.close()
    }
  })
})
