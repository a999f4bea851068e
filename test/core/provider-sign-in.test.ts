import { expect } from 'chai'
import { addMember, addOrg, removeMember } from '../../server/core/people.ts'
import type { ProvedPerson } from '../../server/core/ports.ts'
import { signInWithProvider } from '../../server/core/provider-sign-in.ts'
import type { Org } from '../../server/core/records.ts'
import { nowhere, openGround, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'

describe('somebody whom an identity provider has proved', () => {
  let ground: TestGround
  let acme: Org

  beforeEach(async () => {
    ground = await openGround()
    acme = await addOrg(ground, { name: 'Acme', claim: 'acme' })
    ground.announced.length = 0
  })
  afterEach(() => ground.close())

  const ada: ProvedPerson = {
    issuer: 'https://login.example',
    subject: 'ada',
    email: 'ada@acme.example',
    emailVerified: true,
    name: 'Ada',
    groups: ['engines'],
    orgs: ['acme'],
  }
  const signIn = (change: Partial<ProvedPerson> = {}) => signInWithProvider(ground, { ...ada, ...change }, nowhere)
  const member = async (change: Partial<ProvedPerson> = {}) => {
    const { orgId, memberId } = await signIn(change)
    const found = await ground.store.member(orgId, memberId)
    if (!found) throw new Error('There is no such member.')
    return found
  }
  const audited = () => ground.sql('SELECT type FROM audit ORDER BY at, id').map(row => String(row.type))

  it('is one member, however many tabs sign in for the first time at once', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => signIn()))
    expect(new Set(sessions.map(session => session.memberId)).size).to.equal(1)
    expect(await ground.store.members(acme.id)).to.have.length(1)
  })

  it('is recorded when added and when changed, and announced when open pages may be concerned', async () => {
    await signIn()
    await signIn()
    await signIn({ groups: [] })
    await signIn({ groups: [] })
    expect(audited().filter(type => type !== 'galley_signed_in')).to.have.members([
      'galley_organization_created',
      'galley_member_added',
      'galley_member_updated',
    ])
    expect(audited().filter(type => type === 'galley_signed_in')).to.have.length(4)
    const [{ id } = { id: '' }] = await ground.store.members(acme.id)
    expect(ground.announced).to.deep.equal([{ kind: 'member-changed', orgId: acme.id, memberId: id }])
  })

  it('is of the one organisation there is where no claim is asked for, and of none where there are several', async () => {
    expect((await member({ orgs: undefined })).orgId).to.equal(acme.id)
    await addOrg(ground, { name: 'Other' })
    await refusal('unknown_org', signIn({ orgs: undefined }))
  })

  it('is of no organisation that has no claim, however few there are', async () => {
    ground.sql('UPDATE orgs SET claim = NULL')
    for (const orgs of [[], ['acme'], ['']]) await refusal('unknown_org', signIn({ orgs }))
  })

  it('keeps the address that is theirs when the new one is another’s, or nobody has verified it', async () => {
    await addMember(ground, { orgId: acme.id, email: 'boss@acme.example', role: 'owner' })
    const { id } = await member()
    for (const change of [{ email: 'boss@acme.example' }, { email: 'new@acme.example', emailVerified: false }]) {
      expect(await member(change)).to.include({ id, email: 'ada@acme.example' })
    }
    expect(await member({ email: 'new@acme.example' })).to.include({ id, email: 'new@acme.example' })
  })

  it('is the same when the organisation has moved to another provider, and nobody else’s there', async () => {
    const { id } = await member()
    const moved = { issuer: 'https://login.new.example', subject: 'a7' }
    expect((await member(moved)).id).to.equal(id)
    await refusal('forbidden', signIn({ ...moved, subject: 'a8' }))
    await refusal('forbidden', signIn({ subject: 'a8' }))
    expect((await member()).id).to.equal(id)
  })

  it('is nobody any more once removed, under whatever address', async () => {
    await removeMember(ground, await member())
    await refusal('forbidden', signIn())
    await refusal('forbidden', signIn({ email: 'new@acme.example' }))
    await refusal('sign_in_failed', signIn({ emailVerified: false }))
    expect(await ground.store.members(acme.id)).to.deep.equal([])
    expect(await ground.store.groups(acme.id, 'user_1', '', 10)).to.deep.equal([])
  })

  it('has a name in plain text, on one line, or else the address', async () => {
    expect((await member({ name: ' A\u202eda\n L\u0000. ' })).name).to.equal('Ada L.')
    expect((await member({ name: '\u2067' })).name).to.equal('ada@acme.example')
  })

  it('ends the session that the browser had', async () => {
    const before = await signedIn(ground, 'Other')
    await signInWithProvider(ground, ada, nowhere, before.actor)
    await refusal('not_signed_in', ground.identity.authenticate({ cookieHeader: before.cookie }))
    expect(ground.announced).to.deep.include({ kind: 'session-revoked', sessionId: before.actor.credential.id })
  })
})
