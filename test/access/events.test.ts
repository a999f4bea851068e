import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import type { Role, SharingUpdate } from '../../shared/api.ts'
import type { ClientToServer } from '../../shared/events.ts'
import { newId } from '../../shared/ids.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { codeOf, events, hearing, type Listener, listen, mayListen, newsOf, refusedAtTheDoor } from './audience.ts'
import { expectArtifact, expectUntold, refusalOf, rules } from './expected.ts'
import { currentOf, done, edition, makePages, type Page, partOf, publishNext } from './pages.ts'
import { type Cast, castOf, must, named, type Person, signInLater } from './people.ts'

describe('who is told what', function () {
  this.timeout(180_000)
  let app: TestApp
  let cast: Cast
  let people: Person[]
  let pages: Page[]
  let listeners: Listener[]

  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + 600_000 } }, { GALLEY_TRUST_PROXY: '1' })
    cast = await castOf(app)
    pages = await makePages(app, cast)
    people = [...cast.people, ...(await signInLater(app))]
    listeners = await Promise.all(people.filter(({ refused }) => !refused).map(person => listen(app, person)))
  })
  after(async () => {
    for (const { watcher } of listeners) watcher.close()
    await app.close()
  })

  const shared = () => pages.filter(({ audience }) => audience !== 'gone' && audience !== 'elsewhere')
  const put = (page: Page, update: Partial<SharingUpdate>) => {
    const { audience, pinned } = page
    const json = { audience, ...named, version: pinned ?? 'latest', ...update }
    return done(app.request(`/api/v1/artifacts/${page.id}/sharing`, { method: 'PUT', ...cast.ana.sends, json }))
  }
  /** What each part of some pages hears of each, and nobody else anything of any. */
  const toThose =
    (of: readonly Page[], heard: (page: Page, part: Role) => string[], hinted = (_: Page, __: Role) => true) =>
    ({ person }: Listener) => {
      const news = pages.map(page => {
        const part = of.includes(page) && mayListen(person, page) ? partOf(person, page) : undefined
        return [page, part === undefined ? [] : heard(page, part)] as const
      })
      const gallery = of.some(page => {
        const part = partOf(person, page)
        return part !== undefined && hinted(page, part)
      })
      return { news, gallery }
    }

  it('keeps out whoever has no credential that is good, and says why', async () => {
    for (const person of people.filter(({ refused }) => refused)) {
      expect(await refusedAtTheDoor(app, person), person.name).to.equal(person.refused)
    }
  })

  it('W3: answers every question as it should, and alike of what is not one’s own and what is not there', async () => {
    const questions = {
      async watch({ watcher, person }: Listener) {
        const nowhere = await watcher.watch(newId('artifact', randomBytes))
        for (const page of pages) {
          const reply = await watcher.watch(page.id)
          const code = refusalOf(person, page, rules.read)
          expect(codeOf(reply), `${person.name} · ${page.name}`).to.equal(code ?? 'ok')
          expectUntold(JSON.stringify(reply), person, [page])
          if (code === 'not_found') expect(reply).to.deep.equal(nowhere)
          if (!reply.ok) continue
          expect(Object.keys(reply).sort()).to.deep.equal(['artifact', 'ok'])
          expectArtifact(reply.artifact, must(partOf(person, page)), page, app)
        }
      },
      async watchGallery({ watcher }: Listener) {
        expect(await watcher.watchGallery()).to.deep.equal({ ok: true, barred: null })
      },
    } satisfies Record<keyof ClientToServer, (listener: Listener) => Promise<void>>
    for (const ask of Object.values(questions)) for (const listener of listeners) await ask(listener)
  })

  it('answers a viewer who says to have what a pin hides as one who has what never was', async () => {
    for (const page of shared().filter(({ pinned }) => pinned !== null)) {
      for (const { watcher, person } of listeners.filter(({ person }) => partOf(person, page) === 'viewer')) {
        if (!mayListen(person, page)) continue
        const { epoch, rev } = await currentOf(app, person, page.id)
        const [hidden, none] = await Promise.all(
          [must(page.versions[2]).sha256, '0'.repeat(64)].map(sha256 =>
            watcher.watch(page.id, { epoch, rev, number: 3, sha256 }),
          ),
        )
        expect(hidden, person.name).to.deep.equal(none)
      }
    }
  })

  it('tells of each page how many have it open, and those alone who may see it', async () => {
    const wanted = ({ person }: Listener) => pages.filter(page => mayListen(person, page)).map(({ id }) => id)
    const heard = ({ told }: Listener) => [
      ...new Set(told.flatMap(({ name, body }) => (name === 'presence' ? [body.artifactId] : []))),
    ]
    const until = performance.now() + 10_000
    const missing = () => listeners.some(listener => heard(listener).length < wanted(listener).length)
    while (missing() && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 20))
    for (const listener of listeners) {
      expect(heard(listener).sort(), listener.person.name).to.deep.equal(wanted(listener).sort())
    }
  })

  it('T2: tells viewers nothing of what a pin hides, labels and all', async () => {
    const pinned = shared().filter(page => page.pinned !== null)
    const labels = '&title=Told&icon=%F0%9F%8D%8B&description=Told'
    const next = { ...edition(4), query: `note=Next${labels}` }
    const act = () => Promise.all(pinned.map(({ id }) => publishNext(app, cast.ana, id, next)))
    const isPublisher = (_: Page, part: Role) => part !== 'viewer'
    const heard = (page: Page, part: Role) => (isPublisher(page, part) ? ['version 4 pinned 2 latest 4'] : [])
    expect(await hearing(listeners, act, toThose(pinned, heard, isPublisher))).to.deep.equal([])
  })

  it('T1: tells everybody who may see it of a new version', async () => {
    const following = shared().filter(page => page.pinned === null)
    const act = () => Promise.all(following.map(({ id }) => publishNext(app, cast.ana, id, edition(4))))
    const heard = (_: Page, part: Role) => [part === 'viewer' ? 'version 4' : 'version 4 pinned null latest 4']
    expect(await hearing(listeners, act, toThose(following, heard))).to.deep.equal([])
  })

  it('T1: tells viewers of a pin that moved, as of any version, and publishers where it is', async () => {
    const to = ({ name }: Page) => (name.endsWith('latest') ? 2 : 1)
    const act = () => Promise.all(shared().map(page => put(page, { version: to(page) })))
    const heard = (page: Page, part: Role) => [
      part === 'viewer' ? `version ${to(page)}` : `artifact pinned ${to(page)} latest 4`,
    ]
    const wanted = toThose(shared(), heard)
    const differences = await hearing(listeners, act, wanted)
    for (const page of shared()) page.pinned = to(page)
    expect(differences).to.deep.equal([])
  })

  it('T1: tells of a new title', async () => {
    const rename = ({ id }: Page) =>
      done(app.request(`/api/v1/artifacts/${id}`, { method: 'PATCH', ...cast.ana.sends, json: { title: 'Renamed' } }))
    const heard = (page: Page, part: Role) => [
      part === 'viewer' ? 'artifact' : `artifact pinned ${page.pinned} latest 4`,
    ]
    const act = () => Promise.all(shared().map(rename))
    expect(await hearing(listeners, act, toThose(shared(), heard))).to.deep.equal([])
  })

  it('R6: tells the owner alone who asks to be let in', async () => {
    const { token } = await app.addMember('nina@acme.example')
    const closed = shared().filter(({ audience }) => audience !== 'org')
    const ask = ({ id }: Page) =>
      done(app.request(`/api/v1/artifacts/${id}/access-requests`, { method: 'POST', token }))
    const heard = (_: Page, part: Role) => (part === 'owner' ? ['requests 2'] : [])
    const act = () => Promise.all(closed.map(ask))
    expect(
      await hearing(
        listeners,
        act,
        toThose(closed, heard, (_, part) => part === 'owner'),
      ),
    ).to.deep.equal([])
  })

  it('R5: tells whoever is taken out nothing but that, whatever else changes with it', async () => {
    const taken = shared().filter(({ audience }) => audience === 'people')
    const act = () => Promise.all(taken.map(page => put(page, { audience: 'private', version: 'latest' })))
    const heard = (_: Page, part: Role) => [part === 'owner' ? 'artifact pinned null latest 4' : 'revoked not_found']
    const differences = await hearing(listeners, act, toThose(taken, heard))
    for (const page of taken) Object.assign(page, { audience: 'private', pinned: null })
    expect(differences).to.deep.equal([])
  })

  it('R2: tells those who have it open that it is gone', async () => {
    const remove = ({ id }: Page) =>
      done(app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', ...cast.ana.sends }))
    const act = () => Promise.all(shared().map(remove))
    expect(
      await hearing(
        listeners,
        act,
        toThose(shared(), () => ['revoked deleted']),
      ),
    ).to.deep.equal([])
  })

  it('tells nothing that is not among the events of the protocol', () => {
    const names = new Set(listeners.flatMap(({ told }) => told.map(({ name }) => name)))
    expect([...names].filter(name => !(name in events))).to.deep.equal([])
    for (const listener of listeners) for (const page of pages) expect(newsOf(listener, page).length).to.be.below(2)
  })
})
