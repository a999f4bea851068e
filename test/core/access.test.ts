import { expect } from 'chai'
import { type Action, can } from '../../server/core/access.ts'
import type { Actor } from '../../server/core/ports.ts'
import type { Artifact } from '../../server/core/records.ts'
import type { GrantedRole, Scope } from '../../shared/api.ts'

const actions: readonly Action[] = ['look', 'read', 'history', 'publish', 'rename', 'delete', 'share']

const artifact: Artifact = {
  id: 'cart_a',
  orgId: 'org-1',
  ownerId: 'user_author',
  title: 'Page',
  titleGiven: false,
  icon: '',
  description: '',
  audience: 'private',
  pinned: null,
  latest: 1,
  rev: 1,
  viewerRev: 1,
  createdAt: 0,
  updatedAt: 0,
  sharedAt: 0,
  keptFrom: 0,
  deletedAt: null,
  eraseAt: null,
  deletedBy: null,
}

const actor = (memberId: string, scope: Scope = 'full', orgId = 'org-1'): Actor => ({
  orgId,
  memberId,
  credential: { kind: 'token', id: 'atok_t', expiresAt: 1 },
  scope,
  memberRev: 1,
})

const reach = (to: Artifact | undefined, granted: GrantedRole[] = []) => to && { artifact: to, granted, closed: false }
const allowed = (by: Actor, to: Artifact | undefined, granted: GrantedRole[] = []): Action[] =>
  actions.filter(action => can(by, action, reach(to, granted)).allowed)

describe('access', () => {
  it('lets the author do everything', () => {
    expect(allowed(actor('user_author'), artifact)).to.deep.equal(actions)
  })

  it('lets a token do what its scope says, and no more', () => {
    expect(allowed(actor('user_author', 'publish'), artifact)).to.have.members(['look', 'publish'])
    expect(allowed(actor('user_author', 'read'), artifact)).to.have.members(['look', 'read', 'history'])
    expect(can(actor('user_author', 'read'), 'publish', reach(artifact))).to.deep.equal({
      allowed: false,
      why: 'scope',
    })
  })

  const named = { ...artifact, audience: 'people' as const }
  const everyone = { ...artifact, audience: 'org' as const }
  const other = actor('user_other')

  it('lets in who was named, as what they were named, and by the stronger of two names', () => {
    expect(allowed(other, named, ['viewer'])).to.deep.equal(['look', 'read'])
    expect(allowed(other, named, ['editor'])).to.deep.equal(['look', 'read', 'history', 'publish', 'rename'])
    expect(allowed(other, named, ['viewer', 'editor'])).to.deep.equal(allowed(other, named, ['editor']))
    expect(allowed(other, named)).to.deep.equal([])
  })

  it('lets everyone of the org look, and who was named edit, when it is for the org', () => {
    expect(allowed(other, everyone)).to.deep.equal(['look', 'read'])
    expect(allowed(other, everyone, ['editor'])).to.include('publish')
    expect(allowed(actor('user_other', 'full', 'org-2'), everyone, ['editor'])).to.deep.equal([])
  })

  it('closes to all but the author when it is private again, whoever was named', () => {
    expect(allowed(other, artifact, ['editor', 'viewer'])).to.deep.equal([])
  })

  const unseen: Record<string, [Actor, Artifact | undefined]> = {
    'another member of the org': [actor('user_other'), artifact],
    'the same member id in another org': [actor('user_author', 'full', 'org-2'), artifact],
    'the author, once it is deleted': [actor('user_author'), { ...artifact, deletedAt: 1 }],
    'anyone, when there is none': [actor('user_author'), undefined],
  }
  for (const [who, [by, to]] of Object.entries(unseen)) {
    it(`does not exist for ${who}`, () => {
      for (const action of actions) expect(can(by, action, reach(to))).to.deep.equal({ allowed: false, why: 'unseen' })
    })
  }
})
