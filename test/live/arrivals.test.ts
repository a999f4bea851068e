import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Arrivals } from '../../server/live/arrivals.ts'
import type { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { signedIn } from '../ground.ts'
import { type Live, publish, report, startLive } from './nodes.ts'
import { join, type Watcher } from './watcher.ts'

describe('arrivals', () => {
  /** Work that is done when it is said, and in which order it was begun. */
  function openLine() {
    const arrivals = new Arrivals()
    const begun: string[] = []
    const done = new Map<string, () => void>()
    const work = (name: string) => () =>
      new Promise<string>(resolve => {
        begun.push(name)
        done.set(name, () => resolve(name))
      })
    return { arrivals, begun, work, done }
  }
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: GalleyError) => error.code,
    )

  it('H6: are let in so many at a time, in order, and who is in is answered first', async () => {
    const { arrivals, begun, work, done } = openLine()
    const first = Array.from({ length: limits.arrivalsAtOnce }, (_, n) => `first ${n}`)
    const all = [...first, 'second', 'third'].map(name => arrivals.enter(work(name)))
    const asked = arrivals.ask({}, 'sess_1', work('asked'))
    await setImmediate()
    expect(begun).to.deep.equal(first)
    for (const next of ['asked', 'second', 'third']) {
      done.get(begun[begun.length - limits.arrivalsAtOnce] ?? '')?.()
      await sleep(5)
      expect(begun.at(-1)).to.equal(next)
    }
    for (const finish of done.values()) finish()
    expect(await Promise.all([...all, asked])).to.deep.equal([...first, 'second', 'third', 'asked'])
  })

  it('H6: are held up by nobody who asks without end, on however many connections', async () => {
    const { arrivals, begun, work, done } = openLine()
    const busy = Array.from({ length: limits.arrivalsAtOnce }, (_, n) => arrivals.enter(work(`first ${n}`)))
    const greedy = Array.from({ length: 40 }, (_, n) => arrivals.ask({}, 'sess_greedy', work(`greedy ${n}`)))
    const others = [
      arrivals.enter(work('comes in')),
      arrivals.enter(work('comes in too')),
      arrivals.ask({}, 'sess_1', work('one')),
      arrivals.ask({}, 'sess_2', work('two')),
    ]
    const everybody = Promise.all([...busy, ...greedy, ...others])
    const finish = setInterval(() => {
      for (const each of done.values()) each()
    })
    await everybody
    clearInterval(finish)
    const after = begun.slice(limits.arrivalsAtOnce)
    expect(after.slice(0, 3)).to.deep.equal(['greedy 0', 'one', 'two'])
    expect(after.indexOf('comes in')).to.equal(limits.answersForArrival)
    expect(after.indexOf('comes in too')).to.equal(2 * limits.answersForArrival + 1)
  })

  it('go on when one of them fails', async () => {
    const { arrivals } = openLine()
    const failing = Array.from({ length: 3 * limits.arrivalsAtOnce }, () =>
      codeOf(arrivals.enter(() => Promise.reject({ code: 'broken' }))),
    )
    expect(new Set(await Promise.all(failing))).to.deep.equal(new Set(['broken']))
    expect(await arrivals.enter(async () => 'in')).to.equal('in')
  })

  it('H6, W5: are sent away when too many wait, and may ask no more at once than they may watch', async () => {
    const { arrivals, work, done } = openLine()
    const places = limits.arrivalsAtOnce + limits.arrivalsWaiting
    const all = Array.from({ length: places }, (_, n) => arrivals.enter(work(`${n}`)))
    expect(await codeOf(arrivals.enter(work('one more')))).to.equal('overloaded')
    const who = {}
    const asked = Array.from({ length: limits.watchesPerSocket }, (_, n) =>
      arrivals.ask(who, 'sess_1', work(`asks ${n}`)),
    )
    expect(await codeOf(arrivals.ask(who, 'sess_1', work('asks more')))).to.equal('rate_limited')
    const everybody = Promise.all([...all, ...asked])
    const finish = setInterval(() => {
      for (const each of done.values()) each()
    })
    await everybody
    clearInterval(finish)
    expect(await arrivals.ask(who, 'sess_1', async () => 'answered')).to.equal('answered')
  })
})

describe('very many viewers', () => {
  let live: Live
  before(async () => {
    live = await startLive()
  })
  after(() => live.close())

  it('H6: may come at once, and all have their answer', async () => {
    const ana = await signedIn(live.ground)
    const { id } = await publish(live.world, ana.actor, report('one'))
    const come = async (): Promise<Watcher> => {
      const watcher = await join(live.url, { cookie: ana.cookie })
      expect(await watcher.watch(id)).to.include({ ok: true })
      return watcher
    }
    const watchers = await Promise.all(Array.from({ length: 100 }, come))
    for (const watcher of watchers) watcher.close()
  })
})
