import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Gallery, openGallery, type View } from '../../client/gallery/gallery.ts'
import type { ArtifactList } from '../../shared/api.ts'
import { type Choice, readChoice } from '../../shared/choice.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { type FaultyNetwork, faultyNetwork, tab } from '../viewer/network.ts'

const listPath = '/api/v1/artifacts?'

describe('the gallery in front of a member', () => {
  let app: TestApp
  let ana: TestMember
  let cookie: string
  let network: FaultyNetwork
  let life: ReturnType<typeof tab>
  let gallery: Gallery
  let view: View
  let members = 0
  /** Called with each answer to the reading of a page of the list, before the gallery gets it. */
  let onRead: () => Promise<unknown> | undefined

  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())
  beforeEach(async () => {
    ana = await app.addMember(`ana${members++}@acme.example`)
    cookie = await app.signIn(ana.member)
    network = await faultyNetwork(app.url, cookie)
    life = tab()
    onRead = () => undefined
  })
  afterEach(async () => {
    gallery.close()
    await network.close()
  })

  const publish = async (title: string, to?: string): Promise<string> =>
    (await app.publish(`<title>${title}</title><p>${Math.random()}`, { token: ana.token, ...(to && { to }) })).id
  const call = (method: string, path: string, json?: unknown) =>
    app.request(`/api/v1/artifacts/${path}`, { method, token: ana.token, ...(json !== undefined && { json }) })
  const titles = (): string[] => view.rows.map(({ artifact }) => artifact.title)
  const reads = (): number => network.fetched.filter(path => path.startsWith(listPath)).length

  async function until(what: string, fulfilled: () => boolean): Promise<void> {
    const deadline = performance.now() + 15_000
    while (!fulfilled()) {
      if (performance.now() > deadline) {
        const { rows, ...rest } = view
        throw new Error(
          `Waited in vain for ${what}: ${JSON.stringify(rest)}, ${titles().slice(0, 5).join()} …, ${rows.length} rows`,
        )
      }
      await sleep(10)
    }
  }
  const shows = (...wanted: string[]): Promise<void> =>
    until(wanted.join(), () => JSON.stringify(titles()) === JSON.stringify(wanted))

  /** As the server gives it along with the page, and then live. */
  async function open(choice: Choice = readChoice('')): Promise<void> {
    const query = `scope=${choice.list}&sort=${choice.sort}`
    const list = (await (await app.request(`${listPath}${query}`, { cookie })).json()) as ArtifactList
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await network.fetch(input, init)
      if (String(input).includes(listPath)) await onRead()
      return answer
    }
    gallery = openGallery({ choice, list, barred: null, network: { ...network, fetch }, life })
    gallery.subscribe(now => {
      view = now
    })
    await until('the connection', () => view.status === 'live' && reads() > 0)
  }
  const gallerySettles = () => sleep(limits.galleryConflation + 200)

  it('G4: shows a publish, a new title, a removal and its undoing, each in its place', async () => {
    const first = await publish('One')
    await open()
    await publish('Two')
    await shows('Two', 'One')
    await call('PATCH', first, { title: 'First' })
    await shows('First', 'Two')
    await call('DELETE', first)
    await shows('Two')
    await call('POST', `${first}/restore`)
    await shows('First', 'Two')
    expect(view.rows.map(({ changes }) => changes)).to.deep.equal([1, 1])
  })

  it('G4: shows the first page in the place of none', async () => {
    await open()
    expect(view.rows).to.deep.equal([])
    await publish('First')
    await shows('First')
  })

  it('G4: reads once, when it is looked at again, whatever changed while it was hidden', async () => {
    await open()
    await gallerySettles()
    const before = reads()
    life.hide(true)
    for (const title of ['One', 'Two', 'Three']) await publish(title)
    await gallerySettles()
    expect(reads()).to.equal(before)
    life.hide(false)
    await shows('Three', 'Two', 'One')
    expect(reads()).to.equal(before + 1)
  })

  it('G4: has what nobody announced when it asks again', async () => {
    await publish('Kept')
    const id = await publish('Removed')
    await open()
    await app.ground.store.transaction('any', tx => tx.updateArtifact(ana.member.orgId, id, { deletedAt: Date.now() }))
    life.say('wake')
    await shows('Kept')
  })

  it('C1: comes back after a cut, and has what it missed', async () => {
    await open()
    network.blockSockets(true)
    network.cut()
    await until('the loss', () => view.status === 'reconnecting')
    await publish('Missed')
    network.blockSockets(false)
    await shows('Missed')
    await until('the connection', () => view.status === 'live')
  })

  it('G1: knows whether one may publish, also when that was set while it had no connection', async () => {
    const admin = '/api/v1/admin/settings'
    const set = (json: unknown) => app.request(admin, { method: 'PATCH', token: app.owner.token, json })
    await open()
    life.say('leave')
    await set({ membersPublish: false })
    life.say('return')
    await until('what was set meanwhile', () => view.barred?.includes('does not include publishing') === true)
    await set({ membersPublish: true })
    await until('what is set now', () => view.barred === null)
  })

  it('C2: replaces a socket that is open and dead', async () => {
    await open()
    network.freeze()
    await publish('Missed')
    life.say('wake')
    await shows('Missed')
  })

  it('C4: reads now and then where sockets are blocked', async () => {
    await open()
    network.blockSockets(true)
    network.cut()
    await until('polling', () => view.status === 'polling')
    await publish('Polled')
    await shows('Polled')
    network.blockSockets(false)
    life.say('wake')
    await until('the socket', () => view.status === 'live')
  })

  it('C5: closes its socket when the page is left, and is current again when one returns', async () => {
    await open()
    life.say('leave')
    await publish('Missed')
    await gallerySettles()
    expect(view.rows).to.deep.equal([])
    life.say('return')
    await shows('Missed')
  })

  it('G4: tries a reading that fails again, and says so when it goes on', async () => {
    await open()
    network.blockHttp(true)
    await publish('Late')
    await until('the failure', () => view.failing)
    expect(view.status).to.equal('live')
    network.blockHttp(false)
    await shows('Late')
    expect(view.failing).to.equal(false)
  })

  it('R1, C7: ends within a second of signing out elsewhere, and reads no more', async () => {
    await publish('Secret')
    await open()
    await app.request('/api/v1/session', { method: 'DELETE', cookie })
    await until('the end', () => view.status === 'signed_out')
    const before = reads()
    life.say('wake')
    await publish('Later')
    await gallerySettles()
    expect(reads()).to.equal(before)
  })

  it('C1: is current again after the server was restarted', async () => {
    await publish('One')
    await open()
    await app.restart()
    await publish('Two')
    await shows('Two', 'One')
    await until('the connection', () => view.status === 'live')
  })

  describe('who chooses', () => {
    let ben: TestMember
    const publishAsBen = async (title: string, sharing: object): Promise<string> => {
      const { id } = await app.publish(`<title>${title}</title>`, { token: ben.token })
      await share(id, sharing)
      return id
    }
    const share = (id: string, sharing: object) => {
      const json = { audience: 'private', people: [], groups: [], version: 'latest', ...sharing }
      return app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token: ben.token, json })
    }
    const withAna = () => ({ audience: 'people', people: [{ email: ana.member.email, role: 'viewer' }] })

    beforeEach(async () => {
      ben = await app.addMember(`ben${members}@acme.example`)
    })

    it('sees in each list what belongs there, as it comes and goes', async () => {
      await publish('Mine')
      const id = await publishAsBen('For Ana', withAna())
      await open()
      gallery.choose(readChoice('list=shared'))
      expect(view).to.deep.include({ isRead: false, rows: [] })
      await shows('For Ana')
      expect(view.isRead).to.equal(true)
      await share(id, {})
      await shows()
      await share(id, withAna())
      await shows('For Ana')
      gallery.choose(readChoice('list=org'))
      await until('the list', () => view.isRead)
      await share(id, { audience: 'org' })
      await until('the page', () => titles().includes('For Ana'))
      gallery.choose(readChoice(''))
      await shows('Mine')
    })

    it('finds by title and sorts by it, and keeps that live', async () => {
      for (const title of ['Beta', 'Alpha', 'Gamma']) await publish(title)
      await open(readChoice('sort=title'))
      await shows('Alpha', 'Beta', 'Gamma')
      await publish('Alphabet')
      await shows('Alpha', 'Alphabet', 'Beta', 'Gamma')
      gallery.choose(readChoice('sort=title&q=alpha'))
      // Until there is an answer, what was there stays.
      expect(titles()).to.have.length(4)
      await shows('Alpha', 'Alphabet')
      await publish('An alpha')
      await publish('Delta')
      await shows('Alpha', 'Alphabet', 'An alpha')
    })

    it('never sees the answer to what was chosen before', async () => {
      await publish('One')
      await publish('Two')
      await open()
      const seen = new Set<string>()
      gallery.subscribe(now => {
        if (now.isRead) seen.add(`${now.choice.q}: ${now.rows.map(({ artifact }) => artifact.title).join()}`)
      })
      for (const q of ['t', 'tw', 'two', 'twos', 'one']) gallery.choose({ ...view.choice, q })
      await shows('One')
      await gallerySettles()
      expect([...seen].sort()).to.deep.equal([': Two,One', 'one: One'])
    })
  })

  describe('that is longer than a page', () => {
    const many = limits.pageSize + 60
    beforeEach(async () => {
      for (let n = 1; n <= many; n++) await publish(`Page ${n}.`)
      await open()
    })

    it('G5: loads what is older when asked, and keeps it as things change', async () => {
      expect(view.rows).to.have.length(limits.pageSize)
      expect(view.older).to.equal('some')
      gallery.loadOlder()
      expect(view.older).to.equal('loading')
      await until('the next page', () => view.rows.length === 2 * limits.pageSize)
      gallery.loadOlder()
      await until('the last page', () => view.rows.length === many)
      expect(view.older).to.equal('none')
      expect(new Set(titles()).size).to.equal(many)
      const lowest = view.rows.at(-1)?.artifact
      await publish('Page 1, again', lowest?.id)
      await until('the move', () => titles()[0] === 'Page 1, again')
      expect(view.rows).to.have.length(many)
      expect(titles().at(-1)).to.equal('Page 2.')
      expect(view.rows.filter(({ changes }) => changes > 0)).to.have.length(1)
    })

    it('G5: shows no less and little more than before when something new comes in', async () => {
      await publish('New')
      await until('the new one', () => titles()[0] === 'New')
      expect(titles()).to.include(`Page ${many - limits.pageSize + 1}.`)
      expect(view.rows).to.have.length(limits.pageSize + 1)
    })

    it('G5: takes nothing for gone that only moved while it read', async () => {
      gallery.loadOlder()
      await until('the next page', () => view.rows.length === 2 * limits.pageSize)
      gallery.loadOlder()
      await until('the last page', () => view.rows.length === many)
      const lowest = view.rows.at(-1)?.artifact
      const counts = new Set<number>()
      gallery.subscribe(({ rows }) => counts.add(rows.length))
      let moved = false
      onRead = async () => {
        if (moved) return
        moved = true
        await publish('Moved', lowest?.id)
      }
      life.say('wake')
      await until('the move', () => titles()[0] === 'Moved')
      expect([...counts]).to.deep.equal([many])
    })

    it('G5: goes on further down by itself when most of what was there has gone', async () => {
      const orgId = ana.member.orgId
      const shown = view.rows.map(({ artifact }) => artifact.id)
      await app.ground.store.transaction('any', async tx => {
        for (const id of shown.slice(5)) await tx.updateArtifact(orgId, id, { deletedAt: Date.now() })
      })
      life.say('wake')
      await until('the next page', () => view.rows.length === limits.pageSize + 5)
      expect(view.rows.filter(({ changes }) => changes > 0)).to.deep.equal([])
      expect(view.older).to.equal('some')
    })

    it('says that older ones could not be loaded, and loads them when asked again', async () => {
      network.blockHttp(true)
      gallery.loadOlder()
      await until('the failure', () => view.older === 'failed')
      network.blockHttp(false)
      gallery.loadOlder()
      await until('the next page', () => view.rows.length === 2 * limits.pageSize)
    })
  })

  describe('in which a page is deleted', () => {
    let id: string
    beforeEach(async () => {
      await publish('Kept')
      id = await publish('Gone')
      await open()
      await gallerySettles()
    })

    it('G6: takes it away at once, and for good', async () => {
      gallery.remove(id, 'Gone')
      expect(titles()).to.deep.equal(['Kept'])
      expect(view.deletions).to.deep.equal([{ id, title: 'Gone', state: 'deleted' }])
      await gallerySettles()
      expect((await call('GET', id)).status).to.equal(404)
      gallery.dismiss(id)
      expect(titles()).to.deep.equal(['Kept'])
      expect(view.deletions).to.deep.equal([])
    })

    it('G6: brings it back when that is undone, also before the server has answered', async () => {
      for (const pause of [0, 1_000]) {
        gallery.remove(id, 'Gone')
        await sleep(pause)
        gallery.restore(id)
        await shows('Gone', 'Kept')
        await gallerySettles()
        expect(titles()).to.deep.equal(['Gone', 'Kept'])
        expect(view.deletions).to.deep.equal([])
        expect((await call('GET', id)).status).to.equal(200)
      }
    })

    it('G6: keeps it away from a reading that began before', async () => {
      let began: () => void = () => {}
      const beginning = new Promise<void>(resolve => {
        began = resolve
      })
      let goOn: () => void = () => {}
      const answered = new Promise<void>(resolve => {
        goOn = resolve
      })
      onRead = () => {
        began()
        return answered
      }
      life.say('wake')
      await beginning
      const seen = new Set<string>()
      gallery.remove(id, 'Gone')
      gallery.subscribe(({ rows }) => seen.add(rows.map(({ artifact }) => artifact.title).join()))
      while ((await call('GET', id)).status !== 404) await sleep(10)
      await sleep(100)
      goOn()
      await gallerySettles()
      expect([...seen]).to.deep.equal(['Kept'])
    })

    it('G6: shows it again, and says so, when the server could not be asked', async () => {
      network.blockHttp(true)
      gallery.remove(id, 'Gone')
      await until('the refusal', () => view.deletions[0]?.state === 'not_deleted')
      expect(view.deletions[0]?.why).to.equal('Galley could not be reached.')
      expect(titles()).to.deep.equal(['Gone', 'Kept'])
      network.blockHttp(false)
      gallery.remove(id, 'Gone')
      expect(titles()).to.deep.equal(['Kept'])
      await gallerySettles()
      expect(view.deletions).to.deep.equal([{ id, title: 'Gone', state: 'deleted' }])
    })

    it('G6: says that it could not be brought back, and tries again when asked', async () => {
      gallery.remove(id, 'Gone')
      await gallerySettles()
      network.blockHttp(true)
      gallery.restore(id)
      await until('the refusal', () => view.deletions[0]?.state === 'not_restored')
      network.blockHttp(false)
      gallery.restore(id)
      await shows('Gone', 'Kept')
    })

    it('G6: lets it be restored from elsewhere', async () => {
      gallery.remove(id, 'Gone')
      await gallerySettles()
      await call('POST', `${id}/restore`)
      await shows('Gone', 'Kept')
    })
  })
})
