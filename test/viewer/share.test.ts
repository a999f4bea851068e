import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Desk, type DeskView } from '../../client/viewer/share/desk.ts'
import { added, atVersion, type Entry, forAudience } from '../../client/viewer/share/edits.ts'
import { suggestionsFor } from '../../client/viewer/share/suggestions.ts'
import { audienceWords, removalWords } from '../../client/viewer/share/words.ts'
import type { Sharing } from '../../shared/api.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type FaultyNetwork, faultyNetwork } from './network.ts'

const person = (name: string, role: 'viewer' | 'editor' = 'viewer'): Extract<Entry, { kind: 'person' }> => ({
  ...{ kind: 'person', email: `${name.toLowerCase()}@acme.example`, name },
  ...{ role, pending: false },
})
const group = (name: string): Entry => ({ kind: 'group', name, role: 'viewer' })
const sharing = (change: Partial<Sharing> = {}): Sharing => ({
  ...{ audience: 'people', people: [], groups: [], version: 'latest', latest: 3 },
  ...{ org: { name: 'Acme' }, requests: [] },
  ...change,
})

describe('the Share dialog', () => {
  describe('says beforehand', () => {
    it('who loses access when it becomes private', () => {
      const words = (change: Partial<Sharing>) => audienceWords(sharing(change), 'private')
      expect(words({ people: [person('Ben')] })).to.equal('Ben loses access now.')
      expect(words({ people: [person('Ben'), person('Cleo')] })).to.equal('Ben and Cleo lose access now.')
      expect(words({ people: ['Ben', 'Cleo', 'Dora', 'Eve'].map(name => person(name)) })).to.equal(
        'Ben, Cleo and 2 more lose access now.',
      )
      const groups = [{ name: 'Ops', role: 'viewer' as const }]
      expect(words({ groups })).to.equal('Everyone in Ops loses access now.')
      expect(words({ people: [person('Ben')], groups })).to.equal('Ben and everyone in Ops lose access now.')
      expect(words({ audience: 'org' })).to.equal('Everyone else at Acme loses access now.')
      expect(words({})).to.equal('Nobody else can open it.')
    })

    it('what becomes of somebody who is taken off the list', () => {
      const ben = person('Ben')
      expect(removalWords(sharing(), ben)).to.equal('Ben loses access now.')
      expect(removalWords(sharing({ groups: [{ name: 'Design', role: 'viewer' }] }), ben)).to.contain('unless a group')
      expect(removalWords(sharing({ audience: 'org' }), ben)).to.equal('Ben can still look, like everyone at Acme.')
      expect(removalWords(sharing(), { ...ben, pending: true })).to.contain('invitation of ben@acme.example')
    })
  })

  it('lets in, of a page that was private, whoever is added and nobody from before', () => {
    const before = sharing({ audience: 'private', people: [person('Ben')] })
    const after = added(group('Design'))(before)
    expect(after).to.deep.include({ audience: 'people', people: [], groups: [{ name: 'Design', role: 'viewer' }] })
    expect(added(person('Cleo'))({ ...before, audience: 'org' }))
      .to.have.property('people')
      .of.length(2)
  })

  it('offers who is found and not there yet, an address nobody has, and a group nobody is in', () => {
    const found = { people: [person('Ben'), person('Olive')], groups: ['Design', 'Data'] }
    const offers = (text: string, change: Partial<Sharing> = {}) =>
      suggestionsFor(text, found, sharing(change), 'Olive@acme.example').map(
        ({ entry, isNew }) => `${isNew ? 'new ' : ''}${entry.kind} ${entry.name}`,
      )
    expect(offers('')).to.deep.equal(['person Ben', 'group Design', 'group Data'])
    expect(offers('D', { people: [person('Ben')], groups: [{ name: 'Data', role: 'viewer' }] })).to.deep.equal([
      'group Design',
      'new group D',
    ])
    expect(offers('Dora@acme.example')).to.include('new person dora@acme.example')
    for (const known of ['BEN@acme.example', 'olive@acme.example', 'not @an address'])
      expect(offers(known).filter(offer => offer.startsWith('new'))).to.deep.equal([])
  })

  describe('at a server', () => {
    let app: TestApp
    let networks: FaultyNetwork[]
    let id: string

    before(async () => {
      app = await startTestApp()
    })
    after(() => app.close())
    beforeEach(async () => {
      networks = []
      ;({ id } = await app.publish('<p>one'))
    })
    afterEach(() => Promise.all(networks.map(network => network.close())))

    async function openDesk() {
      const network = await faultyNetwork(app.url, await app.signIn(app.owner.member))
      networks.push(network)
      let view: DeskView | undefined
      const desk = new Desk(network, id, now => {
        view = now
      })
      const settled = async (): Promise<DeskView> => {
        while (!view || view.isSaving || !(view.sharing || view.trouble)) await sleep(10)
        return view
      }
      desk.refresh()
      await settled()
      return { desk, network, settled, view: () => view }
    }
    const kept = async () =>
      (await (await app.request(`/api/v1/artifacts/${id}/sharing`, { token: app.owner.token })).json()) as Sharing

    it('makes a change again to what was changed elsewhere, and loses neither', async () => {
      const [one, other] = [await openDesk(), await openDesk()]
      one.desk.change(added(person('Ben')), 'Ben is in.')
      await one.settled()
      // It has not heard of that.
      other.desk.change(forAudience('org'), 'Everyone is in.')
      expect((await other.settled()).done).to.equal('Everyone is in.')
      expect(await kept()).to.deep.include({ audience: 'org' })
      expect((await kept()).people.map(({ email }) => email)).to.deep.equal(['ben@acme.example'])
    })

    it('shows a change before it is kept, and those that follow in order', async () => {
      const { desk, view, settled } = await openDesk()
      desk.change(forAudience('org'), '')
      desk.change(added(group('Design')), 'Design is in.')
      expect(view()).to.deep.include({ isSaving: true })
      expect(view()?.sharing).to.deep.include({ audience: 'org', groups: [{ name: 'Design', role: 'viewer' }] })
      await settled()
      expect(await kept()).to.deep.include({ audience: 'org', groups: [{ name: 'Design', role: 'viewer' }] })
    })

    it('takes back what is refused or does not arrive, says why, and keeps what was done after it', async () => {
      const { desk, network, settled } = await openDesk()
      desk.change(atVersion(7), '')
      desk.change(forAudience('org'), '')
      const { sharing, trouble } = await settled()
      expect(sharing).to.include({ version: 'latest', audience: 'org' })
      expect(trouble).to.equal('That was not changed. There is no version 7: the latest is 1.')
      network.blockHttp(true)
      desk.change(forAudience('private'), '')
      const after = await settled()
      expect(after.sharing).to.include({ audience: 'org' })
      expect(after.trouble).to.equal('That was not changed. Galley could not be reached.')
    })
  })
})
