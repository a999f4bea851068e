import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Head } from '../../server/core/records.ts'
import { Audience, type News } from '../../server/live/audience.ts'
import { type Stream, said } from '../../server/live/said.ts'
import { limits } from '../../shared/limits.ts'
import { silent } from '../ground.ts'

const hash = (n: number): string => String(n).padStart(64, '0')

/** Versions are published one after the other; viewers see the pinned one, or the latest. */
function head(rev: number, viewerRev: number, latest: number, pinned: number | null = null): Head {
  const version = (number: number) => ({ number, sha256: hash(number), size: 10, createdAt: 0, note: null })
  const texts = { title: 'Report', icon: '📄', description: '' }
  const place = { orgId: 'org', ownerId: 'user_ana', audience: 'private' as const, artifactId: 'cart_1' }
  return { ...place, ...texts, pinned, rev, viewerRev, latest: version(latest), shared: version(pinned ?? latest) }
}

function room(stream: Stream, inline: (from: string) => Promise<undefined> = async () => undefined) {
  const told: News[] = []
  const audience = new Audience(
    { orgId: 'org', artifactId: 'cart_1', stream },
    { log: silent, size: () => 1, send: news => void told.push(news), inline },
  )
  const at = (head: Head) => said(stream, 'epoch', head)
  return {
    told,
    revs: () => told.map(({ body }) => body.rev),
    read: (h: Head) => audience.read(at(h), { epoch: 'epoch', rev: h.rev }),
    tell: (h: Head) => audience.tell(at(h)),
    audience,
  }
}

const settled = () => sleep(2.5 * limits.conflation)

