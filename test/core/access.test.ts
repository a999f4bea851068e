import { expect } from 'chai'
import { type Action, can } from '../../server/core/access.ts'
import type { Actor } from '../../server/core/ports.ts'
import type { Artifact } from '../../server/core/records.ts'
import type { Scope } from '../../shared/api.ts'

const actions: readonly Action[] = ['look', 'read', 'history', 'publish', 'rename', 'delete']

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
  deletedAt: null,
}

const actor = (memberId: string, scope: Scope = 'full', orgId = 'org-1'): Actor => ({
  orgId,
  memberId,
  credential: { kind: 'token', id: 'atok_t', expiresAt: 1 },
  scope,
})

const allowed = (by: Actor, to: Artifact | undefined): Action[] => actions.filter(action => can(by, action, to).allowed)

describe('access', () => {
  it('lets the author do everything', () => {
    expect(allowed(actor('user_author'), artifact)).to.deep.equal(actions)
  })

  it('lets a token do what its scope says, and no more', () => {
    expect(allowed(actor('user_author', 'publish'), artifact)).to.have.members(['look', 'publish'])
    expect(allowed(actor('user_author', 'read'), artifact)).to.have.members(['look', 'read', 'history'])
    expect(can(actor('user_author', 'read'), 'publish', artifact)).to.deep.equal({ allowed: false, why: 'scope' })
  })

  const unseen: Record<string, [Actor, Artifact | undefined]> = {
    'another member of the org': [actor('user_other'), artifact],
    'the same member id in another org': [actor('user_author', 'full', 'org-2'), artifact],
    'the author, once it is deleted': [actor('user_author'), { ...artifact, deletedAt: 1 }],
    'anyone, when there is none': [actor('user_author'), undefined],
  }
  for (const [who, [by, to]] of Object.entries(unseen)) {
    it(`does not exist for ${who}`, () => {
      for (const action of actions) expect(can(by, action, to)).to.deep.equal({ allowed: false, why: 'unseen' })
    })
  }
})
