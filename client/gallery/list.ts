import type { Artifact, ArtifactList } from '../../shared/api.ts'

export interface Row {
  artifact: Artifact
  /** How often it has changed in front of the member, who is shown each time that it has. */
  changes: number
}

/** In the server's order, as far down as it was loaded. */
export interface List {
  rows: readonly Row[]
  /** Where it goes on; null at its end. */
  nextCursor: string | null
}

export const listOf = ({ artifacts, nextCursor }: ArtifactList): List => ({
  rows: artifacts.map(artifact => ({ artifact, changes: 0 })),
  nextCursor,
})

/** The list as it is now, read anew as far down as it was loaded: whatever was not there is new. */
export function renewed({ rows }: List, { artifacts, nextCursor }: ArtifactList): List {
  const known = new Map(rows.map(row => [row.artifact.id, row]))
  const renew = (artifact: Artifact): Row => {
    const row = known.get(artifact.id)
    if (row && isSame(row.artifact, artifact)) return row
    return { artifact, changes: (row?.changes ?? 0) + 1 }
  }
  return { rows: artifacts.map(renew), nextCursor }
}

/** With the page that follows. */
export function extended({ rows }: List, page: ArtifactList): List {
  const known = new Set(rows.map(row => row.artifact.id))
  const further = page.artifacts.filter(({ id }) => !known.has(id))
  return { rows: [...rows, ...listOf({ ...page, artifacts: further }).rows], nextCursor: page.nextCursor }
}

/** Not by its rev alone: who asks to be let in, and what its author is called, raise none. */
const isSame = (one: Artifact, other: Artifact): boolean => JSON.stringify(one) === JSON.stringify(other)
