import { mock } from 'node:test'
import { expect } from 'chai'
import fc from 'fast-check'
import { Attendance } from '../../server/live/attendance.ts'
import type { PresentWord } from '../../server/live/words.ts'
import { limits } from '../../shared/limits.ts'

const signEvery = 1000
/** Nothing is delayed for longer. */
const longest = 3000

/** Some nodes, what each has open, and a way between them that a test decides on. */
class Ground {
  said: PresentWord[] = []
  /** After how many milliseconds each copy of a word arrives. */
  fate: () => readonly number[] = () => [0]
  readonly nodes: { here: Map<string, Set<string>>; attendance: Attendance }[]

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, (_, at) => this.start(at))
  }

  people(at: number, artifactId: string): number {
    return this.nodes[at]?.attendance.people(artifactId) ?? 0
  }

  holds(at: number, artifactId: string): boolean {
    return this.here(at, artifactId).size > 0
  }

  here(at: number, artifactId: string): Set<string> {
    return this.nodes[at]?.here.get(artifactId) ?? new Set()
  }

  set(at: number, artifactId: string, members: Iterable<string>): void {
    const node = this.nodes[at]
    node?.here.set(artifactId, new Set(members))
    node?.attendance.tell(artifactId)
  }

  private start(at: number) {
    const here = new Map<string, Set<string>>()
    const attendance = new Attendance({
      node: `node ${at}`,
      signEvery,
      say: word => this.carry(at, word),
      here: artifactId => here.get(artifactId) ?? new Set(),
      open: () => [...here].flatMap(([artifactId, members]) => (members.size > 0 ? [artifactId] : [])),
      changed: artifactId => void setTimeout(() => attendance.tell(artifactId), 10),
    })
    return { here, attendance }
  }

  private carry(from: number, word: PresentWord): void {
    this.said.push(word)
    const wire = JSON.stringify(word)
    for (const [to, { attendance }] of this.nodes.entries()) {
      if (to === from) continue
      for (const after of this.fate()) setTimeout(() => attendance.hear(JSON.parse(wire)), after)
    }
  }
}

function afresh(): void {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
}

/** In small steps: what is to happen because of what happened may still happen within that time. */
function pass(ms: number): void {
  for (let gone = 0; gone < ms; gone += 25) mock.timers.tick(25)
}

const members = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `user_${from + n}`)
const artifacts = ['one', 'two']

describe('attendance', () => {
  beforeEach(afresh)
  afterEach(() => mock.timers.reset())

  it('N8: is right at every node three signs after the last word was lost, doubled or overtaken', () => {
    const step = fc.record({
      at: fc.integer({ min: 0, max: 2 }),
      artifact: fc.constantFrom(...artifacts),
      members: fc.constantFrom([], [], ['ana'], ['ben'], ['ana', 'cleo']),
      /** Of the words that are said from now on, of each copy. */
      delays: fc.array(fc.integer({ min: 0, max: longest }), { maxLength: 2 }),
      pause: fc.integer({ min: 0, max: 1500 }),
    })
    fc.assert(
      fc
        .property(fc.array(step, { maxLength: 30, size: 'max' }), steps => {
          const ground = new Ground(3)
          for (const { at, artifact, members, delays, pause } of steps) {
            ground.fate = () => delays
            ground.set(at, artifact, members)
            pass(pause)
          }
          ground.fate = () => [0]
          pass(longest + 3 * signEvery)
          for (const artifact of artifacts) {
            const all = new Set([0, 1, 2].flatMap(at => [...ground.here(at, artifact)]))
            for (const at of [0, 1, 2])
              if (ground.holds(at, artifact)) expect(ground.people(at, artifact)).to.equal(all.size)
          }
        })
        .beforeEach(afresh),
      { numRuns: 300 },
    )
  })

  it('N7: names so many, and says of more how many there are', () => {
    const ground = new Ground(3)
    const many = limits.presenceNamed + 1
    ground.set(0, 'one', members(many))
    ground.set(1, 'one', members(10, many))
    ground.set(2, 'one', members(10, many + 5))
    pass(signEvery)
    for (const at of [0, 1, 2]) expect(ground.people(at, 'one')).to.equal(many + 15)
  })

  it('N7: says nothing more when nothing changes, however many there are', () => {
    const ground = new Ground(3)
    for (let at = 0; at < 3; at++) {
      for (let n = 0; n < 2000; n++) ground.set(at, `page ${n}`, members(3, at))
    }
    pass(signEvery)
    const telling = ground.said.filter(({ pages }) => pages.length > 0)
    // Each page at each node twice, as an answer too: 12,000 in all, three names each.
    expect(telling.length).to.be.lessThan((12_000 * 4 * 1.5) / limits.presenceWord)
    ground.said = []
    pass(10 * signEvery)
    expect(ground.said.filter(({ pages }) => pages.length > 0)).to.deep.equal([])
  })

  it('N7: keeps nothing of pages that are open at other nodes alone', () => {
    const ground = new Ground(2)
    for (let n = 0; n < 100; n++) ground.set(0, `page ${n}`, members(3))
    pass(signEvery)
    ground.fate = () => []
    // Asked by nobody yet, a node knows of none.
    for (let n = 0; n < 100; n++) expect(ground.people(1, `page ${n}`)).to.equal(0)
  })
})
