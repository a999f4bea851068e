import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import type { Upload } from '../../server/core/draft.ts'
import type { Actor } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import type { Member } from '../../server/core/records.ts'
import { makeSignInLink, redeemSignInLink } from '../../server/core/sign-in.ts'
import type { Store } from '../../server/core/store-ports.ts'
import type { World } from '../../server/core/world.ts'
import { startPress } from '../../server/render/start-press.ts'
import { type GroundOn, groundOn, nowhere, secretOf, signedIn, silent } from '../ground.ts'
import { implementations } from '../store/implementations.ts'

const page = (title: string, idempotencyKey?: string): Upload => ({
  body: Buffer.from(`<!doctype html><title>${title}</title><p>${title}`),
  bodyEncoding: 'identity',
  type: 'text/html',
  query: {},
  idempotencyKey,
})

for (const implementation of implementations) {
  describe(`two nodes at once, over ${implementation.name}`, () => {
    const press = startPress()
    let place: string
    let stores: Store[]
    let nodes: World[]
    let ground: GroundOn
    let member: Member
    let ana: Actor
    let id: string

    beforeEach(async () => {
      place = await implementation.makePlace()
      stores = [await implementation.open(place), await implementation.open(place)]
      nodes = []
      for (const store of stores) {
        ground = await groundOn(store)
        nodes.push({ ...ground, press, deltas: new Deltas(store, press), log: silent })
      }
      ;({ member, actor: ana } = await signedIn(ground))
      id = (await publishNew(node(0), ana, nowhere, page('One'))).published.id
    })
    afterEach(async () => {
      for (const store of stores) await store.close()
      await implementation.removePlace(place)
    })
    after(() => press.close())

    const node = (n: number): World => nodes[n % 2] as World
    const codes = (all: PromiseSettledResult<unknown>[]) =>
      all.map(each => (each.status === 'rejected' ? each.reason.code : 'done')).sort()

    it('publish to one artifact: every publish is a version, and no number is left out', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) => publishVersion(node(n), ana, nowhere, id, page(`Page ${n}`), 'any')),
      )
      const numbers = outcomes.map(({ published }) => published.version).sort((a, b) => a - b)
      expect(numbers).to.deep.equal(Array.from({ length: 20 }, (_, n) => n + 2))
      expect((await node(0).store.artifact(ana.orgId, id))?.latest).to.equal(21)
    })

    it('publish on condition: one of them wins', async () => {
      const both = await Promise.allSettled(
        [0, 1].map(n => publishVersion(node(n), ana, nowhere, id, page(`Page ${n}`), [1])),
      )
      expect(codes(both)).to.deep.equal(['done', 'version_conflict'])
    })

    it('publish with one Idempotency-Key: it happens once, and both hear of the same', async () => {
      const both = await Promise.all([0, 1, 2, 3].map(n => publishNew(node(n), ana, nowhere, page('Same', 'key'))))
      expect(new Set(both.map(({ published }) => published.id)).size).to.equal(1)
      const all = await node(0).store.artifactsFor(ana.orgId, ana.memberId, {
        ...{ scope: 'mine', q: '', sort: 'updated', limit: 9 },
      })
      expect(all).to.have.length(2)
    })

    it('are shown one sign-in link: it is spent once', async () => {
      const secret = secretOf((await makeSignInLink(ground, member)).url)
      const both = await Promise.allSettled([0, 1, 2, 3].map(n => redeemSignInLink(node(n), secret, nowhere)))
      expect(codes(both)).to.deep.equal(['done', 'link_invalid', 'link_invalid', 'link_invalid'])
    })
  })
}
