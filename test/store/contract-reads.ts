import { expect } from 'chai'
import type { Artifact, Grant } from '../../server/core/records.ts'
import type { ListOf, Place, Reads, Transaction } from '../../server/core/store-ports.ts'
import type { Subject } from './contract.ts'
import {
  acme,
  ana,
  answer,
  artifact,
  ben,
  foreign,
  gone,
  left,
  link,
  namesake,
  notes,
  other,
  plan,
  planVersions,
  session,
  token,
  version,
} from './seed.ts'

const mine: Omit<ListOf, 'limit'> = { scope: 'mine', q: '', sort: 'updated' }

export function readsContract(subject: () => Subject): void {
  describe('reading', () => {
    let store: Reads
    beforeEach(() => {
      store = subject().store
    })

    it('gives back every record as it was written', async () => {
      expect(await store.org(acme.id)).to.deep.equal(acme)
      expect(await store.orgs()).to.deep.equal([acme, other])
      expect(await store.member(acme.id, ana.id)).to.deep.equal(ana)
      expect(await store.members(acme.id)).to.deep.equal([ana, ben])
      expect(await store.artifact(acme.id, plan.id)).to.deep.equal(plan)
      expect(await store.version(acme.id, plan.id, 1)).to.deep.equal(planVersions[0])
      expect(await store.version(acme.id, plan.id, 3)).to.deep.equal(planVersions[2])
      expect(await store.session(session.id)).to.deep.equal(session)
      expect(await store.accessToken(token.id)).to.deep.equal(token)
      expect(await store.signInLink(link.secretSha256)).to.deep.equal(link)
      expect(await store.idempotentAnswer(acme.id, ana.id, 'k')).to.deep.equal(answer)
      expect((await store.signingKeys()).map(key => key.kid)).to.deep.equal(['k1'])
    })

    it('reads the same inside a transaction', async () => {
      await subject().store.transaction('any', async tx => {
        expect(await tx.artifact(acme.id, plan.id)).to.deep.equal(plan)
        expect(await tx.heads([{ orgId: acme.id, artifactId: plan.id }])).to.have.length(1)
      })
    })

    it('finds a member by the address in any case', async () => {
      expect(await store.memberByEmail(acme.id, 'ANA@example.ORG')).to.deep.equal(ana)
      expect(await store.memberByEmail(other.id, 'ANA@example.ORG')).to.deep.equal(namesake)
    })

    it('has no removed member, no deleted artifact and no version of one', async () => {
      expect(await store.member(acme.id, left.id)).to.equal(undefined)
      expect(await store.memberByEmail(acme.id, left.email)).to.equal(undefined)
      expect(await store.artifact(acme.id, gone.id)).to.equal(undefined)
      expect(await store.version(acme.id, gone.id, 1)).to.equal(undefined)
      expect(await store.versions(acme.id, gone.id, { limit: 9 })).to.deep.equal([])
      expect(await store.versionBySha256(acme.id, gone.id, version(gone, 1).sha256)).to.equal(undefined)
    })

    const readsOfAcme: [string, (orgId: string) => Promise<unknown>][] = [
      ['member', orgId => store.member(orgId, ana.id)],
      ['memberByEmail', orgId => store.memberByEmail(orgId, ben.email)],
      ['hasSignedIn', async orgId => (await store.hasSignedIn(orgId, ana.id)) || undefined],
      ['artifact', orgId => store.artifact(orgId, plan.id)],
      ['artifactsFor', async orgId => (await store.artifactsFor(orgId, ana.id, { ...mine, limit: 9 }))[0]],
      ['reach', orgId => store.reach(orgId, plan.id, ana.id)],
      ['version', orgId => store.version(orgId, plan.id, 1)],
      ['versionBySha256', orgId => store.versionBySha256(orgId, plan.id, version(plan, 2).sha256)],
      ['versions', async orgId => (await store.versions(orgId, plan.id, { limit: 9 }))[0]],
      ['heads', async orgId => (await store.heads([{ orgId, artifactId: plan.id }]))[0]],
      ['accessTokens', async orgId => (await store.accessTokens(orgId, ana.id))[0]],
      ['idempotentAnswer', orgId => store.idempotentAnswer(orgId, ana.id, 'k')],
      ['content', orgId => subject().store.content(orgId, version(plan, 1).pageContent)],
    ]
    for (const [name, read] of readsOfAcme) {
      it(`keeps ${name} to the org that was asked for`, async () => {
        expect(await read(acme.id)).not.to.equal(undefined)
        expect(await read(other.id)).to.equal(undefined)
      })
    }

    it('knows who has ever signed in', async () => {
      expect(await store.hasSignedIn(acme.id, ana.id)).to.equal(true)
      expect(await store.hasSignedIn(acme.id, ben.id)).to.equal(false)
    })

    it("lists an owner's artifacts, newest update first, a page at a time, ties by id", async () => {
      const twin = artifact('cart_twin', ana, { updatedAt: notes.updatedAt })
      await subject().store.transaction('any', tx => tx.addArtifact(twin))
      const ids: string[] = []
      let after: Place | undefined
      for (;;) {
        const [row] = await store.artifactsFor(acme.id, ana.id, { ...mine, limit: 1, ...(after && { after }) })
        if (!row) break
        ids.push(row.artifact.id)
        after = row.place
      }
      expect(ids).to.deep.equal([plan.id, twin.id, notes.id])
      expect(await store.artifactsFor(acme.id, ben.id, { ...mine, scope: 'all', limit: 9 })).to.deep.equal([])
    })

    it('lists them by title in any case, and no further than to a place that was come to before', async () => {
      const named = (id: string, title: string) => artifact(id, ben, { title })
      await subject().store.transaction('any', async tx => {
        for (const [id, title] of ['Äpfel', 'beta', 'Alpha', 'alpha', 'Beta'].entries()) {
          await tx.addArtifact(named(`cart_${id}`, title))
        }
      })
      const list = { ...mine, sort: 'title' as const }
      const rows = await store.artifactsFor(acme.id, ben.id, { ...list, limit: 9 })
      const titles = (from: typeof rows) => from.map(({ artifact }) => artifact.title)
      expect(titles(rows)).to.deep.equal(['Alpha', 'alpha', 'beta', 'Beta', 'Äpfel'])
      const [after, until] = [rows[0]?.place, rows[2]?.place] as [Place, Place]
      expect(titles(await store.artifactsFor(acme.id, ben.id, { ...list, limit: 9, after, until }))).to.deep.equal([
        'alpha',
        'beta',
      ])
      const newest = await store.artifactsFor(acme.id, ben.id, { ...mine, limit: 9 })
      const place = newest[1]?.place as Place
      expect(await store.artifactsFor(acme.id, ben.id, { ...mine, limit: 9, until: place })).to.deep.equal(
        newest.slice(0, 2),
      )
    })

    it('counts by name whom an artifact is shared with', async () => {
      const grant = (kind: Grant['kind'], subject: string): Grant => {
        return { orgId: acme.id, artifactId: notes.id, kind, subject, role: 'viewer', createdAt: 1 }
      }
      const named = [grant('member', ben.id), grant('member', left.id), grant('email', 'eve@acme.example')]
      await subject().store.transaction('any', tx =>
        tx.setGrants(acme.id, notes.id, [...named, grant('group', 'team')]),
      )
      const counts = await store.grantCounts(acme.id, [notes.id, plan.id])
      expect([...counts]).to.deep.equal([[notes.id, { people: 2, groups: 1 }]])
      expect((await store.grantCounts(other.id, [notes.id])).size).to.equal(0)
    })

    it('lists versions, newest first, a page at a time', async () => {
      const numbers = async (page: { limit: number; before?: number }) =>
        (await store.versions(acme.id, plan.id, page)).map(each => each.number)
      expect(await numbers({ limit: 2 })).to.deep.equal([3, 2])
      expect(await numbers({ limit: 2, before: 2 })).to.deep.equal([1])
      expect(await numbers({ limit: 2, before: 1 })).to.deep.equal([])
    })

    it('finds the newest version with a hash', async () => {
      const found = await store.versionBySha256(acme.id, plan.id, version(plan, 1).sha256)
      expect(found?.number).to.equal(3)
    })

    it("tells an artifact's head: its latest version, and the pinned one as shared", async () => {
      const shown = ({ number, sha256, size, createdAt, note }: (typeof planVersions)[number]) => ({
        number,
        sha256,
        size,
        createdAt,
        note,
      })
      const [, second, third] = planVersions.map(shown)
      const [head] = await store.heads([{ orgId: acme.id, artifactId: plan.id }])
      expect(head).to.deep.equal({
        orgId: acme.id,
        artifactId: plan.id,
        ownerId: ana.id,
        audience: 'private',
        title: plan.title,
        icon: plan.icon,
        description: plan.description,
        pinned: 2,
        rev: 5,
        viewerRev: 1,
        latest: third,
        shared: second,
      })
    })

    it('shares the latest version of what is not pinned', async () => {
      const [head] = await store.heads([{ orgId: acme.id, artifactId: notes.id }])
      expect(head?.pinned).to.equal(null)
      expect(head?.shared).to.deep.equal(head?.latest)
    })

    it('tells the heads of many artifacts of several orgs, without those that are gone', async () => {
      const many = Array.from({ length: 1_100 }, (_, n) => artifact(`cart_many_${n}`, ben))
      const shared = version(notes, 1).pageContent
      await subject().store.transaction('any', async tx => {
        for (const each of many) {
          await tx.addArtifact(each)
          await tx.addVersion(version(each, 1, { pageContent: shared, sourceContent: shared }))
        }
      })
      const wanted = [...many, foreign, gone, { orgId: acme.id, id: 'cart_unknown' }]
      const heads = await store.heads(wanted.map(({ orgId, id }) => ({ orgId, artifactId: id })))
      expect(heads.map(head => head.artifactId)).to.have.members([...many, foreign].map(each => each.id))
      expect(await store.heads([])).to.deep.equal([])
    })

    it("lists a member's access tokens, newest first, without the revoked", async () => {
      const ids = async () => (await store.accessTokens(acme.id, ana.id)).map(each => each.id)
      expect(await ids()).to.deep.equal(['atok_newer', token.id])
      await subject().store.transaction('any', tx => tx.revokeAccessToken(acme.id, 'atok_newer', 4_000))
      expect(await ids()).to.deep.equal([token.id])
    })

    it('tells which artifacts are not as they were, and which are gone, of those that a node holds', async () => {
      const held = (of: Artifact, rev = of.rev) => ({ orgId: of.orgId, artifactId: of.id, rev })
      const unknown = { orgId: acme.id, artifactId: 'cart_unknown', rev: 1 }
      const elsewhere = { ...held(plan), orgId: other.id }
      expect(await store.changedArtifacts([held(plan), held(notes), held(foreign)])).to.deep.equal([])
      expect(await store.changedArtifacts([held(plan), held(notes, 2), held(foreign, 0)])).to.have.members([
        notes.id,
        foreign.id,
      ])
      expect(await store.changedArtifacts([held(notes), held(gone), unknown])).to.have.members([
        gone.id,
        'cart_unknown',
      ])
      expect(await store.changedArtifacts([elsewhere])).to.deep.equal([plan.id])
      expect(await store.changedArtifacts([])).to.deep.equal([])
      const many = Array.from({ length: 12_000 }, (_, n) => ({ ...unknown, artifactId: `cart_${n}` }))
      expect(await store.changedArtifacts([...many, held(plan)])).to.have.length(12_000)
    })

    it('tells which credentials ended: expired, revoked, swept, or of a member who was removed', async () => {
      const known = [...['sess_1', 'sess_of_left', 'sess_no'], ...['atok_1', 'atok_of_left', 'atok_no']].map(id => {
        return { kind: id.startsWith('atok') ? ('token' as const) : ('session' as const), id, memberRev: 1 }
      })
      const ended = async (now: number) => {
        const changed = await store.changedCredentials(known, now)
        expect(changed.map(({ memberRev }) => memberRev)).to.deep.equal(changed.map(() => null))
        return changed.map(({ id }) => id)
      }
      const never = ['sess_of_left', 'sess_no', 'atok_of_left', 'atok_no']
      expect(await ended(8_999)).to.have.members(never)
      expect(await ended(9_000)).to.have.members([...never, session.id, token.id])
      await subject().store.transaction('any', async tx => {
        await tx.revokeSession(acme.id, session.id, 5_000)
        await tx.revokeAccessToken(acme.id, token.id, 5_000)
      })
      expect(await ended(5_000)).to.have.members([...never, session.id, token.id])
      expect(await store.changedCredentials([], 0)).to.deep.equal([])
    })

    it('tells whose member has changed, and whose groups, with the rev to know next time', async () => {
      let memberRev = 1
      const changed = () => {
        const known = [
          { kind: 'session' as const, id: session.id, memberRev },
          { kind: 'token' as const, id: token.id, memberRev },
        ]
        return store.changedCredentials(known, 5_000)
      }
      expect(await changed()).to.deep.equal([])
      const changes: ((tx: Transaction) => Promise<void>)[] = [
        tx => tx.setGroups(acme.id, ana.id, ['Design']),
        tx => tx.setGroups(acme.id, ana.id, []),
        tx => tx.updateMember(acme.id, ana.id, { email: 'ana@elsewhere.example' }),
        tx => tx.updateMember(acme.id, ana.id, { role: 'member' }),
      ]
      for (const change of changes) {
        await subject().store.transaction('any', change)
        const found = await changed()
        memberRev = (await store.member(acme.id, ana.id))?.rev ?? 0
        expect(found).to.have.deep.members([session, token].map(({ id }) => ({ id, memberRev })))
        expect(await changed()).to.deep.equal([])
      }
      expect((await store.member(acme.id, ben.id))?.rev).to.equal(1)
      expect((await store.member(other.id, namesake.id))?.rev).to.equal(1)
    })
  })
}
