import { expect } from 'chai'
import type { Artifact } from '../../server/core/records.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { limits } from '../../shared/limits.ts'
import type { Subject } from './contract.ts'
import { failure } from './contract-writes.ts'
import { acme, ana, answer, artifact, gone, link, plan, publish, putText, session, token, version } from './seed.ts'

const nothing = { content: 0, idempotentAnswers: 0, credentials: 0 }
const going = new AbortController().signal

export function sweepContract(subject: () => Subject): void {
  describe('sweeping', () => {
    let store: Store
    beforeEach(() => {
      store = subject().store
    })
    const count = async (table: string): Promise<number> => {
      const [row] = await subject().implementation.sql(subject().place, `select count(*) as n from ${table}`)
      return Number(row?.n)
    }
    const textOf = async (id: string) => Buffer.from((await store.content(acme.id, id))?.bytes ?? []).toString()
    const remove = (of: Artifact, at: number) =>
      store.transaction('any', tx =>
        tx.updateArtifact(of.orgId, of.id, { deletedAt: at, eraseAt: at, deletedBy: 'person' }),
      )
    /** Everything that is due. @returns each call's erased ids */
    const eraseAll = async (at: number): Promise<string[][]> => {
      const calls: string[][] = []
      for (;;) {
        const { erased, more } = await store.transaction('any', tx => tx.eraseDeleted(at))
        calls.push(erased.map(each => `${each.orgId} ${each.artifactId}`))
        if (!more) return calls
      }
    }

    it('erases what is to be erased by the time given, and nothing else that was deleted', async () => {
      expect(await eraseAll(6_499)).to.deep.equal([[]])
      expect(await eraseAll(6_500)).to.deep.equal([[`${gone.orgId} ${gone.id}`]])
      expect(await eraseAll(6_500)).to.deep.equal([[]])
      await store.sweep({ ...nothing, content: 9_000 }, going)
      expect(await textOf(version(gone, 1).pageContent)).to.equal('')
      expect(await textOf(version(plan, 1).pageContent)).to.equal(version(plan, 1).pageContent)
      expect([await count('artifacts'), await count('versions')]).to.deep.equal([3, 5])
      expect([await count('contents'), await count('content_pieces')]).to.deep.equal([5, 5])
    })

    it('erases one alone, with what no version names any more, before the others have their turn', async () => {
      await remove(plan, 6_000)
      const one = { orgId: plan.orgId, artifactId: plan.id }
      expect(await store.transaction(acme.id, tx => tx.eraseDeleted(5_999, one))).to.have.property('more', false)
      const { erased, contentIds, more } = await store.transaction(acme.id, tx => tx.eraseDeleted(9_000, one))
      expect({ erased, more }).to.deep.equal({ erased: [one], more: false })
      const named = [1, 2, 3].flatMap(number => {
        const { pageContent, sourceContent } = version(plan, number)
        return [pageContent, sourceContent]
      })
      expect(contentIds).to.have.members([...new Set(named)])
      for (const id of contentIds) await store.eraseContent(acme.id, id)
      expect([await count('contents'), await count('content_pieces')]).to.deep.equal([3, 3])
      const left = version(gone, 1).pageContent
      await store.eraseContent(acme.id, left)
      expect(await textOf(left), 'a version names it').to.equal(left)
    })

    it('erases very many versions in several transactions, and names the artifact once', async () => {
      const big = artifact('cart_big', ana, { latest: 1_200 })
      await putText(store, acme.id, 'cont_big')
      await store.transaction('any', async tx => {
        await tx.addArtifact(big)
        for (let number = 1; number <= big.latest; number++) {
          await tx.addVersion(version(big, number, { pageContent: 'cont_big', sourceContent: 'cont_big' }))
        }
      })
      await remove(big, 5_000)
      const calls = await eraseAll(9_000)
      expect(calls.length).to.be.greaterThan(2)
      expect(calls.flat()).to.have.members([`${acme.id} ${big.id}`, `${acme.id} ${gone.id}`])
      expect(await count('versions')).to.equal(5)
    })

    it('keeps content for as long as any version names it', async () => {
      const shared = version(gone, 1).pageContent
      const copy = artifact('cart_copy', ana)
      await store.transaction('any', async tx => {
        await tx.addArtifact(copy)
        await tx.addVersion(version(copy, 1, { pageContent: version(plan, 1).pageContent, sourceContent: shared }))
      })
      await eraseAll(9_000)
      await store.sweep({ ...nothing, content: 9_000 }, going)
      expect(await textOf(shared)).to.equal(shared)
      await remove(copy, 5_000)
      await eraseAll(9_000)
      await store.sweep({ ...nothing, content: 9_000 }, going)
      expect(await textOf(shared)).to.equal('')
    })

    it('erases content that no version came to name, once it is old enough', async () => {
      await putText(store, acme.id, 'cont_old', 1_000)
      await putText(store, acme.id, 'cont_new', 2_000)
      await store.sweep({ ...nothing, content: 2_000 }, going)
      expect([await textOf('cont_old'), await textOf('cont_new')]).to.deep.equal(['', 'cont_new'])
      const late = version(plan, 4, { pageContent: 'cont_old', sourceContent: 'cont_old' })
      await failure(store.transaction('any', tx => tx.addVersion(late)))
    })

    it('erases every piece of large content', async () => {
      const bytes = new Uint8Array(5 * limits.pieceBytes)
      await store.putContent(acme.id, 'cont_large', { encoding: 'br', bytes }, 1_000)
      const before = await count('content_pieces')
      await store.sweep({ ...nothing, content: 2_000 }, going)
      expect(before - (await count('content_pieces'))).to.equal(5)
    })

    it('walks any number of contents', async () => {
      for (let n = 0; n < 600; n++) await putText(store, acme.id, `cont_walk_${n}`, 1_000)
      await store.sweep({ ...nothing, content: 2_000 }, going)
      expect(await count('contents')).to.equal(6)
    })

    it('leaves what was published while it ran', async () => {
      const sweeping = store.sweep({ ...nothing, content: 9_000 }, going)
      await publish(store, version(plan, 4, { createdAt: 9_500 }))
      await sweeping
      expect(await textOf(version(plan, 4).pageContent)).to.equal(version(plan, 4).pageContent)
    })

    it('takes away answers, sessions, tokens and links past their time, and no others', async () => {
      await store.transaction('any', async tx => {
        await tx.addSession({ ...session, id: 'sess_long', expiresAt: 20_000 })
        await tx.addAccessToken({ ...token, id: 'atok_long', expiresAt: 20_000 })
        await tx.addSignInLink({ ...link, secretSha256: 'long', expiresAt: 20_000 })
        await tx.addIdempotentAnswer({ ...answer, key: 'new', createdAt: 2_000 })
      })
      await store.sweep({ content: 0, idempotentAnswers: 2_000, credentials: 10_000 }, going)
      expect(await store.session(session.id)).to.equal(undefined)
      expect(await store.accessToken(token.id)).to.equal(undefined)
      expect(await store.signInLink(link.secretSha256)).to.equal(undefined)
      expect(await store.idempotentAnswer(acme.id, ana.id, 'k')).to.equal(undefined)
      expect(await store.session('sess_long')).not.to.equal(undefined)
      expect(await store.accessToken('atok_long')).not.to.equal(undefined)
      expect(await store.signInLink('long')).not.to.equal(undefined)
      expect(await store.idempotentAnswer(acme.id, ana.id, 'new')).not.to.equal(undefined)
    })

    it('stops when it is told to', async () => {
      await putText(store, acme.id, 'cont_old', 1_000)
      await store.sweep({ content: 9_000, idempotentAnswers: 9_000, credentials: 99_000 }, AbortSignal.abort())
      expect(await textOf('cont_old')).to.equal('cont_old')
      expect(await store.session(session.id)).not.to.equal(undefined)
    })
  })
}
