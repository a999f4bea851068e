import { expect } from 'chai'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { change, userActor } from '../../server/core/change.ts'
import type { Actor } from '../../server/core/ports.ts'
import { rotateSigningKeys } from '../../server/core/signing-keys.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, signedIn, type TestGround } from '../ground.ts'
import { artifact, version } from '../store/seed.ts'

describe('the sweep', () => {
  let ground: TestGround
  let actor: Actor

  beforeEach(async () => {
    ground = await openGround()
    const signed = await signedIn(ground)
    actor = signed.actor
    const page = artifact('cart_page', signed.member)
    const content = { encoding: 'identity', bytes: Buffer.from('the page') } as const
    await ground.store.putContent(actor.orgId, 'cont_page', content, ground.clock.now())
    await ground.store.transaction('any', async tx => {
      await tx.addArtifact(page)
      await tx.addVersion(version(page, 1, { pageContent: 'cont_page', sourceContent: 'cont_page' }))
    })
  })
  afterEach(() => ground.close())

  const runOnce = () => sweep.work(ground, new AbortController().signal)
  const remove = () =>
    change(ground, userActor(actor, nowhere), actor.orgId, async (tx, at) => {
      await tx.updateArtifact(actor.orgId, 'cart_page', {
        deletedAt: at,
        eraseAt: at + limits.deletedKept,
        deletedBy: 'person',
      })
      return { result: undefined, record: [] }
    })
  const isKept = async () => (await ground.store.content(actor.orgId, 'cont_page')) !== undefined

  it('leaves alone what nobody deleted', async () => {
    ground.clock.advance(10 * limits.deletedKept)
    await runOnce()
    expect(await ground.store.version(actor.orgId, 'cart_page', 1)).not.to.equal(undefined)
    expect(await isKept()).to.equal(true)
  })

  it('erases a deleted artifact when its time is over, and records that once', async () => {
    await remove()
    ground.clock.advance(limits.deletedKept - 1)
    await runOnce()
    expect(await isKept()).to.equal(true)
    ground.clock.advance(1)
    await runOnce()
    await runOnce()
    expect(await isKept()).to.equal(false)
    expect(ground.sql('select id from artifacts')).to.deep.equal([])
    const records = ground.sql("select * from audit where type = 'galley_artifact_erased'")
    expect(records).to.have.length(1)
    expect(records[0]).to.include({
      org_id: actor.orgId,
      artifact_id: 'cart_page',
      actor_type: 'system',
      at: ground.clock.now(),
    })
  })

  it('sweeps content that no version came to name, but not while a publish may be under way', async () => {
    const content = { encoding: 'br', bytes: Buffer.from('cut off') } as const
    await ground.store.putContent(actor.orgId, 'cont_cut', content, ground.clock.now())
    await runOnce()
    expect(await ground.store.content(actor.orgId, 'cont_cut')).not.to.equal(undefined)
    ground.clock.advance(limits.unnamedContentKept + 1)
    await runOnce()
    expect(await ground.store.content(actor.orgId, 'cont_cut')).to.equal(undefined)
    expect(await isKept()).to.equal(true)
  })

  it('forgets answers after a day and sessions a month after they expired', async () => {
    const { orgId, memberId, credential } = actor
    const createdAt = ground.clock.now()
    await ground.store.transaction('any', tx =>
      tx.addIdempotentAnswer({ orgId, memberId, key: 'k', requestSha256: 'r', answer: '{}', createdAt }),
    )
    ground.clock.advance(limits.idempotencyKept + 1)
    await runOnce()
    expect(await ground.store.idempotentAnswer(orgId, memberId, 'k')).to.equal(undefined)
    expect(await ground.store.session(credential.id)).not.to.equal(undefined)
    ground.clock.advance(limits.session + limits.expiredCredentialsKept)
    await runOnce()
    expect(await ground.store.session(credential.id)).to.equal(undefined)
    expect(ground.sql('select * from sign_in_links')).to.deep.equal([])
  })

  it('takes away a key once nothing is left that it may have signed', async () => {
    const { orgId, memberId } = actor
    const [first] = await ground.store.signingKeys()
    const life = 90 * 24 * 3600
    // Just after it was retired a node may still sign with it.
    await rotateSigningKeys(ground, ground.identity)
    ground.clock.advance(limits.signingKeysKept)
    await createAccessTokenFor(ground, { id: memberId, orgId }, { name: 'CI', scope: 'publish', expiresIn: life })
    const kids = async () => (await ground.store.signingKeys()).map(key => key.kid)
    const sweepAfter = async (ms: number) => {
      ground.clock.advance(ms)
      await runOnce()
      return (await kids()).includes(first?.kid ?? '')
    }
    expect(await sweepAfter(limits.session)).to.equal(true)
    expect(await sweepAfter(limits.expiredCredentialsKept)).to.equal(true)
    ground.clock.advance(life * 1000 + limits.expiredCredentialsKept - limits.session - limits.expiredCredentialsKept)
    expect(await sweepAfter(0)).to.equal(true)
    expect(await sweepAfter(1)).to.equal(false)
    expect(await kids()).to.have.length(1)
    expect(await sweepAfter(1000 * limits.session)).to.equal(false)
    expect(await kids()).to.have.length(1)
  })

  it('stops after the batch that it is at', async () => {
    await remove()
    ground.clock.advance(limits.deletedKept + 1)
    await sweep.work(ground, AbortSignal.abort())
    expect(ground.sql('select id from artifacts')).to.have.length(1)
    await runOnce()
    expect(ground.sql('select id from artifacts')).to.deep.equal([])
  })
})
