import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { remove } from '../../server/core/edit.ts'
import { applyDelta } from '../../shared/delta.ts'
import type { Have, InlineDelta, WatchReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, signedIn } from '../ground.ts'
import { type Live, publish, publishOn, report, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('watching an artifact', () => {
  let live: Live
  let ana: Awaited<ReturnType<typeof signedIn>>
  let watcher: Watcher

  before(async () => {
    live = await startLive()
    ana = await signedIn(live.ground)
  })
  beforeEach(async () => {
    watcher = await join(live.url, { cookie: ana.cookie })
  })
  afterEach(() => watcher.close())
  after(() => live.close())

  const taken = (reply: WatchReply) => {
    if (!reply.ok) throw new Error(reply.message)
    return reply
  }
  const haveOf = (reply: WatchReply): Have => {
    const { epoch, rev, shown } = taken(reply).artifact
    return { epoch, rev, number: shown.number, sha256: shown.sha256 }
  }

  it('W6: answers again with what is current then, and tells nobody twice', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const have = haveOf(await watcher.watch(id))
    await publishOn(live.world, ana.actor, id, report('two'))
    await watcher.heard(1)
    const again = taken(await watcher.watch(id, have))
    expect(again.artifact.shown).to.include({ number: 2 })
    await publishOn(live.world, ana.actor, id, report('three'))
    expect(await watcher.heard(2)).to.have.length(2)
  })

  it('W1: answers with what is current', async () => {
    const page = report('one')
    const { id } = await publish(live.world, ana.actor, page)
    const reply = taken(await watcher.watch(id))
    expect(reply.artifact).to.deep.include({ id, title: 'Report', latest: 1, epoch: live.ground.store.epoch })
    expect(reply.artifact.shown).to.include({ number: 1, sha256: sha256(page), size: page.length })
    expect(reply).to.not.have.property('inline')
  })

  it('W1: misses no publish that falls between subscribing and reading', async () => {
    const { id } = await publish(live.world, ana.actor, report('start'))
    for (let n = 0; n < 15; n++) {
      const one = await join(live.url, { cookie: ana.cookie })
      const [reply, { sha256 }] = await Promise.all([
        one.watch(id),
        publishOn(live.world, ana.actor, id, report(`race ${n}`)),
      ])
      if (taken(reply).artifact.shown.sha256 !== sha256) {
        await one.heard(1)
        expect(one.told.at(-1)?.body).to.include({ sha256 })
      }
      one.close()
    }
  })

  it('W2: adds nothing for who has what is current', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const have = haveOf(await watcher.watch(id))
    expect(taken(await watcher.watch(id, have))).to.not.have.property('inline')
  })

  it('W2: catches up who has an older page with a delta', async () => {
    const [before, after] = [report('one'), report('three')]
    const { id } = await publish(live.world, ana.actor, before)
    const have = haveOf(await watcher.watch(id))
    await publishOn(live.world, ana.actor, id, report('two'))
    await publishOn(live.world, ana.actor, id, after)
    const { inline } = taken(await watcher.watch(id, have))
    expect(inline?.from).to.equal(have.sha256)
    expect(applied(before, inline)).to.equal(after)
  })

  it('W2: lets the page be fetched by who has an unknown one, or one too different', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const have = haveOf(await watcher.watch(id))
    expect(taken(await watcher.watch(id, { ...have, sha256: sha256('another') }))).to.not.have.property('inline')
    const noise = Array.from({ length: 900 }, (_, i) => sha256(`${i}`)).join('\n')
    await publishOn(live.world, ana.actor, id, `<title>Noise</title>${noise}`)
    expect(taken(await watcher.watch(id, have))).to.not.have.property('inline')
  })

  it('W3: answers alike for what never was, what was deleted and what is another’s', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    await remove(live.world, ana.actor, nowhere, id)
    const bo = await signedIn(live.ground, 'Other')
    const { id: others } = await publish(live.world, bo.actor, report('theirs'))
    const answers = [
      await watcher.watch('cart_0000000000000000000000'),
      await watcher.watch('nonsense'),
      await watcher.watch(''),
      await watcher.watch(id),
      await watcher.watch(others),
    ]
    expect(answers[0]).to.deep.include({ ok: false, code: 'not_found' })
    for (const answer of answers) expect(answer).to.deep.equal(answers[0])
    await publishOn(live.world, bo.actor, others, report('theirs, again'))
    await watcher.watch('')
    expect(watcher.told).to.deep.equal([])
  })

  it('W4: answers malformed requests, and goes on', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const have = { epoch: 'e', rev: 1, number: 1, sha256: sha256('x') }
    const malformed: unknown[] = [
      null,
      'text',
      7,
      true,
      [],
      {},
      [id],
      { artifactId: 7 },
      { artifactId: { $gt: '' } },
      { artifactId: 'x'.repeat(1000) },
      { artifactId: id, have: null },
      { artifactId: id, have: 'x' },
      { artifactId: id, have: {} },
      { artifactId: id, have: { ...have, rev: -1 } },
      { artifactId: id, have: { ...have, rev: 1.5 } },
      { artifactId: id, have: { ...have, sha256: 'x' } },
      { artifactId: id, have: { ...have, epoch: 7 } },
      { artifactId: id, have: { ...have, number: '1' } },
      { artifactId: id, have: { ...have, epoch: 'e'.repeat(1000) } },
    ]
    const raw = watcher.socket as unknown as {
      timeout(ms: number): { emitWithAck(...args: unknown[]): Promise<unknown> }
    }
    for (const request of malformed) {
      const reply = await raw.timeout(5000).emitWithAck('watch', request)
      expect(reply, JSON.stringify(request)).to.deep.include({ ok: false, code: 'invalid_request' })
    }
    expect(taken(await watcher.watch(id)).artifact.id).to.equal(id)
  })

  it('W4: does not hear events it does not know, too many or too few arguments, or no acknowledgement', async () => {
    const { id } = await publish(live.world, ana.actor, report('one'))
    const raw = watcher.socket as unknown as { emit(...args: unknown[]): void }
    raw.emit('watch')
    raw.emit('watch', { artifactId: id })
    raw.emit('watch', { artifactId: id }, 'not a function', 7)
    raw.emit('nothing', { artifactId: id })
    raw.emit('watch', Buffer.from('binary'))
    raw.emit('__proto__', {}, {})
    expect(taken(await watcher.watch(id)).artifact.id).to.equal(id)
  })

  it('W5, W6: watches no more than so many on one connection, and asks of those again as often as it likes', async () => {
    const ids: string[] = []
    for (let n = 0; n <= limits.watchesPerSocket; n++) {
      ids.push((await publish(live.world, ana.actor, `<p>${n}`)).id)
    }
    const [last = '', ...rest] = ids
    for (const [at, id] of rest.entries()) {
      // As slowly as T7 asks for.
      if (at % 40 === 39) await new Promise(resolve => setTimeout(resolve, 1000))
      taken(await watcher.watch(id))
    }
    expect(await watcher.watch(last)).to.deep.include({ ok: false, code: 'rate_limited' })
    expect(taken(await watcher.watch(rest[0] ?? '')).artifact.id).to.equal(rest[0])
  })
})

function applied(base: string, inline: InlineDelta | undefined): string {
  if (!inline) throw new Error('There is no delta.')
  const delta = inflateRawSync(Buffer.from(inline.delta, 'base64'))
  return Buffer.from(applyDelta(Buffer.from(base), delta, limits.pageBytes)).toString()
}
