import { expect } from 'chai'
import fc from 'fast-check'
import {
  createAccessToken,
  createAccessTokenFor,
  listAccessTokens,
  revokeAccessToken,
} from '../../server/core/access-tokens.ts'
import { addMember, addOrg, ensureFirstOwner } from '../../server/core/people.ts'
import { makeSignInLink, redeemSignInLink, signOut } from '../../server/core/sign-in.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, publicUrl, secretOf, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'

describe('people', () => {
  let ground: TestGround

  beforeEach(async () => {
    ground = await openGround()
  })

  afterEach(() => ground.close())

  const audited = (): Record<string, unknown>[] =>
    ground.sql('SELECT type, actor_type, actor_id, ip, details FROM audit ORDER BY rowid').map(row => ({
      ...row,
      details: JSON.parse(String(row.details)),
    }))
  const auditTypes = () => ground.sql('SELECT type FROM audit ORDER BY rowid').map(row => row.type)

  describe('an organisation', () => {
    it('has a uuid and its name, and is recorded', async () => {
      const org = await addOrg(ground, { name: '  Acme ' })
      expect(org.name).to.equal('Acme')
      expect(org.id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(await ground.store.org(org.id)).to.deep.equal(org)
      expect(audited()).to.deep.equal([
        {
          type: 'galley_organization_created',
          actor_type: 'system',
          actor_id: null,
          ip: null,
          details: { name: 'Acme' },
        },
      ])
    })

    it('needs a name, and one that is free', async () => {
      await addOrg(ground, { name: 'Acme' })
      for (const name of ['', '  ', 'x'.repeat(limits.nameChars + 1), 'Ac\u0000me', 'Ac\u202eme', 'ACME']) {
        await refusal('invalid_request', addOrg(ground, { name }))
      }
      expect(auditTypes()).to.have.length(1)
    })
  })

  describe('a member', () => {
    it('is found by address in any case, and is called by it when nothing else is said', async () => {
      const org = await addOrg(ground, { name: 'Acme' })
      const ana = await addMember(ground, { orgId: org.id, email: ' Ana.Silva@Example.ORG ', role: 'owner' })
      expect(ana).to.include({ email: 'ana.silva@example.org', name: 'ana.silva', role: 'owner' })
      expect(await ground.store.memberByEmail(org.id, 'ANA.Silva@example.org')).to.deep.equal(ana)
      expect(auditTypes()).to.deep.equal(['galley_organization_created', 'galley_member_added'])
    })

    it('has an address of their own in the organisation', async () => {
      const org = await addOrg(ground, { name: 'Acme' })
      const other = await addOrg(ground, { name: 'Other' })
      const ana = { email: 'ana@example.org', role: 'member' as const }
      await addMember(ground, { ...ana, orgId: org.id })
      await addMember(ground, { ...ana, orgId: other.id })
      const again = addMember(ground, { ...ana, email: 'ANA@example.org', orgId: org.id })
      expect(await refusal('invalid_request', again)).to.equal(
        'This organisation has a member ana@example.org already.',
      )
      await refusal('not_found', addMember(ground, { ...ana, orgId: 'nowhere' }))
    })

    it('has an address that can be one, and a name', async () => {
      const { id: orgId } = await addOrg(ground, { name: 'Acme' })
      for (const email of ['', 'ana', 'ana@', '@b.example', 'a b@c.example', 'ana@b', `${'a'.repeat(320)}@b.example`]) {
        await refusal('invalid_request', addMember(ground, { orgId, email, role: 'member' }))
      }
      for (const name of [' ', 'A\nB', 'A\u0085', '\u2067A']) {
        await refusal('invalid_request', addMember(ground, { orgId, email: 'a@b.example', name, role: 'member' }))
      }
      expect(await ground.store.members(orgId)).to.deep.equal([])
    })
  })

  describe('a sign-in link', () => {
    it('carries its secret in the fragment, and the database only its hash', async () => {
      const { member } = await signedIn(ground)
      const { url, expiresAt } = await makeSignInLink(ground, member)
      expect(url).to.match(new RegExp(`^${publicUrl}/sign-in#[A-Za-z0-9_-]{43}$`))
      expect(expiresAt).to.equal(ground.clock.now() + limits.signInLink)
      expect(JSON.stringify(ground.sql('SELECT * FROM sign_in_links'))).not.to.contain(secretOf(url))
      expect(JSON.stringify(ground.sql('SELECT * FROM audit'))).not.to.contain(secretOf(url))
    })

    it('signs in once, and of many who try at the same time one', async () => {
      const { member } = await signedIn(ground)
      const secret = secretOf((await makeSignInLink(ground, member)).url)
      const origin = { ip: '192.0.2.7', userAgent: 'Firefox' }
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => redeemSignInLink(ground, secret, origin)),
      )
      const sessions = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value] : []))
      expect(sessions).to.have.length(1)
      expect(sessions[0]).to.deep.include({
        orgId: member.orgId,
        memberId: member.id,
        expiresAt: ground.clock.now() + limits.session,
      })
      const details = { sessionId: sessions[0]?.id }
      expect(audited().at(-1)).to.deep.equal({
        type: 'galley_signed_in',
        actor_type: 'user',
        actor_id: member.id,
        ip: '192.0.2.7',
        details,
      })
      expect(auditTypes().filter(type => type === 'galley_signed_in')).to.have.length(2)
    })

    it('is refused alike when unknown, spent, expired, or its member gone', async () => {
      const { member } = await signedIn(ground)
      const make = async () => secretOf((await makeSignInLink(ground, member)).url)
      const redeem = (secret: string) => refusal('link_invalid', redeemSignInLink(ground, secret, nowhere))
      const [spent, old] = [await make(), await make()]
      await redeemSignInLink(ground, spent, nowhere)
      const sentences = [await redeem(spent), await redeem('unknown'), await redeem('')]
      ground.clock.advance(limits.signInLink)
      sentences.push(await redeem(old))
      const orphan = await make()
      ground.sql('UPDATE members SET removed_at = 1')
      sentences.push(await redeem(orphan))
      expect(new Set(sentences).size).to.equal(1)
      expect(sentences[0]).to.match(/Ask for a new one/)
    })

    it('is not found by any text that is not its secret', async () => {
      const { member } = await signedIn(ground)
      await makeSignInLink(ground, member)
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async secret => {
          await refusal('link_invalid', redeemSignInLink(ground, secret, nowhere))
        }),
        { numRuns: 50 },
      )
    })
  })

  describe('signing out', () => {
    it('ends the session, is recorded and announced', async () => {
      const { actor } = await signedIn(ground)
      await signOut(ground, actor, { ip: '192.0.2.7', userAgent: null })
      expect(ground.announced).to.deep.equal([{ kind: 'session-revoked', sessionId: actor.credential.id }])
      expect(audited().at(-1)).to.deep.include({ type: 'galley_signed_out', actor_id: actor.memberId, ip: '192.0.2.7' })
      expect((await ground.store.session(actor.credential.id))?.revokedAt).to.equal(ground.clock.now())
    })

    it('is not for access tokens', async () => {
      const { actor } = await signedIn(ground)
      const byToken = { ...actor, credential: { ...actor.credential, kind: 'token' as const } }
      expect(await refusal('invalid_request', signOut(ground, byToken, nowhere))).to.match(/revoke it with DELETE/)
    })
  })

  describe('access tokens', () => {
    const request = { name: 'CI', scope: 'publish', expiresIn: 60 } as const

    it('are listed newest first to their member, until revoked or expired', async () => {
      const { actor, member } = await signedIn(ground)
      const first = await createAccessToken(ground, actor, nowhere, request)
      ground.clock.advance(1000)
      const second = await createAccessTokenFor(ground, member, { ...request, name: 'beside', expiresIn: 3600 })
      const other = await signedIn(ground, 'Other')
      expect((await listAccessTokens(ground, actor)).map(token => token.id)).to.deep.equal([second.id, first.id])
      expect(await listAccessTokens(ground, other.actor)).to.deep.equal([])
      ground.clock.advance(59_000)
      expect(await listAccessTokens(ground, actor)).to.deep.equal([second])
      await revokeAccessToken(ground, actor, nowhere, second.id)
      expect(await listAccessTokens(ground, actor)).to.deep.equal([])
    })

    it('are recorded when made and when revoked, by whom, and announced when revoked', async () => {
      const { actor, member } = await signedIn(ground)
      const { id } = await createAccessToken(ground, actor, nowhere, request)
      await createAccessTokenFor(ground, member, request)
      await revokeAccessToken(ground, actor, nowhere, id)
      expect(
        audited()
          .slice(-3)
          .map(row => [row.type, row.actor_type]),
      ).to.deep.equal([
        ['galley_access_token_created', 'user'],
        ['galley_access_token_created', 'system'],
        ['galley_access_token_revoked', 'user'],
      ])
      expect(ground.announced).to.deep.equal([{ kind: 'token-revoked', tokenId: id }])
    })

    it('of somebody else, of another organisation, revoked before or unknown are not found', async () => {
      const { actor, member } = await signedIn(ground)
      const ben = await addMember(ground, { orgId: member.orgId, email: 'ben@acme.example', role: 'owner' })
      const other = await signedIn(ground, 'Other')
      const bens = await createAccessTokenFor(ground, ben, request)
      const theirs = await createAccessTokenFor(ground, other.member, request)
      const mine = await createAccessTokenFor(ground, member, request)
      await revokeAccessToken(ground, actor, nowhere, mine.id)
      const sentences = new Set<string>()
      for (const id of [bens.id, theirs.id, mine.id, 'atok_unknown', '']) {
        sentences.add(await refusal('not_found', revokeAccessToken(ground, actor, nowhere, id)))
      }
      expect(sentences.size).to.equal(1)
      expect((await ground.store.accessToken(bens.id))?.revokedAt).to.equal(null)
    })

    it('are made, listed and revoked with full scope only', async () => {
      const { actor } = await signedIn(ground)
      const { id } = await createAccessToken(ground, { ...actor, scope: 'full' }, nowhere, {
        ...request,
        scope: 'full',
      })
      for (const scope of ['publish', 'read'] as const) {
        const narrow = { ...actor, scope }
        await refusal('insufficient_scope', createAccessToken(ground, narrow, nowhere, request))
        await refusal('insufficient_scope', listAccessTokens(ground, narrow))
        await refusal('insufficient_scope', revokeAccessToken(ground, narrow, nowhere, id))
      }
    })
  })

  describe('the first start', () => {
    it('makes the default organisation and its owner, whose link signs in', async () => {
      const first = await ensureFirstOwner(ground)
      expect(first?.owner).to.include({ email: 'owner@localhost', name: 'Owner', role: 'owner' })
      expect((await ground.store.orgs()).map(org => org.name)).to.deep.equal(['Default'])
      const session = await redeemSignInLink(ground, secretOf(first?.url ?? ''), nowhere)
      expect(session.memberId).to.equal(first?.owner.id)
    })

    it('is followed by others that make a new link, until the owner has signed in once, however long ago', async () => {
      const first = await ensureFirstOwner(ground)
      const second = await ensureFirstOwner(ground)
      expect(second?.owner).to.deep.equal(first?.owner)
      expect(second?.url).not.to.equal(first?.url)
      await redeemSignInLink(ground, secretOf(second?.url ?? ''), nowhere)
      expect(await ensureFirstOwner(ground)).to.equal(undefined)
      ground.sql('DELETE FROM sessions')
      expect(await ensureFirstOwner(ground)).to.equal(undefined)
    })

    it('happens once when two happen at once', async () => {
      await Promise.all([ensureFirstOwner(ground), ensureFirstOwner(ground)])
      const [org, ...others] = await ground.store.orgs()
      expect(others).to.deep.equal([])
      expect(await ground.store.members(org?.id ?? '')).to.have.length(1)
    })

    it('leaves alone what the operator has made before', async () => {
      const org = await addOrg(ground, { name: 'Acme' })
      expect(await ensureFirstOwner(ground)).to.equal(undefined)
      await addMember(ground, { orgId: org.id, email: 'ben@acme.example', role: 'member' })
      expect(await ensureFirstOwner(ground)).to.equal(undefined)
      const ana = await addMember(ground, { orgId: org.id, email: 'ana@acme.example', role: 'owner' })
      expect((await ensureFirstOwner(ground))?.owner).to.deep.equal(ana)
      expect(await ground.store.orgs()).to.deep.equal([org])
    })
  })
})
