import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import type { Store } from '../../server/core/store-ports.ts'
import { limits } from '../../shared/limits.ts'
import type { Subject } from './contract.ts'
import { failure } from './contract-writes.ts'
import { acme, notes, other, version } from './seed.ts'

/** Bytes whose reading fails after the first few pieces: a disk that fills up, as the store sees it. */
class Failing extends Uint8Array {
  private reads = 0

  override subarray(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    if (++this.reads > 2) throw new Error('no more')
    return Uint8Array.from(this.slice(from, to))
  }
}

export function contentContract(subject: () => Subject): void {
  describe('content', () => {
    let store: Store
    beforeEach(() => {
      store = subject().store
    })
    const put = (id: string, bytes: Uint8Array, encoding: 'br' | 'identity' = 'br') =>
      store.putContent(acme.id, id, { encoding, bytes }, 3_000)

    const piece = limits.pieceBytes
    for (const size of [0, 1, piece - 1, piece, piece + 1, 3 * piece, 16 * piece + 5]) {
      it(`comes back byte for byte: ${size} bytes`, async () => {
        // A view into something larger, as network buffers are.
        const bytes = new Uint8Array(randomBytes(size + 20)).subarray(7, 7 + size)
        await put('cont_a', bytes)
        const content = await store.content(acme.id, 'cont_a')
        expect(content?.encoding).to.equal('br')
        expect(content && Buffer.compare(content.bytes, bytes)).to.equal(0)
      })
    }

    it('keeps the encoding', async () => {
      await put('cont_plain', Buffer.from('x'), 'identity')
      expect((await store.content(acme.id, 'cont_plain'))?.encoding).to.equal('identity')
      expect(await store.content(acme.id, 'cont_unknown')).to.equal(undefined)
    })

    it('is never put over other content', async () => {
      await put('cont_a', Buffer.from('first'))
      await failure(put('cont_a', Buffer.from('second')))
      expect(Buffer.from((await store.content(acme.id, 'cont_a'))?.bytes ?? []).toString()).to.equal('first')
      await store.putContent(other.id, 'cont_a', { encoding: 'br', bytes: Buffer.from('theirs') }, 3_000)
      expect(Buffer.from((await store.content(acme.id, 'cont_a'))?.bytes ?? []).toString()).to.equal('first')
    })

    it('that broke off half-way is seen by nobody, and no version can name it', async () => {
      await failure(put('cont_half', new Failing(5 * piece)))
      expect(await store.content(acme.id, 'cont_half')).to.equal(undefined)
      const half = version(notes, 2, { pageContent: 'cont_half', sourceContent: 'cont_half' })
      await failure(store.transaction('any', tx => tx.addVersion(half)))
      expect(await store.version(acme.id, notes.id, 2)).to.equal(undefined)
    })

    it('lets others have their turn between its pieces, going in and coming out', async () => {
      let turns = 0
      let going = true
      const others = (async () => {
        while (going) {
          await store.org(acme.id)
          turns++
          await setImmediate()
        }
      })()
      await put('cont_large', randomBytes(12 * piece))
      expect(turns).to.be.greaterThan(3)
      turns = 0
      await store.content(acme.id, 'cont_large')
      expect(turns).to.be.greaterThan(3)
      going = false
      await others
    })
  })
}
