import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { signedIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { openRaw, type RawSocket, until } from './raw.ts'
import { join, type Watcher } from './watcher.ts'

/** Two of these differ by what hardly compresses: a delta as long as may be inline. */
const noisy = (): string => `${'<p>What both have</p>'.repeat(2500)}<p>${randomBytes(14_500).toString('base64')}`

describe('a client that does not behave', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let nameless: RawSocket

  before(async () => {
    live = await startLive()
    ana = await signedIn(live.ground)
    nameless = await openRaw(live, ana.cookie)
  })
  after(() => live.close())

  it('T7: is cut when it talks too fast', async () => {
    const watcher = await join(live.url, { cookie: ana.cookie })
    for (let n = 0; n < 2 * limits.socketEventsPerSecond; n++) void watcher.watch('cart_x').catch(() => {})
    expect(await watcher.ended).to.match(/transport/)
  })

  it('is cut when a message is too large, or is none', async () => {
    const faults: ((watcher: Watcher) => unknown)[] = [
      ({ socket }) => socket.io.engine.send('2'.repeat(limits.socketMessageBytes + 1)),
      ({ socket }) => socket.io.engine.send('2["watch"'),
      ({ socket }) => socket.io.engine.send('\u0000\uffff{]'),
      ({ socket }) => socket.io.engine.send('59999-["watch",{"_placeholder":true,"num":-1}]'),
    ]
    for (const fault of faults) {
      const watcher = await join(live.url, { cookie: ana.cookie })
      fault(watcher)
      await watcher.ended
    }
    const well = await join(live.url, { cookie: ana.cookie })
    expect(await well.watch('cart_x')).to.include({ code: 'not_found' })
    well.close()
  })

  describe('by not reading', () => {
    let id: string
    let have: object
    let stuck: RawSocket[]

    before(async () => {
      const first = await publish(live.world, ana.actor, noisy())
      await publishOn(live.world, ana.actor, first.id, noisy())
      id = first.id
      have = { epoch: 'e', rev: 1, number: 1, sha256: first.sha256 }
      stuck = [await openRaw(live, ana.cookie), await openRaw(live, ana.cookie)]
      await Promise.all(stuck.map(jam))
    })
    after(() => {
      for (const { client } of stuck) client.destroy()
    })

    const ask = (socket: RawSocket): Promise<void> => {
      socket.send(`421["watch",${JSON.stringify({ artifactId: id, have })}]`)
      return sleep(1200 / limits.socketEventsPerSecond)
    }
    /** Reads nothing, and is sent so much that the network takes no more. */
    async function jam(socket: RawSocket): Promise<void> {
      await socket.enter()
      socket.client.pause()
      socket.flood()
      await ask(socket)
      await until(() => socket.server.writableLength > 0)
    }

    it('T6: holds nobody up, and is owed only the newest', async () => {
      const [slow] = stuck as [RawSocket]
      const reader = await join(live.url, { cookie: ana.cookie })
      await reader.watch(id)
      let last = ''
      for (let n = 1; n <= 6; n++) {
        last = (await publishOn(live.world, ana.actor, id, report(`${n}`))).sha256
        await reader.heard(n)
      }
      slow.client.resume()
      await until(() => slow.received().includes(last))
      expect(slow.received().split(`42["version",{"artifactId":"${id}"`)).to.have.length(2)
      reader.close()
    })

    it('T6: is cut when more waits for it than may', async () => {
      const [, slow] = stuck as [RawSocket, RawSocket]
      while (!slow.server.destroyed) await ask(slow)
    })
  })

  describe('by not speaking', () => {
    it('H5: is cut when it never says who it is', async () => {
      await nameless.closed
      expect(nameless.received()).to.not.include('40{')
    })
  })
})
