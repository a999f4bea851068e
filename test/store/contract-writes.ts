import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { ComplianceKey, DeviceGrant, Member } from '../../server/core/records.ts'
import type { Store, Transaction } from '../../server/core/store-ports.ts'
import { limits } from '../../shared/limits.ts'
import type { Subject } from './contract.ts'
import {
  acme,
  ana,
  answer,
  artifact,
  entry,
  foreign,
  left,
  link,
  member,
  namesake,
  notes,
  other,
  plan,
  session,
  sha256,
  token,
  version,
} from './seed.ts'

const grant: DeviceGrant = {
  deviceCodeSha256: sha256('d'),
  userCode: 'BCDFGHJK',
  deviceName: 'laptop',
  scope: 'full',
  ip: null,
  userAgent: null,
  createdAt: 1_000,
  expiresAt: 9_000,
  polledAt: null,
  decision: null,
  orgId: null,
  memberId: null,
  spentAt: null,
}

/** Expects the attempt to fail. @returns what it failed with */
export async function failure(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}

export function writesContract(subject: () => Subject): void {
  describe('writing', () => {
    let store: Store
    beforeEach(() => {
      store = subject().store
    })
    const refuses = (work: (tx: Transaction) => Promise<unknown>) => failure(store.transaction('any', work))

    it('changes what it is told of an artifact, and nothing else', async () => {
      const set = { title: 'New', titleGiven: true, description: 'd', pinned: null, rev: 6, updatedAt: 7_000 }
      await store.transaction('any', tx => tx.updateArtifact(acme.id, plan.id, set))
      expect(await store.artifact(acme.id, plan.id)).to.deep.equal({ ...plan, ...set })
      expect(await store.artifact(acme.id, notes.id)).to.deep.equal(notes)
    })

    it("changes and revokes nothing through another org's id", async () => {
      await store.transaction('any', async tx => {
        await tx.updateArtifact(other.id, plan.id, { title: 'Taken' })
        await tx.revokeSession(other.id, session.id, 4_000)
        await tx.revokeAccessToken(other.id, token.id, 4_000)
      })
      expect(await store.artifact(acme.id, plan.id)).to.deep.equal(plan)
      expect((await store.session(session.id))?.revokedAt).to.equal(null)
      expect((await store.accessToken(token.id))?.revokedAt).to.equal(null)
    })

    it('keeps the time of the first revocation', async () => {
      await store.transaction('any', tx => tx.revokeSession(acme.id, session.id, 4_000))
      await store.transaction('any', tx => tx.revokeSession(acme.id, session.id, 5_000))
      expect((await store.session(session.id))?.revokedAt).to.equal(4_000)
    })

    it('revokes every credential of every org that is still good, and counts them', async () => {
      const theirs = { ...session, id: 'sess_other', orgId: other.id, memberId: namesake.id }
      const key: ComplianceKey = {
        ...{ id: 'ckey_1', orgId: acme.id, orgIds: [acme.id], name: 'SIEM', secretSha256: sha256('k') },
        ...{ scopes: ['read:compliance_activities'], createdAt: 1_000, revokedAt: null },
      }
      const revoked = await store.transaction('any', async tx => {
        await tx.addDeviceGrant(grant)
        await tx.addSession(theirs)
        await tx.addComplianceKey(key)
        await tx.addSession({ ...session, id: 'sess_expired', expiresAt: 3_999 })
        await tx.revokeAccessToken(acme.id, token.id, 2_000)
        return tx.revokeAllCredentials(4_000)
      })
      expect(revoked).to.deep.equal({ sessions: 3, tokens: 2 })
      const ids = [session.id, theirs.id, token.id, 'atok_newer']
      const known = ids.map(id => ({ kind: id.startsWith('atok') ? 'token' : 'session', id, memberRev: 1 }) as const)
      const ended = await store.changedCredentials(known, 4_001)
      expect(ended).to.have.deep.members(ids.map(id => ({ id, memberRev: null })))
      expect((await store.accessToken(token.id))?.revokedAt).to.equal(2_000)
      expect((await store.session('sess_expired'))?.revokedAt).to.equal(null)
      expect((await store.signInLink(link.secretSha256))?.spentAt).to.equal(4_000)
      expect((await store.deviceGrant(grant.deviceCodeSha256))?.expiresAt).to.equal(4_000)
      expect((await store.complianceKeyById(key.id))?.revokedAt).to.equal(4_000)
    })

    it('takes a new epoch, which is there when the database is opened again', async () => {
      await store.transaction('any', tx => tx.setEpoch('another'))
      expect((await subject().openAnother()).epoch).to.equal('another')
    })

    it('says whose an identity is, one member’s in each org, and gives it to another', async () => {
      const identity = { issuer: 'https://login.example', subject: 's', orgId: acme.id, memberId: ana.id }
      const theirs = { ...identity, orgId: other.id, memberId: namesake.id }
      await store.transaction('any', async tx => {
        await tx.putMemberIdentity(identity)
        await tx.putMemberIdentity(theirs)
      })
      expect(await store.hasIdentity(acme.id, ana.id, identity.issuer)).to.equal(true)
      expect(await store.hasIdentity(acme.id, ana.id, 'https://other.example')).to.equal(false)
      await store.transaction('any', tx => tx.putMemberIdentity({ ...identity, memberId: left.id }))
      expect(await store.memberIdentity(identity.issuer, 's', acme.id)).to.include({ memberId: left.id })
      expect(await store.memberIdentity(identity.issuer, 's', other.id)).to.deep.equal(theirs)
      await failure(store.transaction('any', tx => tx.putMemberIdentity({ ...identity, memberId: namesake.id })))
    })

    it('keeps what an identity provider calls an org, and that of one org alone', async () => {
      await store.transaction('any', tx => tx.updateOrg(acme.id, { claim: 'acme' }))
      expect((await store.orgs()).map(org => org.claim)).to.deep.equal(['acme', null])
      await failure(store.transaction('any', tx => tx.updateOrg(other.id, { claim: 'acme' })))
    })

    it('retires every key that signs, and none a second time', async () => {
      const key = { kid: 'one', alg: 'EdDSA', jwk: '{}', createdAt: 1_000, retiredAt: null } as const
      await store.transaction('any', async tx => {
        await tx.addSigningKey(key)
        await tx.retireSigningKeys(2_000)
        await tx.addSigningKey({ ...key, kid: 'two', createdAt: 2_000 })
      })
      await store.transaction('any', tx => tx.retireSigningKeys(3_000))
      const retired = (await store.signingKeys()).filter(({ kid }) => kid === 'one' || kid === 'two')
      expect(retired.map(({ kid, retiredAt }) => [kid, retiredAt])).to.deep.equal([
        ['one', 2_000],
        ['two', 3_000],
      ])
    })

    it('has one member for each address in an org, in whatever case, until that one is removed', async () => {
      await refuses(tx => tx.addMember(member('user_ana2', acme.id, { email: 'ANA@EXAMPLE.ORG' })))
      expect(await store.member(acme.id, 'user_ana2')).to.equal(undefined)
      await store.transaction('any', tx => tx.addMember(member('user_back', acme.id, { email: left.email })))
      expect((await store.memberByEmail(acme.id, left.email))?.id).to.equal('user_back')
    })

    it('has each version number once in an artifact', async () => {
      const content = version(plan, 1).pageContent
      const again = version(plan, 3, { id: 'cver_again', pageContent: content, sourceContent: content })
      await refuses(tx => tx.addVersion(again))
      expect((await store.version(acme.id, plan.id, 3))?.id).to.equal(version(plan, 3).id)
    })

    it('takes no version whose content was not put, or is of another org', async () => {
      await refuses(tx => tx.addVersion(version(notes, 2)))
      const theirs = version(foreign, 1).pageContent
      await refuses(tx => tx.addVersion(version(notes, 2, { sourceContent: theirs, pageContent: theirs })))
      expect(await store.version(acme.id, notes.id, 2)).to.equal(undefined)
    })

    it('takes nothing that names another org’s rows', async () => {
      await refuses(tx => tx.addArtifact(artifact('cart_x', { ...ana, orgId: other.id })))
      await refuses(tx => tx.addSession({ ...session, id: 'sess_x', orgId: other.id }))
      expect(await store.artifact(other.id, 'cart_x')).to.equal(undefined)
    })

    it('counts a look once in limits.lookCounted, and says whether it did', async () => {
      const look = { orgId: acme.id, artifactId: plan.id, number: plan.latest, memberId: ana.id }
      const { orgId: _, ...told } = look
      const ben = { ...look, memberId: 'user_ben' }
      const at = (time: number, ...looks: (typeof look)[]) =>
        store.transaction('any', tx => tx.addViews(looks.map(each => ({ ...each, at: time }))))
      expect(await at(1, look)).to.deep.equal([told])
      expect(await at(limits.lookCounted, look)).to.deep.equal([])
      expect(await at(1 + limits.lookCounted, look)).to.deep.equal([told])
      expect(await at(2, look, ben)).to.deep.equal([{ ...told, memberId: 'user_ben' }])
      await store.transaction('any', tx => tx.addViews([]))
      expect(await store.views(acme.id, plan.id, { limit: 9 })).to.deep.equal([
        { ...look, firstAt: 1, lastAt: 1 + limits.lookCounted, times: 2 },
        { ...ben, firstAt: 2, lastAt: 2, times: 1 },
      ])
    })

    it('keeps one answer for each key of a member', async () => {
      await refuses(tx => tx.addIdempotentAnswer({ ...answer, answer: 'another' }))
      expect(await store.idempotentAnswer(acme.id, ana.id, 'k')).to.deep.equal(answer)
      await store.transaction('any', tx => tx.addIdempotentAnswer({ ...answer, memberId: 'user_ben', answer: 'his' }))
      expect((await store.idempotentAnswer(acme.id, 'user_ben', 'k'))?.answer).to.equal('his')
    })

    it('spends a sign-in link once, whoever comes at the same moment', async () => {
      const another = await subject().openAnother()
      const spent = await Promise.all(
        [store, another, store].map(each =>
          each.transaction('any', tx => tx.spendSignInLink(link.secretSha256, 4_000)),
        ),
      )
      expect(spent.filter(Boolean)).to.have.length(1)
      expect((await store.signInLink(link.secretSha256))?.spentAt).to.equal(4_000)
      expect(await store.transaction('any', tx => tx.spendSignInLink('unknown', 4_000))).to.equal(false)
    })

    it('takes one word on a device, of whichever organisation, at the same moment', async () => {
      const another = await subject().openAnother()
      await store.transaction('none', tx => tx.addDeviceGrant(grant))
      const decide = (each: Store, { orgId, id }: Pick<Member, 'orgId' | 'id'>) =>
        each.transaction(orgId, tx =>
          tx.decideDeviceGrant(grant.deviceCodeSha256, { decision: 'approved', orgId, memberId: id }),
        )
      const decided = await Promise.all([decide(store, ana), decide(another, namesake), decide(store, ana)])
      expect(decided.filter(Boolean)).to.have.length(1)
      const { orgId } = [ana, namesake, ana][decided.indexOf(true)] ?? ana
      expect(await store.deviceGrant(grant.deviceCodeSha256)).to.include({ decision: 'approved', orgId })
    })

    it('takes one organisation out of the reach of a key, and leaves the others in it', async () => {
      const key: ComplianceKey = {
        ...{
          id: 'ckey_2',
          orgId: acme.id,
          orgIds: [acme.id, other.id].sort(),
          name: 'SIEM',
          secretSha256: sha256('k2'),
        },
        ...{ scopes: ['read:compliance_activities'], createdAt: 1_000, revokedAt: null },
      }
      await store.transaction('any', tx => tx.addComplianceKey(key))
      await store.transaction(acme.id, tx => tx.takeFromComplianceKey(key.id, acme.id))
      expect(await store.complianceKeyById(key.id)).to.deep.equal({ ...key, orgIds: [other.id] })
    })

    it('keeps nothing of a transaction that fails, and passes its error on', async () => {
      const error = new Error('changed my mind')
      const failed = await refuses(async tx => {
        await tx.addArtifact(artifact('cart_half', ana))
        await tx.updateArtifact(acme.id, plan.id, { title: 'Half' })
        await tx.audit([entry('activity_half', acme.id)])
        throw error
      })
      expect(failed).to.equal(error)
      expect(await store.artifact(acme.id, 'cart_half')).to.equal(undefined)
      expect(await store.artifact(acme.id, plan.id)).to.deep.equal(plan)
      expect(await subject().implementation.sql(subject().place, 'select id from audit')).to.have.length(1)
      await store.transaction('any', tx => tx.addArtifact(artifact('cart_whole', ana)))
      expect(await store.artifact(acme.id, 'cart_whole')).not.to.equal(undefined)
    })

    it('lets nothing from outside see or enter an open transaction', async () => {
      const open = failure(
        store.transaction('any', async tx => {
          await tx.addArtifact(artifact('cart_open', ana))
          await setTimeout(20)
          throw new Error('rolled back')
        }),
      )
      const seen = store.artifact(acme.id, 'cart_open')
      const added = store.transaction('any', tx => tx.addArtifact(artifact('cart_after', ana)))
      await open
      expect(await seen).to.equal(undefined)
      await added
      expect(await store.artifact(acme.id, 'cart_after')).not.to.equal(undefined)
    })

    it('serialises transactions: of what each read, nothing is overwritten', async () => {
      const raise = (through: Store) =>
        through.transaction('any', async tx => {
          const rev = (await tx.artifact(acme.id, notes.id))?.rev ?? 0
          await setTimeout(1)
          await tx.updateArtifact(acme.id, notes.id, { rev: rev + 1 })
        })
      const another = await subject().openAnother()
      await Promise.all(Array.from({ length: 20 }, (_, n) => raise(n % 2 === 0 ? store : another)))
      expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(21)
    })

    it('keeps an audit row for ever, as it was written', async () => {
      const { implementation, place } = subject()
      await store.transaction('any', tx =>
        tx.audit([entry('activity_2', acme.id, { artifactId: plan.id, versionId: 'cver_1', details: { rev: 2 } })]),
      )
      await failure(implementation.sql(place, "update audit set type = 'claude_artifact_renamed'"))
      await failure(implementation.sql(place, 'delete from audit'))
      const rows = await implementation.sql(place, "select * from audit where id = 'activity_2'")
      expect(rows).to.deep.equal([
        {
          id: 'activity_2',
          org_id: acme.id,
          at: 3_000,
          type: 'claude_artifact_created',
          actor_type: 'user',
          actor_id: ana.id,
          ip: '192.0.2.1',
          user_agent: 'test',
          artifact_id: plan.id,
          version_id: 'cver_1',
          details: '{"rev":2}',
        },
      ])
    })
  })
}
