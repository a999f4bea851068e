import { expect } from 'chai'
import type { Artifact, Grant, Member } from '../../server/core/records.ts'
import type { ListOf, Place, Store } from '../../server/core/store-ports.ts'
import { type ListScope, listScopes } from '../../shared/api.ts'
import type { ListSort } from '../../shared/choice.ts'
import type { Subject } from './contract.ts'
import { acme, ana, artifact, ben, foreign, member, other } from './seed.ts'

/** Texts whose order, case or meaning in a search differs from one database's language to the next. */
const titles = [
  'alpha',
  'Beta',
  'äpfel',
  'Zeta',
  'Äpfel',
  'a_b',
  'a%b',
  'a\\b',
  'éclair',
  'ALPHA',
  'ßa',
  '-alpha',
  '😀',
  'İ',
]

const carl = member('user_carl', acme.id)

interface Case {
  artifacts: Artifact[]
  grants: Grant[]
}

/** Pages of several people, each combination of audience and grants, many with the same time or the same title. */
function makeCase(): Case {
  const made: Case = { artifacts: [], grants: [] }
  const owners: Member[] = [ana, ben, carl]
  for (let n = 0; n < 90; n++) {
    const of = artifact(`cart_l${(n * 37) % 90}`, owners[n % 3] as Member, {
      title: titles[n % titles.length] as string,
      audience: (['private', 'people', 'org'] as const)[Math.floor(n / 3) % 3] as Artifact['audience'],
      updatedAt: 10_000 + (n % 11),
      sharedAt: 10_000 + (n % 7),
      deletedAt: n % 13 === 12 ? 20_000 : null,
    })
    made.artifacts.push(of)
    const grant = (kind: Grant['kind'], subject: string): Grant => {
      return { orgId: acme.id, artifactId: of.id, kind, subject, role: 'viewer', createdAt: 1 }
    }
    if (n % 2 === 0) made.grants.push(grant('member', ben.id))
    if (n % 5 === 0) made.grants.push(grant('group', 'Team'), grant('group', 'Ops'))
    if (n % 7 === 0) made.grants.push(grant('group', 'Others'), grant('email', 'ben@example.org'))
  }
  return made
}

/** What the rules say that Ben's list is, worked out one artifact at a time. */
function expected({ artifacts, grants }: Case, scope: ListScope, sort: ListSort, q: string): string[] {
  const named = ({ id, audience }: Artifact) =>
    audience !== 'private' &&
    grants.some(
      ({ artifactId, kind, subject }) =>
        artifactId === id &&
        (kind === 'member' ? subject === ben.id : kind === 'group' && /^(?:Team|Ops)$/.test(subject)),
    )
  const isMine = ({ ownerId }: Artifact) => ownerId === ben.id
  const isIn: Record<ListScope, (of: Artifact) => boolean> = {
    mine: isMine,
    shared: of => !isMine(of) && named(of),
    org: of => of.audience === 'org',
    all: of => isMine(of) || of.audience === 'org' || named(of),
  }
  const at = (of: Artifact) => (scope === 'mine' || (scope === 'all' && isMine(of)) ? of.updatedAt : of.sharedAt)
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return artifacts
    .filter(of => of.deletedAt === null && isIn[scope](of) && of.title.toLowerCase().includes(q.toLowerCase()))
    .sort((a, b) =>
      sort === 'title'
        ? byBytes(a.title.toLowerCase(), b.title.toLowerCase()) || byBytes(a.id, b.id)
        : at(b) - at(a) || byBytes(b.id, a.id),
    )
    .map(of => of.id)
}

