import type { Artifact, ArtifactList } from '../../shared/api.ts'

export interface Row {
  artifact: Artifact
  /** How often it has changed in front of the member, who is shown each time that it has. */
  changes: number
}

/** Newest update first, as far down as it was loaded. */
export interface List {
  rows: readonly Row[]
  /** Where it goes on; null at its end. */
  nextCursor: string | null
}

export const listOf = ({ artifacts, nextCursor }: ArtifactList): List => ({
  rows: artifacts.map(artifact => ({ artifact, changes: 0 })),
  nextCursor,
})

/** The list as it is now, read anew at least as far down as it was loaded. */
export function renewed({ rows }: List, { artifacts, nextCursor }: ArtifactList): List {
  const known = new Map(rows.map(row => [row.artifact.id, row]))
  const lowest = rows.at(-1)?.artifact
  const renew = (artifact: Artifact): Row => {
    const row = known.get(artifact.id)
    if (row) return isSame(row.artifact, artifact) ? row : { artifact, changes: row.changes + 1 }
    // What was older than all that was loaded is nothing new.
    return { artifact, changes: lowest && isBelow(artifact, lowest) ? 0 : 1 }
  }
  return { rows: artifacts.map(renew), nextCursor }
}

/** With the page that follows. */
export function extended({ rows }: List, page: ArtifactList): List {
  const known = new Set(rows.map(row => row.artifact.id))
  const older = page.artifacts.filter(({ id }) => !known.has(id))
  return { rows: [...rows, ...listOf({ ...page, artifacts: older }).rows], nextCursor: page.nextCursor }
}

/** Everything that a row shows is told apart by its rev, which each change of it raises. */
const isSame = (one: Artifact, other: Artifact): boolean => one.epoch === other.epoch && one.rev === other.rev

/** In the server's order: by time, which RFC 3339 in UTC sorts as text, then by id. */
export const isBelow = (one: Artifact, other: Artifact): boolean =>
  one.updatedAt === other.updatedAt ? one.id < other.id : one.updatedAt < other.updatedAt
