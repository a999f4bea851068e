import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { signedIn } from '../ground.ts'
import { type Live, publish, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

describe('a connection that watches all it may', () => {
  const ids: string[] = []
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  let live: Live
  let watcher: Watcher

  before(async () => {
    process.on('warning', warned)
    live = await startLive({ reconcileEvery: 200 })
    const ana = await signedIn(live.ground)
    watcher = await join(live.url, { cookie: ana.cookie })
    for (let n = 0; n < limits.watchesPerSocket; n++) {
      const { id } = await publish(live.world, ana.actor, `<p>${n}`)
      ids.push(id)
      await sleep(1100 / limits.socketEventsPerSecond)
      expect(await watcher.watch(id)).to.include({ ok: true })
    }
  })
  after(async () => {
    process.off('warning', warned)
    watcher.close()
    await live.close()
  })

  /** Beside the server, and all at once: one reconcile finds it. */
  async function change(set: string): Promise<Watcher['told']> {
    watcher.told.length = 0
    live.ground.sql(`update artifacts set ${set}`)
    return watcher.heard(ids.length)
  }
  const idsIn = (told: Watcher['told']) =>
    told.map(({ name, body }) => (name === 'drain' ? name : body.artifactId)).sort()

  it('T6: hears of every change of all of them at once, and is not cut', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const told = await change(`title = 'Turn ${turn}', rev = rev + 1, viewer_rev = viewer_rev + 1`)
      expect(idsIn(told)).to.deep.equal([...ids].sort())
      expect(told.every(({ body }) => 'title' in body && body.title === `Turn ${turn}`)).to.equal(true)
    }
    expect(watcher.socket.connected).to.equal(true)
    expect(warnings).to.deep.equal([])
  })

  it('R4, T6: hears that all of them were deleted at once, and is not cut', async () => {
    const told = await change('deleted_at = 1')
    expect(idsIn(told)).to.deep.equal([...ids].sort())
    expect(told.every(({ name }) => name === 'revoked')).to.equal(true)
    expect(watcher.socket.connected).to.equal(true)
  })
})
