import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import { remove } from '../../server/core/edit.ts'
import type { World } from '../../server/core/world.ts'
import { startPress } from '../../server/render/start-press.ts'
import { nowhere, openGround, signedIn, silent, type TestGround } from '../ground.ts'
import { publish, publishOn, report } from '../live/nodes.ts'
import { until } from '../live/raw.ts'

describe('what of a page is kept in memory', () => {
  const press = startPress({ threads: 1 })
  let ground: TestGround
  beforeEach(async () => {
    ground = await openGround()
  })
  afterEach(() => ground.close())
  after(() => press.close())

  /** A page of two versions, and caches that know nothing yet; what `held` names is asked for and waits for `go`. */
  async function start(held?: 'content' | 'delta') {
    const { actor } = await signedIn(ground)
    const { store } = ground
    const world: World = { ...ground, press, deltas: new Deltas(store, press), log: silent }
    const first = await publish(world, actor, report('one'))
    const second = await publishOn(world, actor, first.id, report('two'))
    const version = await store.version(actor.orgId, first.id, 1)
    const asked = { content: 0, delta: 0 }
    let go = () => {}
    const gate = new Promise<void>(resolve => {
      go = resolve
    })
    const ask = async <T>(what: keyof typeof asked, answer: Promise<T>): Promise<T> => {
      const answered = await answer
      asked[what]++
      if (what === held) await gate
      return answered
    }
    const deltas = new Deltas(
      {
        versionBySha256: (...args) => store.versionBySha256(...args),
        content: (...args) => ask('content', store.content(...args)),
        heads: (...args) => store.heads(...args),
      },
      { ...press, delta: (from, to) => ask('delta', press.delta(from, to)) },
    )
    return {
      asked,
      go,
      content: () => deltas.content(actor.orgId, first.id, version?.pageContent ?? ''),
      between: () => deltas.between(actor.orgId, first.id, first.sha256, second.sha256),
      async remove() {
        await remove(world, actor, nowhere, first.id)
        await deltas.forget({ orgId: actor.orgId, artifactId: first.id })
      },
    }
  }

  it('is read and made once', async () => {
    const { asked, content, between } = await start()
    await Promise.all([between(), between()])
    expect(await between()).to.be.instanceOf(Uint8Array)
    expect(asked.delta).to.equal(1)
    const before = asked.content
    await content()
    expect(asked.content).to.equal(before)
  })

  it('is nothing of a page that was deleted, …', async () => {
    const { asked, content, between, remove } = await start()
    await between()
    await remove()
    expect(await between()).to.equal('unknown_base')
    const before = asked.content
    await content()
    expect(asked.content).to.equal(before + 1)
  })

  it('… nor of what was being read when it was deleted, …', async () => {
    const { asked, go, content, remove } = await start('content')
    const reading = content()
    await until(() => asked.content === 1)
    await remove()
    go()
    expect(await reading).to.not.equal(undefined)
    await content()
    expect(asked.content).to.equal(2)
  })

  it('… nor of what was being made', async () => {
    const { asked, go, between, remove } = await start('delta')
    const making = between()
    await until(() => asked.delta === 1)
    await remove()
    go()
    expect(await making).to.be.instanceOf(Uint8Array)
    expect(await between()).to.equal('unknown_base')
  })
})
