import { limits } from '../../shared/limits.ts'
import { Elsewhere } from './elsewhere.ts'
import { type People, type PresentWord, presentWord } from './words.ts'

export interface AttendanceOptions {
  /** This one, among the others. */
  node: string
  /** Reaches all the others, or some, or none: nothing relies on it. Does not throw. */
  say(word: PresentWord): void
  /** Milliseconds between two signs that this node is there. */
  signEvery: number
  /** The members who have an artifact open here; all artifacts that anybody has. */
  here(artifactId: string): ReadonlySet<string>
  open(): Iterable<string>
  /** Another node has said something new of it: `tell` is to be called soon, for those here may have changed unsaid. */
  changed(artifactId: string): void
}

/**
 * Who has a page open, as nodes tell one another. Each says it of itself: when it begins to have a page open, when that
 * ends, and each change while another node has it open too. Words are numbered, so that whoever missed one notices at
 * the next, and then asks everybody about everything.
 */
export class Attendance {
  private readonly options: AttendanceOptions
  private readonly elsewhere = new Elsewhere()
  /** What the others were told last, of each artifact that is open here. */
  private readonly told = new Map<string, string>()
  private readonly due = new Set<string>()
  private gathering: NodeJS.Timeout | undefined
  private readonly signing: NodeJS.Timeout
  private no = 0
  private closed = false

  constructor(options: AttendanceOptions) {
    this.options = options
    this.signing = setInterval(() => this.sign(), options.signEvery).unref()
  }

  /** How many there are at all nodes; who is named by none of them counts for each node they are at. */
  people(artifactId: string): number {
    const named = new Set(this.options.here(artifactId))
    let others = 0
    for (const people of this.elsewhere.of(artifactId)) {
      if (typeof people === 'number') others += people
      else for (const memberId of people) named.add(memberId)
    }
    return named.size + others
  }

  /** Those here may not be those who were. */
  tell(artifactId: string): void {
    const here = this.options.here(artifactId)
    const told = this.told.get(artifactId)
    if (here.size === 0) {
      this.elsewhere.close(artifactId)
      if (this.told.delete(artifactId)) this.sayOf(artifactId)
    } else if (told === undefined || (this.elsewhere.isOpen(artifactId) && told !== JSON.stringify(spoken(here)))) {
      this.sayOf(artifactId)
    }
  }

  /** Whatever it was that came from another node. */
  hear(body: unknown): void {
    const { data: word } = presentWord.safeParse(body)
    if (!word || word.node === this.options.node) return
    const isOpen = (artifactId: string): boolean => this.told.has(artifactId) || this.options.here(artifactId).size > 0
    for (const artifactId of this.elsewhere.hear(word, performance.now(), isOpen)) this.options.changed(artifactId)
    for (const { artifactId, asks } of word.pages) {
      if (asks && this.options.here(artifactId).size > 0) this.sayOf(artifactId)
    }
  }

  /** What is said after it has left would bring it back. */
  close(): void {
    this.closed = true
    clearInterval(this.signing)
    clearTimeout(this.gathering)
    this.options.say({ node: this.options.node, no: this.no, pages: [], leaves: true })
  }

  private sign(): void {
    const { node, signEvery, say, open, changed } = this.options
    say({ node, no: this.no, pages: [], leaves: false })
    const gone = this.elsewhere.forgetSilent(performance.now() - limits.nodeSignsMissed * signEvery)
    const { missed, artifactIds } = this.elsewhere.forgetMissed()
    for (const artifactId of [...gone, ...artifactIds]) changed(artifactId)
    if (!missed) return
    this.told.clear()
    for (const artifactId of open()) this.sayOf(artifactId)
  }

  private sayOf(artifactId: string): void {
    if (this.closed) return
    this.due.add(artifactId)
    this.gathering ??= setTimeout(() => this.sayDue(), limits.presenceGathered).unref()
  }

  private sayDue(): void {
    this.gathering = undefined
    const pages = [...this.due].map(artifactId => this.page(artifactId))
    this.due.clear()
    const { node, say } = this.options
    for (const some of inWords(pages)) say({ node, no: ++this.no, pages: some, leaves: false })
  }

  private page(artifactId: string): Page {
    const people = spoken(this.options.here(artifactId))
    // Before the first telling nobody was asked.
    const asks = people !== 0 && !this.told.has(artifactId)
    if (people !== 0) this.told.set(artifactId, JSON.stringify(people))
    return { artifactId, people, asks }
  }
}

type Page = PresentWord['pages'][number]

const spoken = (here: ReadonlySet<string>): People =>
  here.size === 0 || here.size > limits.presenceNamed ? here.size : [...here].sort()

/** None much longer than limits.presenceWord artifacts and names. */
function* inWords(pages: readonly Page[]): Generator<Page[]> {
  let word: Page[] = []
  let length = 0
  for (const page of pages) {
    word.push(page)
    length += 1 + (typeof page.people === 'number' ? 0 : page.people.length)
    if (length < limits.presenceWord) continue
    yield word
    word = []
    length = 0
  }
  if (word.length > 0) yield word
}
