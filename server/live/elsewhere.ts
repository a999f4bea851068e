import type { People, PresentWord } from './words.ts'

interface Node {
  /** Number of its last word. */
  no: number
  heardAt: number
  /** A word before that one never came. */
  missed: boolean
  people: Map<string, People>
}

/** What the other nodes say of who has pages open there: of those pages that are open here. Times are milliseconds. */
export class Elsewhere {
  private readonly nodes = new Map<string, Node>()

  /** @returns the artifacts that it says something new of */
  hear(word: PresentWord, at: number, isOpen: (artifactId: string) => boolean): string[] {
    if (word.leaves) return this.forget(word.node)
    const node = this.nodes.get(word.node) ?? { no: 0, heardAt: at, missed: false, people: new Map() }
    this.nodes.set(word.node, node)
    node.heardAt = at
    const due = node.no + (word.pages.length > 0 ? 1 : 0)
    // Doubled, or overtaken by a later one.
    if (word.no < due) return []
    if (word.no > due) node.missed = true
    node.no = word.no
    const news = word.pages.filter(({ artifactId, people }) => isOpen(artifactId) && differs(node, artifactId, people))
    for (const { artifactId, people } of news) {
      if (isNobody(people)) node.people.delete(artifactId)
      else node.people.set(artifactId, people)
    }
    return news.map(({ artifactId }) => artifactId)
  }

  /** Nodes that nothing was heard of since then are gone. @returns the artifacts that were open there */
  forgetSilent(since: number): string[] {
    return [...this.nodes].flatMap(([id, { heardAt }]) => (heardAt < since ? this.forget(id) : []))
  }

  /** What a node says that was not heard in full may be wrong by now. @returns whether there is such a node */
  forgetMissed(): { missed: boolean; artifactIds: string[] } {
    const nodes = [...this.nodes.values()].filter(({ missed }) => missed)
    const artifactIds = nodes.flatMap(({ people }) => [...people.keys()])
    for (const node of nodes) {
      node.missed = false
      node.people.clear()
    }
    return { missed: nodes.length > 0, artifactIds }
  }

  /** It is not open here any more. */
  close(artifactId: string): void {
    for (const { people } of this.nodes.values()) people.delete(artifactId)
  }

  isOpen(artifactId: string): boolean {
    return this.of(artifactId).length > 0
  }

  /** Of each node that has it open. */
  of(artifactId: string): People[] {
    return [...this.nodes.values()].flatMap(({ people }) => {
      const there = people.get(artifactId)
      return there === undefined ? [] : [there]
    })
  }

  private forget(id: string): string[] {
    const artifactIds = [...(this.nodes.get(id)?.people.keys() ?? [])]
    this.nodes.delete(id)
    return artifactIds
  }
}

const isNobody = (people: People): boolean => people === 0 || (Array.isArray(people) && people.length === 0)

const differs = (node: Node, artifactId: string, people: People): boolean =>
  JSON.stringify(node.people.get(artifactId) ?? []) !== JSON.stringify(isNobody(people) ? [] : people)
