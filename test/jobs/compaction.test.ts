import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Actor } from '../../server/core/ports.ts'
import { compaction } from '../../server/jobs/compaction.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import { limits } from '../../shared/limits.ts'
import { openGround, signedIn, type TestGround } from '../ground.ts'
import { failure } from '../store/contract-writes.ts'
import { artifact, version } from '../store/seed.ts'

describe('the embedded database, written anew', () => {
  let ground: TestGround
  let actor: Actor
  beforeEach(async () => {
    ground = await openGround()
    const signed = await signedIn(ground)
    actor = signed.actor
    for (const id of ['cart_gone', 'cart_kept']) {
      const page = artifact(id, signed.member, {
        ...(id === 'cart_gone' && { deletedAt: 0, eraseAt: ground.clock.now() }),
      })
      const content = { encoding: 'identity', bytes: Buffer.alloc(100_000, id) } as const
      await ground.store.putContent(actor.orgId, `cont_${id}`, content, 0)
      await ground.store.transaction('any', async tx => {
        await tx.addArtifact(page)
        await tx.addVersion(version(page, 1, { pageContent: `cont_${id}`, sourceContent: `cont_${id}` }))
      })
    }
  })
  afterEach(() => ground.close())

  const run = (signal = new AbortController().signal) => compaction.work(ground, signal)
  const size = (name: string) => statSync(join(ground.dataDir, name)).size
  /** SQLite raises it with each VACUUM. */
  const anew = () => Number(ground.sql('pragma schema_version')[0]?.schema_version)
  const erase = () => sweep.work(ground, new AbortController().signal)

  it('is smaller by what was erased, and nothing else is gone', async () => {
    await erase()
    const before = size('galley.db')
    await run()
    expect(before - size('galley.db')).to.be.greaterThan(90_000)
    expect((await ground.store.content(actor.orgId, 'cont_cart_kept'))?.bytes).to.deep.equal(
      Buffer.alloc(100_000, 'cart_kept'),
    )
    expect(ground.sql('pragma integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
  })

  it('has no log beside it that goes further back, and neither has it after each sweep', async () => {
    expect(size('galley.db-wal')).to.be.greaterThan(200_000)
    await erase()
    expect(size('galley.db-wal')).to.equal(0)
    await run()
    expect(size('galley.db-wal')).to.equal(0)
  })

  it('is so only where anything was erased since it last was', async () => {
    const first = anew()
    await run()
    expect(anew()).to.equal(first)
    await erase()
    await run()
    expect(anew()).to.be.greaterThan(first)
    const second = anew()
    await ground.store.keepJobDone(compaction.name, ground.clock.now())
    // What the sweep was at meanwhile counts once more.
    ground.clock.advance(limits.sweep + 1)
    await run()
    expect(anew()).to.be.greaterThan(second)
    await ground.store.keepJobDone(compaction.name, ground.clock.now())
    const third = anew()
    await run()
    expect(anew()).to.equal(third)
  })

  it('can be read and, a moment later, written meanwhile', async () => {
    await erase()
    const running = run()
    for (let n = 0; n < 20; n++) {
      expect(await ground.store.content(actor.orgId, 'cont_cart_kept')).not.to.equal(undefined)
      await ground.store.transaction(actor.orgId, tx => tx.updateArtifact(actor.orgId, 'cart_kept', { rev: n }))
    }
    await running
    expect((await ground.store.artifact(actor.orgId, 'cart_kept'))?.rev).to.equal(19)
  })

  it('is as it was when that is ended before it is done', async () => {
    await erase()
    const first = anew()
    const ending = new AbortController()
    const failed = failure(run(ending.signal))
    setImmediate(() => ending.abort())
    expect(await failed).to.have.property('name', 'AbortError')
    expect(anew()).to.equal(first)
    expect(await ground.store.content(actor.orgId, 'cont_cart_kept')).not.to.equal(undefined)
  })
})
