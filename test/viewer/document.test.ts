import { expect } from 'chai'
import fc from 'fast-check'
import { type Document, type DocumentEvent, type Effect, emptyDocument, step } from '../../client/viewer/document.ts'
import type { Artifact, Shown } from '../../shared/api.ts'
import type { InlineDelta, VersionEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'

const hash = (n: number): string => String(n).padStart(64, '0')
const bytes = new Uint8Array()
const page = (number: number) => ({ number, sha256: hash(number), bytes })
const texts = { title: 'Report', icon: '📄', description: '' }
const shownOf = (number: number): Shown => ({
  number,
  sha256: hash(number),
  size: 1000,
  publishedAt: '2030-01-01T00:00:00.000Z',
  note: null,
})

function current(rev: number, number: number, inline?: InlineDelta, epoch = 'e1'): DocumentEvent {
  const artifact: Artifact = {
    ...{ id: 'cart_1', url: '', ...texts, author: { name: 'Ana', email: 'ana@acme.example' }, role: 'owner' },
    ...{ audience: 'private', pinned: null, latest: number, shown: shownOf(number), epoch, rev },
    ...{ createdAt: '', updatedAt: '' },
  }
  return { kind: 'current', artifact, ...(inline && { inline }) }
}

function version(rev: number, number: number, extra: Partial<VersionEvent> = {}): DocumentEvent {
  const event: VersionEvent = {
    artifactId: 'cart_1',
    epoch: 'e1',
    rev,
    ...texts,
    ...shownOf(number),
    spread: false,
    ...extra,
  }
  return { kind: 'version', event }
}

/** Drives the machine by hand, and keeps what it wants done. */
class Machine {
  state: Document
  effects: Effect[] = []

  constructor(hidden = false) {
    this.state = emptyDocument(hidden)
  }

  take(...events: DocumentEvent[]): Effect[] {
    this.effects = events.flatMap(event => {
      const [state, effects] = step(this.state, event)
      this.state = state
      return effects
    })
    return this.effects
  }

  /** What its running download was for arrives. */
  arrive(): Effect[] {
    const { download } = this.state
    if (!download) throw new Error('Nothing is being downloaded.')
    return this.take({ kind: 'assembled', download: download.id, page: page(download.of.number) })
  }

  miss(why: 'no_delta' | 'spoiled' | 'unreachable' | 'gone'): Effect[] {
    return this.take({ kind: 'missed', download: this.state.download?.id ?? 0, why })
  }

  /** Shows the given version from the start. */
  showing(rev: number, number: number): this {
    this.take(current(rev, number))
    this.arrive()
    this.take({ kind: 'shown', sha256: hash(number) })
    return this
  }
}

const kinds = (effects: readonly Effect[]): string[] =>
  effects.map(effect => (effect.kind === 'download' ? `download ${effect.download.way.kind}` : effect.kind))

describe('what the viewer knows, wants and shows', () => {
  it('D3: fetches the whole page first, and shows it', () => {
    const machine = new Machine()
    expect(kinds(machine.take(current(1, 1)))).to.deep.equal(['download page'])
    expect(kinds(machine.arrive())).to.deep.equal(['show'])
    machine.take({ kind: 'shown', sha256: hash(1) })
    expect(machine.state.shown).to.include({ number: 1 })
  })

  it('D3: takes the delta that came along when it starts from what is held, else one over HTTP', () => {
    const fits = new Machine().showing(1, 1)
    expect(kinds(fits.take(version(2, 2, { from: hash(1), delta: 'x' })))).to.deep.equal(['download inline'])
    const not = new Machine().showing(1, 1)
    expect(kinds(not.take(version(3, 3, { from: hash(2), delta: 'x' })))).to.deep.equal(['download delta'])
    expect(kinds(not.miss('no_delta'))).to.deep.equal(['download page'])
  })

  it('D3: fetches nothing for bytes that are on screen already, and takes their new number', () => {
    const machine = new Machine().showing(1, 1)
    expect(machine.take(version(2, 7, { sha256: hash(1) }))).to.deep.equal([])
    expect(machine.state.shown).to.include({ number: 7, sha256: hash(1) })
  })

  it('D1: takes no notice of what is older, and follows a pin that goes back', () => {
    const machine = new Machine().showing(5, 5)
    expect(machine.take(version(4, 9), version(5, 9))).to.deep.equal([])
    expect(kinds(machine.take(version(6, 3)))).to.deep.equal(['download delta'])
    expect(machine.state.wanted).to.include({ number: 3 })
  })

  it('D1: learns of a page, the news of which was lost, from an answer of the same rev', () => {
    const machine = new Machine().showing(1, 1)
    machine.take({ kind: 'artifact', event: { artifactId: 'cart_1', epoch: 'e1', rev: 3, ...texts } })
    expect(kinds(machine.take(current(3, 2)))).to.deep.equal(['download delta'])
    expect(machine.take(current(3, 2))).to.deep.equal([])
  })

  it('D1, O3: takes another epoch as newer, whatever its rev', () => {
    const machine = new Machine().showing(50, 5)
    machine.take(current(2, 2, undefined, 'e2'))
    expect(machine.state).to.deep.include({ known: { epoch: 'e2', rev: 2 } })
    expect(machine.state.wanted).to.include({ number: 2 })
  })

  it('O1: takes an answer as newer, whatever its rev, when what one may do with the artifact has changed', () => {
    const machine = new Machine()
    machine.take(current(7, 3))
    machine.arrive()
    const demoted = current(2, 1)
    if (demoted.kind === 'current') demoted.artifact = { ...demoted.artifact, role: 'viewer' }
    machine.take(demoted)
    machine.arrive()
    expect(machine.state.known).to.deep.equal({ epoch: 'e1', rev: 2 })
    expect(machine.state.wanted?.number).to.equal(1)
    machine.take(version(3, 2))
    expect(machine.state.wanted?.number).to.equal(2)
  })

  describe('while a publisher looks at another version', () => {
    const looking = () => {
      const machine = new Machine().showing(7, 7)
      machine.take({ kind: 'look', at: shownOf(3) })
      machine.arrive()
      machine.take({ kind: 'shown', sha256: hash(3) })
      return machine
    }

    it('D10: gets it the cheapest way, and stays with it whatever is published', () => {
      const machine = new Machine().showing(7, 7)
      expect(kinds(machine.take({ kind: 'look', at: shownOf(3) }))).to.deep.equal(['download delta'])
      expect(kinds(machine.arrive())).to.deep.equal(['show'])
      machine.take({ kind: 'shown', sha256: hash(3) })
      expect(machine.take(version(8, 8, { from: hash(7), delta: 'x' }), current(8, 8))).to.deep.equal([])
      expect(machine.state.shown).to.include({ number: 3 })
      expect(machine.state.wanted).to.include({ number: 8 })
    })

    it('D10: goes back to the newest there is by then', () => {
      const machine = looking()
      machine.take(version(8, 8))
      expect(kinds(machine.take({ kind: 'look', at: undefined }))).to.deep.equal(['download delta'])
      machine.arrive()
      machine.take({ kind: 'shown', sha256: hash(8) })
      expect(machine.state.shown).to.include({ number: 8 })
    })

    it('D10: goes back by itself once they are a viewer, or the database was restored', () => {
      const demoted = looking()
      const answer = current(2, 1)
      if (answer.kind === 'current') answer.artifact = { ...answer.artifact, role: 'viewer' }
      expect(kinds(demoted.take(answer))).to.deep.equal(['download delta'])
      expect(demoted.state.download?.of).to.include({ number: 1 })
      const restored = looking()
      restored.take(current(2, 2, undefined, 'e2'))
      expect(restored.state.download?.of).to.include({ number: 2 })
    })

    it('D10: tries again what was not to be had, when it is asked for again', () => {
      const machine = looking()
      machine.take({ kind: 'look', at: shownOf(2) })
      machine.miss('spoiled')
      machine.miss('spoiled')
      expect(machine.state.failed).to.include({ sha256: hash(2) })
      expect(kinds(machine.take({ kind: 'look', at: shownOf(2) }))).to.deep.equal(['download delta'])
    })
  })

  it('D1: sets going again, at an answer that says nothing new, what is not on its way', () => {
    const machine = new Machine(true)
    machine.take(current(1, 1))
    machine.state = { ...machine.state, hidden: false }
    expect(kinds(machine.take(current(1, 1)))).to.deep.equal(['download page'])
    expect(machine.take(current(1, 1))).to.deep.equal([])
  })

  it('D4: fetches a spoiled page whole once, and then says so until asked again or something newer is there', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    expect(kinds(machine.miss('spoiled'))).to.deep.equal(['download page'])
    expect(machine.miss('spoiled')).to.deep.equal([])
    expect(machine.state.failed).to.deep.equal({ sha256: hash(2), why: 'spoiled' })
    expect(machine.take(current(2, 2))).to.deep.equal([])
    expect(kinds(machine.take({ kind: 'retry' }))).to.deep.equal(['download delta', 'ask'])
    expect(kinds(machine.take(version(3, 3)))).to.deep.equal(['abort', 'download delta'])
  })

  it('D5: aborts what is newly begun for what is newer, and drops its answers', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    const stale = machine.state.download?.id ?? 0
    machine.take({ kind: 'progress', download: stale, loaded: 400, total: 1000 })
    expect(kinds(machine.take(version(3, 3)))).to.deep.equal(['abort', 'download delta'])
    expect(machine.take({ kind: 'assembled', download: stale, page: page(2) })).to.deep.equal([])
    expect(machine.take({ kind: 'missed', download: stale, why: 'gone' })).to.deep.equal([])
    expect(machine.state.held).to.include({ number: 1 })
  })

  it('D5: shows first what is mostly there, and gets the newest from it', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    machine.take({ kind: 'progress', download: machine.state.download?.id ?? 0, loaded: 600, total: 1000 })
    expect(machine.take(version(3, 3, { from: hash(2), delta: 'x' }))).to.deep.equal([])
    expect(kinds(machine.arrive())).to.deep.equal(['show', 'download inline'])
  })

  it('D6: notes the newest while hidden, and gets it once when it is looked at', () => {
    const machine = new Machine().showing(1, 1)
    machine.take({ kind: 'visibility', hidden: true })
    expect(machine.take(version(2, 2), version(3, 3), version(4, 4))).to.deep.equal([])
    const effects = machine.take({ kind: 'visibility', hidden: false })
    expect(kinds(effects)).to.deep.equal(['download delta'])
    expect(machine.state.download?.of).to.include({ number: 4 })
  })

  it('D6: holds what arrives while hidden until it is looked at', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2), { kind: 'visibility', hidden: true })
    expect(machine.arrive()).to.deep.equal([])
    expect(kinds(machine.take({ kind: 'visibility', hidden: false }))).to.deep.equal(['show'])
  })

  it('D7: spreads what many must fetch at once, and nothing that came along', () => {
    const waitOf = (effects: readonly Effect[]) =>
      effects.flatMap(effect => (effect.kind === 'download' ? [effect.wait] : []))
    const many = { spread: true }
    expect(waitOf(new Machine().showing(1, 1).take(version(2, 2, many)))).to.deep.equal(['spread'])
    expect(waitOf(new Machine().showing(1, 1).take(version(2, 2)))).to.deep.equal(['none'])
    const inline = { ...many, from: hash(1), delta: 'x' }
    expect(waitOf(new Machine().showing(1, 1).take(version(2, 2, inline)))).to.deep.equal(['none'])
  })

  it('D8: tries again what could not be reached, ever less often, and asks when a version is gone', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    expect(machine.miss('unreachable')).to.have.deep.nested.property('[0].wait', { misses: 1 })
    expect(kinds(machine.miss('gone'))).to.deep.equal(['download delta', 'ask'])
    expect(machine.effects).to.have.deep.nested.property('[0].wait', { misses: 2 })
  })

  it('D8: tells of no failure any more when a pin goes back to what is on screen, or at hand', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    for (let n = 0; n < limits.missesUntold; n++) machine.miss('unreachable')
    expect(machine.state.misses).to.equal(limits.missesUntold)
    expect(kinds(machine.take(version(3, 1)))).to.deep.equal(['abort'])
    expect(machine.state.misses).to.equal(0)
  })

  it('D8: waits no longer once the server is back, and leaves a download alone that has begun or waits for no failure', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    machine.miss('unreachable')
    expect(kinds(machine.take({ kind: 'reached' }))).to.deep.equal(['abort', 'download delta'])
    expect(machine.effects).to.have.deep.nested.property('[1].wait', 'none')
    expect(machine.take({ kind: 'reached' })).to.deep.equal([])
    machine.miss('unreachable')
    machine.take({ kind: 'progress', download: machine.state.download?.id ?? 0, loaded: 1, total: 1000 })
    expect(machine.take({ kind: 'reached' })).to.deep.equal([])
  })

  it('D9: keeps the page on screen when the new one could not be put there', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    machine.arrive()
    machine.take({ kind: 'unshown', sha256: hash(2) })
    expect(machine.state.shown).to.include({ number: 1 })
    expect(machine.state.failed).to.deep.equal({ sha256: hash(2), why: 'unframed' })
    expect(kinds(machine.take({ kind: 'retry' }))).to.deep.equal(['show', 'ask'])
  })

  it('D9: hands the page over again, when asked, that died on screen', () => {
    const machine = new Machine().showing(1, 1)
    machine.take({ kind: 'unshown', sha256: hash(1) })
    expect(machine.state.failed).to.deep.equal({ sha256: hash(1), why: 'unframed' })
    expect(machine.take(current(1, 1))).to.deep.equal([])
    expect(kinds(machine.take({ kind: 'retry' }))).to.deep.equal(['show', 'ask'])
    machine.take({ kind: 'shown', sha256: hash(1) })
    expect(machine.state.shown).to.include({ number: 1 })
  })

  it('D9: goes on to what is newer when the page on screen dies meanwhile', () => {
    const machine = new Machine().showing(1, 1)
    machine.take(version(2, 2))
    expect(machine.take({ kind: 'unshown', sha256: hash(1) })).to.deep.equal([])
    expect(machine.state.failed).to.equal(undefined)
    expect(kinds(machine.arrive())).to.deep.equal(['show'])
  })

  it('takes the last of several that the frame was given in a row as shown', () => {
    const machine = new Machine().showing(1, 1)
    for (const rev of [2, 3]) {
      machine.take(version(rev, rev))
      machine.arrive()
    }
    machine.take({ kind: 'shown', sha256: hash(3) })
    expect(machine.state).to.deep.include({ given: [] })
    expect(machine.take({ kind: 'shown', sha256: hash(2) })).to.deep.equal([])
    expect(machine.state.shown).to.include({ number: 3 })
  })

  /** What the server says over time: publishes, pins that go back, bytes that were there before. */
  const history = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 })
  /** What may happen on the way, drawn from at random. */
  const happening = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), at: fc.nat(), inline: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), at: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('arrive' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('progress' as const), loaded: fc.integer({ min: 0, max: 1000 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('late' as const),
        id: fc.nat({ max: 20 }),
        number: fc.integer({ min: 1, max: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('miss' as const),
        why: fc.constantFrom('no_delta', 'spoiled', 'unreachable', 'gone'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('frame' as const), shows: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('visibility' as const), hidden: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('retry' as const, 'reached' as const) }) },
  )

  it('D2: ends with the newest on screen whatever is lost, doubled, delayed or reordered, and never goes back', () => {
    fc.assert(
      fc.property(history, fc.array(happening, { maxLength: 60 }), (numbers, happenings) => {
        const machine = new Machine()
        const frame: string[] = []
        let rev = 0
        let given: string | undefined
        let onScreen: string | undefined
        const take = (event: DocumentEvent): void => {
          for (const effect of machine.take(event)) {
            if (effect.kind === 'show') {
              frame.push(effect.page.sha256)
              expect(machine.state.given.map(({ sha256 }) => sha256)).to.include(effect.page.sha256)
              expect(effect.page.sha256, 'shown twice in a row').to.not.equal(given)
              given = effect.page.sha256
            }
            if (effect.kind === 'download' && effect.download.way.kind !== 'page') {
              expect(effect.download.way.base.sha256).to.equal(machine.state.held?.sha256)
            }
          }
          expect(machine.state.known?.rev ?? 0).to.be.at.least(rev)
          rev = machine.state.known?.rev ?? 0
        }
        const arrive = (): void => {
          const { download } = machine.state
          if (download) take({ kind: 'assembled', download: download.id, page: page(download.of.number) })
        }
        const show = (shows: boolean): void => {
          const sha256 = frame.shift()
          if (sha256 === undefined) return
          if (!shows) given = undefined
          else onScreen = sha256
          take({ kind: shows ? 'shown' : 'unshown', sha256 })
        }
        const at = (index: number): [number, number] => [
          (index % numbers.length) + 1,
          numbers[index % numbers.length] ?? 1,
        ]
        for (const happening of happenings) {
          switch (happening.kind) {
            case 'say':
              take(version(...at(happening.at), happening.inline ? { from: hash(1), delta: 'x' } : {}))
              break
            case 'answer':
              take(current(...at(happening.at)))
              break
            case 'arrive':
              arrive()
              break
            case 'progress':
              take({
                kind: 'progress',
                download: machine.state.download?.id ?? 0,
                loaded: happening.loaded,
                total: 1000,
              })
              break
            case 'late':
              if (happening.id !== machine.state.download?.id) {
                take({ kind: 'assembled', download: happening.id, page: page(happening.number) })
              }
              break
            case 'miss':
              take({ kind: 'missed', download: machine.state.download?.id ?? 0, why: happening.why })
              break
            case 'frame':
              show(happening.shows)
              break
            case 'die':
              if (onScreen === undefined) break
              take({ kind: 'unshown', sha256: onScreen })
              given = onScreen = undefined
              break
            case 'visibility':
              take({ kind: 'visibility', hidden: happening.hidden })
              break
            case 'reached':
            case 'retry':
              take({ kind: happening.kind })
          }
        }
        // The faults stop: the tab is looked at, the server is heard, what is fetched arrives, what is given is shown.
        take({ kind: 'visibility', hidden: false })
        take(current(...at(numbers.length - 1)))
        if (machine.state.failed) take({ kind: 'retry' })
        for (let turn = 0; turn < 50 && (machine.state.download || frame.length > 0); turn++) {
          arrive()
          show(true)
        }
        expect(machine.state.shown).to.include({ number: numbers.at(-1), sha256: hash(numbers.at(-1) ?? 0) })
        expect(onScreen).to.equal(hash(numbers.at(-1) ?? 0))
        expect(machine.state.download).to.equal(undefined)
      }),
      { numRuns: 3000 },
    )
  })
})