export function listsContract(subject: () => Subject): void {
  describe('lists', () => {
    const pages = makeCase()
    let store: Store
    beforeEach(async () => {
      store = subject().store
      await store.transaction('any', async tx => {
        await tx.addMember(carl)
        for (const of of pages.artifacts) await tx.addArtifact(of)
        for (const of of pages.artifacts) {
          const grants = pages.grants.filter(grant => grant.artifactId === of.id)
          await tx.setGrants(acme.id, of.id, grants)
        }
        await tx.setGroups(acme.id, ben.id, ['Team', 'Ops', 'äther', 'Zoo', 'ärger'])
        await tx.setGroups(acme.id, carl.id, ['Others', 'Äther', 'ab_c', 'AB%C'])
      })
    })

    async function listed(list: Omit<ListOf, 'limit' | 'after'>, limit: number): Promise<string[]> {
      const ids: string[] = []
      let after: Place | undefined
      for (;;) {
        const rows = await store.artifactsFor(acme.id, ben.id, { ...list, limit, ...(after && { after }) })
        ids.push(...rows.map(row => row.artifact.id))
        after = rows.at(-1)?.place
        if (!after || rows.length < limit) return ids
      }
    }

    for (const scope of listScopes) {
      for (const sort of ['updated', 'title'] as const) {
        it(`have in scope ${scope}, by ${sort}, what they should, in order, on whatever pages`, async () => {
          const all = expected(pages, scope, sort, '')
          expect(all.length).to.be.greaterThan(10)
          for (const limit of [100, 7, 1]) expect(await listed({ scope, sort, q: '' }, limit)).to.deep.equal(all)
        })
      }
    }

    it('are searched as they are written, in any case', async () => {
      for (const q of ['ALPHA', 'Ä', 'ä', 'É', '_', '%', '\\', 'SS', 'ß', '😀', 'i', 'lph', 'nothing'])
        for (const scope of ['mine', 'all'] as const)
          expect(await listed({ scope, sort: 'updated', q }, 100), q).to.deep.equal(
            expected(pages, scope, 'updated', q),
          )
    })

    it('of people and groups are in the order of their letters’ numbers', async () => {
      const named = (id: string, name: string) => member(`user_${id}`, acme.id, { name, email: `${id}@example.org` })
      await store.transaction('any', async tx => {
        for (const [n, name] of ['Zoe', 'anna', 'Äda', 'äda', 'Anna'].entries())
          await tx.addMember(named(`n${n}`, name))
      })
      const names = (await store.people(acme.id, 'n', 9)).map(each => each.name)
      expect(names).to.deep.equal(['Anna', 'Zoe', 'anna', 'user_ana', 'user_ben', 'Äda', 'äda'])
      expect((await store.people(acme.id, 'ÄD', 9)).map(each => each.name)).to.deep.equal(['Äda', 'äda'])
      expect(await store.groupsOf(acme.id, ben.id)).to.deep.equal(['Ops', 'Team', 'Zoo', 'ärger', 'äther'])
      expect(await store.groups(acme.id, ben.id, '', 99)).to.deep.equal([
        'AB%C',
        'Ops',
        'Others',
        'Team',
        'Zoo',
        'ab_c',
        'Äther',
        'ärger',
        'äther',
      ])
      // There is no key of a group's name: other letters than ASCII's are found as they are written.
      expect(await store.groups(acme.id, ben.id, 'äT', 99)).to.deep.equal(['äther'])
      expect(await store.groups(acme.id, ben.id, 'Ab', 99)).to.deep.equal(['AB%C', 'ab_c'])
      expect(await store.groups(acme.id, ben.id, 'b%', 99)).to.deep.equal(['AB%C'])
    })

    it('keep to the org', async () => {
      expect(
        await store.artifactsFor(other.id, ben.id, { scope: 'all', sort: 'updated', q: '', limit: 9 }),
      ).to.deep.equal([])
      const theirs = await store.artifactsFor(other.id, foreign.ownerId, {
        scope: 'all',
        sort: 'title',
        q: '',
        limit: 9,
      })
      expect(theirs.map(({ artifact }) => artifact.id)).to.deep.equal([foreign.id])
    })
  })
}
