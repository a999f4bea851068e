import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import { restore } from '../../server/core/edit.ts'
import type { Actor } from '../../server/core/ports.ts'
import { current } from '../../server/core/read.ts'
import { previewSettings } from '../../server/core/settings.ts'
import type { Store } from '../../server/core/store-ports.ts'
import type { World } from '../../server/core/world.ts'
import { retention } from '../../server/jobs/retention.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import { startPress } from '../../server/render/start-press.ts'
import { type GroundOn, groundOn, nowhere, signedIn, silent } from '../ground.ts'
import { publish, publishOn, report } from '../live/nodes.ts'
import { refusal } from '../refusal.ts'
import { implementations } from '../store/implementations.ts'
import { liveThrough } from './year.ts'

const day = 24 * 60 * 60 * 1000
const hour = day / 24
const seed = Number(process.env.RETENTION_SEED ?? Date.now() % 1_000_000)

for (const implementation of implementations) {
  describe(`retention over ${implementation.name}`, function () {
    this.timeout(120_000)

    it(`deletes exactly what is due, and erases it after its grace (RETENTION_SEED=${seed})`, async () => {
      const span = { days: 45, pages: 120, hours: [9.5], seed }
      const { published, expired, erased } = await liveThrough(implementation, span)
      expect(expired).to.be.greaterThan(published / 4)
      expect(erased).to.be.greaterThan(published / 5)
    })

    describe('of thirty days', () => {
      const press = startPress({ threads: 1 })
      let place: string
      let store: Store
      let ground: GroundOn
      let world: World
      let ana: Actor
      let id: string
      beforeEach(async () => {
        place = await implementation.makePlace()
        store = await implementation.open(place)
        ground = await groundOn(store)
        world = { ...ground, press, deltas: new Deltas(store, press), log: silent }
        ana = (await signedIn(ground)).actor
        const settings = await store.settings(ana.orgId)
        await store.transaction(ana.orgId, tx => tx.putSettings({ ...settings, retentionPrivateDays: 30 }))
        id = (await publish(world, ana, report('one'))).id
      })
      afterEach(async () => {
        await store.close()
        await implementation.removePlace(place)
      })
      after(() => press.close())

      const sql = (statement: string) => implementation.sql(place, statement)
      const going = new AbortController().signal
      /** Both jobs, on a node whose clock is so far ahead. */
      async function run(ahead = 0): Promise<void> {
        const node = { ...ground, clock: { now: () => ground.clock.now() + ahead } }
        await retention.work(node, going)
        await sweep.work(node, going)
      }
      const isThere = async () => (await store.artifact(ana.orgId, id)) !== undefined

      it('counts from the last publish, also of the same bytes', async () => {
        ground.clock.advance(20 * day)
        await publishOn(world, ana, id, report('one'))
        ground.clock.advance(20 * day)
        await run()
        expect(await isThere()).to.equal(true)
        await publishOn(world, ana, id, report('two'))
        ground.clock.advance(30 * day - 1)
        await run()
        expect(await isThere()).to.equal(true)
        ground.clock.advance(1)
        await run()
        expect(await isThere()).to.equal(false)
      })

      it('is early by no more than a clock is ahead, …', async () => {
        ground.clock.advance(30 * day - hour - 1)
        await run(hour)
        expect(await isThere()).to.equal(true)
        ground.clock.advance(1)
        await run(hour)
        expect(await isThere()).to.equal(false)
      })

      it('… and however far it is ahead, leaves all of the grace to take things back', async () => {
        await run(365 * day)
        expect(await isThere()).to.equal(false)
        ground.clock.advance(30 * day)
        await run()
        expect(await restore(world, ana, nowhere, id)).to.include({ id })
        await run()
        expect(await current(world, ana, id)).to.include({ id })
      })

      it('lets nobody take back what is being erased', async () => {
        ground.clock.advance(30 * day)
        await run()
        ground.clock.advance(7 * day - 1)
        await restore(world, ana, nowhere, id)
        ground.clock.advance(30 * day)
        await run()
        ground.clock.advance(7 * day)
        await refusal('not_found', restore(world, ana, nowhere, id))
        await run()
        expect(await sql('select id from artifacts')).to.deep.equal([])
      })

      it('takes what a node of the release before has published for as old as it is, …', async () => {
        await publish(world, ana, report('other'))
        // It knows nothing of the column.
        await sql('update artifacts set kept_from = 0')
        ground.clock.advance(30 * day - 1)
        expect((await previewSettings(world, ana, { retentionPrivateDays: 30 })).expiring.private).to.equal(0)
        await run()
        expect(await isThere()).to.equal(true)
        ground.clock.advance(1)
        expect((await previewSettings(world, ana, { retentionPrivateDays: 30 })).expiring.private).to.equal(2)
        await run()
        expect(await isThere()).to.equal(false)
        const [row] = await sql(
          `select details from audit where type = 'galley_artifact_expired' and artifact_id = '${id}'`,
        )
        expect(JSON.parse(String(row?.details)).kept_from).to.equal(
          new Date(ground.clock.now() - 30 * day).toISOString(),
        )
      })

      it('… and erases what it has deleted a day later', async () => {
        await sql(`update artifacts set deleted_at = ${ground.clock.now()}`)
        ground.clock.advance(day - 1)
        await run()
        expect(await sql('select id from artifacts')).to.have.length(1)
        ground.clock.advance(1)
        await run()
        expect(await sql('select id from artifacts')).to.deep.equal([])
      })
    })
  })
}