describe('an audience', () => {
  it('T2: of viewers hears nothing of a publish behind a pin, and exactly one change when the pin moves', async () => {
    const viewers = room('viewers')
    viewers.read(head(1, 1, 1, 1))
    viewers.tell(head(2, 1, 2, 1))
    viewers.tell(head(3, 1, 3, 1))
    await settled()
    expect(viewers.told).to.deep.equal([])
    viewers.tell(head(4, 2, 3, 3))
    viewers.tell(head(4, 2, 3, 3))
    await settled()
    expect(viewers.told.map(({ name, body }) => [name, body.rev, 'number' in body && body.number])).to.deep.equal([
      ['version', 2, 3],
    ])
    expect(JSON.stringify(viewers.told)).to.not.match(/latest|pinned/)
  })

  it('O1: of publishers is told rev, of viewers viewerRev, both of the one epoch', async () => {
    const [publishers, viewers] = [room('publishers'), room('viewers')]
    for (const one of [publishers, viewers]) {
      one.read(head(7, 3, 5, 4))
      one.tell(head(9, 4, 6, 5))
    }
    await settled()
    expect(publishers.told.map(({ body }) => [body.epoch, body.rev])).to.deep.equal([['epoch', 9]])
    expect(viewers.told.map(({ body }) => [body.epoch, body.rev])).to.deep.equal([['epoch', 4]])
  })

  it('O2: follows a pin that goes back', async () => {
    const viewers = room('viewers')
    viewers.read(head(1, 1, 5))
    viewers.tell(head(2, 2, 5, 3))
    await settled()
    expect(viewers.told[0]?.body).to.include({ rev: 2, number: 3 })
  })

  it('T1: of publishers hears of a pin as a change beside the page', async () => {
    const publishers = room('publishers')
    publishers.read(head(1, 1, 5))
    publishers.tell(head(2, 2, 5, 3))
    await settled()
    expect(publishers.told[0]).to.deep.include({ name: 'artifact' })
    expect(publishers.told[0]?.body).to.include({ rev: 2, pinned: 3, latest: 5 })
  })

  it('T1: is told the page again when a pin has gone there and back, and somebody had read in between', async () => {
    const viewers = room('viewers')
    viewers.read(head(1, 1, 5, 1))
    viewers.read(head(2, 2, 5))
    viewers.tell(head(3, 3, 5, 1))
    await settled()
    expect(viewers.told[0]).to.deep.include({ name: 'version' })
    expect(viewers.told[0]?.body).to.include({ rev: 3, number: 1 })
    viewers.tell({ ...head(4, 4, 5, 1), title: 'Weekly' })
    await settled()
    expect(viewers.told[1]).to.deep.include({ name: 'artifact' })
  })

  it('T3: keeps the order of rev, however long each delta takes to make', async () => {
    let wait = 60
    const slow = room('publishers', async () => {
      wait -= 20
      await sleep(wait)
      return undefined
    })
    slow.read(head(1, 1, 1))
    for (let rev = 2; rev < 8; rev++) {
      slow.tell(head(rev, rev, rev))
      await sleep(15)
    }
    await settled()
    expect(slow.revs()).to.deep.equal([...slow.revs()].sort((a, b) => a - b))
    expect(slow.revs().at(-1)).to.equal(7)
  })

  it('T3: is told once what both an announcement and a reconcile say, and never what is older', async () => {
    const publishers = room('publishers')
    publishers.read(head(1, 1, 1))
    for (const rev of [3, 3, 2, 3, 1]) publishers.tell(head(rev, rev, rev))
    await settled()
    expect(publishers.revs()).to.deep.equal([3])
  })

  it('W1: is told what the slowest reader in it missed', async () => {
    const publishers = room('publishers')
    publishers.read(head(2, 2, 2))
    publishers.read(head(1, 1, 1))
    publishers.tell(head(2, 2, 2))
    await settled()
    expect(publishers.revs()).to.deep.equal([2])
  })

  it('T3: tells again what could not be told', async () => {
    let broken = true
    const told: News[] = []
    const audience = new Audience(
      { orgId: 'org', artifactId: 'cart_1', stream: 'publishers' },
      {
        log: silent,
        size: () => 1,
        inline: async () => {
          if (broken) throw new Error('broken')
          return undefined
        },
        send: news => void told.push(news),
      },
    )
    audience.read(said('publishers', 'epoch', head(1, 1, 1)), { epoch: 'epoch', rev: 1 })
    audience.tell(said('publishers', 'epoch', head(2, 2, 2)))
    await settled()
    broken = false
    audience.tell(said('publishers', 'epoch', head(2, 2, 2)))
    await settled()
    expect(told).to.have.length(1)
  })

  describe('is settled up to', () => {
    const at = (rev: number, epoch = 'epoch') => ({ epoch, rev })

    it('nothing, before anybody has read', () => {
      expect(room('viewers').audience.seen).to.equal(undefined)
    })

    it('what the slowest reader in it read', () => {
      const viewers = room('viewers')
      for (const rev of [5, 4, 6]) viewers.read(head(rev, 1, 1))
      expect(viewers.audience.seen).to.deep.equal(at(4))
    })

    it('what was looked at, but for who came in meanwhile with something older', () => {
      const { audience, read } = room('viewers')
      read(head(4, 1, 1))
      audience.beginLook()
      audience.endLook(at(7))
      expect(audience.seen).to.deep.equal(at(7))
      audience.beginLook()
      for (const rev of [8, 6, 9]) read(head(rev, 1, 1))
      audience.endLook(at(8))
      expect(audience.seen).to.deep.equal(at(6))
    })

    it('what it was before, when the look never came to its end', () => {
      const { audience, read } = room('viewers')
      read(head(4, 1, 1))
      audience.beginLook()
      read(head(7, 1, 1))
      expect(audience.seen).to.deep.equal(at(4))
    })

    it('nothing of another epoch', () => {
      const { audience, read } = room('viewers')
      read(head(4, 1, 1))
      audience.beginLook()
      audience.endLook(at(4, 'another'))
      expect(audience.seen).to.deep.equal(at(4, 'another'))
      read(head(9, 1, 1))
      expect(audience.seen).to.deep.equal(at(4, 'another'))
    })

    it('nothing, when it could not be told', async () => {
      const { audience, read, tell } = room('publishers', () => Promise.reject(new Error('broken')))
      read(head(1, 1, 1))
      tell(head(2, 2, 2))
      audience.endLook(at(2))
      await settled()
      read(head(2, 2, 2))
      expect(audience.seen?.epoch).to.equal('')
    })
  })

  it('says whether somebody had missed what it is told', async () => {
    const { audience } = room('publishers')
    const news = (rev: number) => said('publishers', 'epoch', head(rev, rev, rev))
    const seen = { epoch: 'epoch', rev: 1 }
    expect(audience.tell(news(1))).to.equal(false)
    audience.read(news(1), seen)
    expect([1, 2, 2].map(rev => audience.tell(news(rev)))).to.deep.equal([false, true, false])
    await settled()
    expect(audience.tell(news(2))).to.equal(false)
    audience.read(news(1), seen)
    expect(audience.tell(news(2))).to.equal(true)
    await settled()
  })

  it('T4: tells at once after a quiet time, and says nothing once it is left', async () => {
    const publishers = room('publishers')
    publishers.read(head(1, 1, 1))
    publishers.tell(head(2, 2, 2))
    await sleep(limits.conflation / 4)
    expect(publishers.revs()).to.deep.equal([2])
    publishers.tell(head(3, 3, 3))
    publishers.audience.leave()
    await settled()
    expect(publishers.revs()).to.deep.equal([2])
  })
})
