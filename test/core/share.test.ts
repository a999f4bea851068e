import { expect } from 'chai'
import { answerAccessRequest, requestAccess } from '../../server/core/access-requests.ts'
import { Deltas } from '../../server/core/deltas.ts'
import { groups, people } from '../../server/core/directory.ts'
import { remove, restore } from '../../server/core/edit.ts'
import { artifacts } from '../../server/core/list.ts'
import { addMember } from '../../server/core/people.ts'
import type { Actor } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import { current, delta, page } from '../../server/core/read.ts'
import type { Member } from '../../server/core/records.ts'
import { share, sharing } from '../../server/core/share.ts'
import type { World } from '../../server/core/world.ts'
import { startPress } from '../../server/render/start-press.ts'
import type { GrantedRole, SharingUpdate } from '../../shared/api.ts'
import { nowhere, openGround, signedIn, silent, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'

describe('sharing', () => {
  const press = startPress()
  after(() => press.close())
  let ground: TestGround
  let world: World
  let ana: Actor
  let id: string
  beforeEach(async () => {
    ground = await openGround()
    world = { ...ground, press, log: silent, deltas: new Deltas(ground.store, press) }
    ana = (await signedIn(ground)).actor
    id = (await publishNew(world, ana, nowhere, html('One'))).published.id
  })
  afterEach(() => ground.close())

  const html = (title: string) => ({
    body: Buffer.from(`<!doctype html><title>${title}</title>`),
    bodyEncoding: 'identity' as const,
    type: 'text/html' as const,
    query: {},
    idempotencyKey: undefined,
  })
  const publish = (title: string) => publishVersion(world, ana, nowhere, id, html(title), 'any')
  const add = (email: string): Promise<Member> => addMember(ground, { orgId: ana.orgId, email, role: 'member' })
  const actorOf = (member: Member): Actor => ({ ...ana, memberId: member.id, orgId: member.orgId })
  const set = async (update: Partial<SharingUpdate>) =>
    (await share(world, ana, nowhere, id, { audience: 'people', people: [], groups: [], version: 'latest', ...update }))
      .sharing
  const shared = async () => (await sharing(world, ana, id)).sharing
  const named = (email: string, role: GrantedRole = 'viewer') => ({ people: [{ email, role }] })
  const shownTo = async (actor: Actor) => {
    const { role, title, shown, rev } = await current(world, actor, id)
    return { role, title, number: shown.number, rev }
  }
  const unseen = (actor: Actor) => refusal('not_found', current(world, actor, id))

  it('lets in the people it names, as what it names them, and nobody once it is private', async () => {
    const [ben, cleo] = [actorOf(await add('ben@acme.example')), actorOf(await add('cleo@acme.example'))]
    await set({
      people: [
        { email: 'ben@acme.example', role: 'viewer' },
        { email: 'cleo@acme.example', role: 'editor' },
      ],
    })
    expect((await shownTo(ben)).role).to.equal('viewer')
    expect((await shownTo(cleo)).role).to.equal('editor')
    await set({ audience: 'private', ...named('ben@acme.example') })
    await unseen(ben)
    await unseen(cleo)
  })

  it('waits for an address that nobody has signed in with yet', async () => {
    const before = await set(named('dora@acme.example', 'editor'))
    expect(before.people).to.deep.equal([
      { email: 'dora@acme.example', name: 'dora@acme.example', role: 'editor', pending: true },
    ])
    const dora = actorOf(await add('Dora@acme.example'))
    expect((await shownTo(dora)).role).to.equal('editor')
    expect((await shared()).people).to.deep.equal([
      { email: 'dora@acme.example', name: 'dora', role: 'editor', pending: false },
    ])
  })

  it('lets in the groups it names, and who leaves a group no more', async () => {
    const ben = await add('ben@acme.example')
    await set({ groups: [{ name: 'Design', role: 'viewer' }] })
    await unseen(actorOf(ben))
    await ground.store.transaction('any', tx => tx.setGroups(ben.orgId, ben.id, ['Design', 'Design']))
    expect((await shownTo(actorOf(ben))).role).to.equal('viewer')
    await ground.store.transaction('any', tx => tx.setGroups(ben.orgId, ben.id, []))
    await unseen(actorOf(ben))
  })

  it('stops at the organisation, whoever is named', async () => {
    const stranger = (await signedIn(ground, 'Other')).actor
    await set({ audience: 'org', ...named('ana@other.example', 'editor') })
    await unseen(stranger)
    const update = { audience: 'org' as const, people: [], groups: [], version: 'latest' as const }
    await refusal('not_found', share(world, stranger, nowhere, id, update))
  })

  it('is for the owner to change, and not for an editor', async () => {
    const cleo = actorOf(await add('cleo@acme.example'))
    await set(named('cleo@acme.example', 'editor'))
    await refusal('forbidden', sharing(world, cleo, id))
  })

  it('shows viewers the pinned version and its title, the owner the latest, and follows again when told to', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    await publish('Two')
    await set({ ...named('ben@acme.example'), version: 1 })
    expect(await shownTo(ben)).to.include({ number: 1, title: 'One' })
    const { rev } = await shownTo(ben)
    await publish('Three')
    expect(await shownTo(ben)).to.deep.equal({ role: 'viewer', number: 1, title: 'One', rev })
    expect((await current(world, ana, id)).shown.number).to.equal(3)
    await refusal('not_found', page(world, ben, id, 3))
    await set({ ...named('ben@acme.example'), version: 'latest' })
    expect(await shownTo(ben)).to.deep.equal({ role: 'viewer', number: 3, title: 'Three', rev: rev + 1 })
  })

  it('refuses to pin what is not there, and changes nothing', async () => {
    await refusal('invalid_request', set({ audience: 'org', version: 9 }))
    expect((await shared()).audience).to.equal('private')
  })

  it('records each change once, and says again what is so already to nobody', async () => {
    await set({ audience: 'org' })
    const announced = ground.announced.length
    await set({ audience: 'org' })
    expect(ground.announced).to.have.length(announced)
    const rows = ground.sql(`select details from audit where type = 'claude_artifact_sharing_updated'`)
    expect(rows.map(row => JSON.parse(String(row.details)))).to.deep.equal([
      {
        ...{ previous_mode: 'private', new_mode: 'org', previous_user_count: 0, new_user_count: 0 },
        ...{ previous_pin: null, new_pin: null },
      },
    ])
  })

  it('lists for each member what they may see, in the place it belongs to', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    const ids = async (actor: Actor, scope: 'mine' | 'shared' | 'org' | 'all') =>
      (
        await artifacts(world, actor, { scope, q: '', limit: 9, sort: 'updated', cursor: undefined, until: undefined })
      ).artifacts.map(each => each.id)
    expect(await ids(ben, 'all')).to.deep.equal([])
    await set(named('ben@acme.example'))
    expect([await ids(ben, 'mine'), await ids(ben, 'shared'), await ids(ben, 'org')]).to.deep.equal([[], [id], []])
    await set({ audience: 'org' })
    expect([await ids(ben, 'shared'), await ids(ben, 'org'), await ids(ben, 'all')]).to.deep.equal([[], [id], [id]])
    expect([await ids(ana, 'mine'), await ids(ana, 'shared')]).to.deep.equal([[id], []])
  })

  it('lets somebody ask, the owner answer, and tells nobody else', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    const stranger = (await signedIn(ground, 'Other')).actor
    for (const asking of [ben, ben, ana, stranger]) await requestAccess(world, asking, nowhere, id)
    await requestAccess(world, ben, nowhere, 'cart_none')
    const { requests } = await shared()
    expect(requests.map(request => request.email)).to.deep.equal(['ben@acme.example'])
    await answerAccessRequest(world, ana, nowhere, id, ben.memberId, { role: 'viewer' })
    expect(await shownTo(ben)).to.include({ role: 'viewer' })
    const after = await shared()
    expect([after.audience, after.requests.length, after.people.length]).to.deep.equal(['people', 0, 1])
    await refusal('not_found', answerAccessRequest(world, ana, nowhere, id, ben.memberId, { role: null }))
  })

  it('opens a private page to nobody else by letting in one who asked', async () => {
    const [ben, cleo] = [actorOf(await add('ben@acme.example')), actorOf(await add('cleo@acme.example'))]
    await set({ audience: 'private', ...named('cleo@acme.example', 'editor') })
    await requestAccess(world, ben, nowhere, id)
    await answerAccessRequest(world, ana, nowhere, id, ben.memberId, { role: 'viewer' })
    expect((await shownTo(ben)).role).to.equal('viewer')
    await unseen(cleo)
  })

  it('needs no answer to who was let in otherwise, and takes nothing from who was made an editor', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    await requestAccess(world, ben, nowhere, id)
    await set(named('ben@acme.example', 'editor'))
    expect((await shared()).requests).to.deep.equal([])
    await refusal('not_found', answerAccessRequest(world, ana, nowhere, id, ben.memberId, { role: 'viewer' }))
    expect((await shownTo(ben)).role).to.equal('editor')
  })

  it('replaces only the sharing that was seen, where that is asked for', async () => {
    const { tag } = await sharing(world, ana, id)
    await set({ audience: 'org' })
    const stale = { audience: 'private' as const, people: [], groups: [], version: 1 }
    await refusal('version_conflict', share(world, ana, nowhere, id, stale, tag))
    expect((await shared()).audience).to.equal('org')
  })

  it('gives viewers no delta from a page that they were never shown', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    await set({ ...named('ben@acme.example'), version: 1 })
    const { published: hidden } = await publish('Hidden')
    await refusal('unknown_base', delta(world, ben, id, 1, hidden.sha256))
    await refusal('unknown_base', delta(world, ben, id, 1, '0'.repeat(64)))
  })

  it('tells of a deleted page that it can be taken back to its owner alone', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    await set(named('ben@acme.example', 'editor'))
    await remove(world, ana, nowhere, id)
    await refusal('not_found', restore(world, ben, nowhere, id))
    expect((await restore(world, ana, nowhere, id)).title).to.equal('One')
    expect((await shownTo(ben)).role).to.equal('editor')
  })

  it('finds people by part of their name or address, in any case of any letters', async () => {
    await addMember(ground, { orgId: ana.orgId, email: 'oz@acme.example', name: 'Özil Émile', role: 'member' })
    for (const q of ['öz', 'ÖZIL', 'ém', 'oz@', '']) {
      expect((await people(world, ana, q)).people.map(person => person.name)).to.include('Özil Émile')
    }
    expect((await people(world, ana, '%')).people).to.deep.equal([])
  })

  it('offers the groups that have members, and those that others typed to nobody else', async () => {
    const ben = actorOf(await add('ben@acme.example'))
    await set({ groups: [{ name: 'layoff-committee', role: 'viewer' }] })
    await ground.store.transaction('any', tx => tx.setGroups(ana.orgId, ben.memberId, ['Design']))
    expect((await groups(world, ana, '')).groups).to.deep.equal(['Design', 'layoff-committee'])
    expect((await groups(world, ben, '')).groups).to.deep.equal(['Design'])
  })
})
