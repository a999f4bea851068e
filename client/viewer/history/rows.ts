import type { Hunk, PatchLine } from '../../../shared/patch.ts'

/** What is drawn of a diff, from top to bottom. */
export type Row = LineRow | Fold

export interface LineRow extends PatchLine {
  /** Of a line that was replaced by another, or replaces one: that other. */
  other?: string
}

/** Lines that are the same in both, and not drawn. */
export interface Fold {
  kind: 'fold'
  /** Tells it from the others of this diff. */
  id: number
  /** Of its first line. */
  old: number
  now: number
  /** Unknown of the last, until the source was read. */
  count?: number
}

/** Lines that a diff has around each change: with fewer after its last one, the text ends there. */
const context = 3

/**
 * @param opened ids of folds that are to be drawn, once there is a source
 * @param source lines of the newer text
 */
export function rowsOf(
  hunks: readonly Hunk[],
  opened: ReadonlySet<number> = new Set(),
  source?: readonly string[],
): Row[] {
  const rows: Row[] = []
  let [old, now] = [1, 1]
  hunks.forEach((hunk, id) => {
    rows.push(...between({ kind: 'fold', id, old, now, count: hunk.now - now }, opened, source), ...paired(hunk.lines))
    const added = hunk.lines.filter(({ kind }) => kind === 'added').length
    const removed = hunk.lines.filter(({ kind }) => kind === 'removed').length
    old = hunk.old + hunk.lines.length - added
    now = hunk.now + hunk.lines.length - removed
  })
  const after = hunks.at(-1)?.lines.slice(-context) ?? []
  if (after.length === context && after.every(({ kind }) => kind === 'same')) {
    const count = source && source.length - now + 1
    rows.push(
      ...between({ kind: 'fold', id: hunks.length, old, now, ...(count !== undefined && { count }) }, opened, source),
    )
  }
  return rows
}

function between(fold: Fold, opened: ReadonlySet<number>, source: readonly string[] | undefined): Row[] {
  const { id, old, now, count } = fold
  if (count === 0) return []
  if (!source || !opened.has(id)) return [fold]
  const lines = source.slice(now - 1, count === undefined ? undefined : now - 1 + count)
  return lines.map((text, at) => ({ kind: 'same', text, old: old + at, now: now + at }))
}

/** Lines that are gone and new ones in their place: the first became the first, as far as there are both. */
function paired(lines: readonly PatchLine[]): LineRow[] {
  const rows: LineRow[] = lines.map(line => ({ ...line }))
  for (let at = 0; at < rows.length; at++) {
    if (rows[at]?.kind !== 'removed') continue
    const middle = endOf(rows, at, 'removed')
    const end = endOf(rows, middle, 'added')
    for (let n = 0; n < Math.min(middle - at, end - middle); n++) pair(rows[at + n], rows[middle + n])
    at = end - 1
  }
  return rows
}

function endOf(rows: readonly LineRow[], from: number, kind: LineRow['kind']): number {
  let at = from
  while (rows[at]?.kind === kind) at++
  return at
}

function pair(before: LineRow | undefined, after: LineRow | undefined): void {
  if (!before || !after) return
  before.other = after.text
  after.other = before.text
}

/** As a diff counts them: what follows the last line end is a line only when there is something. */
export const linesOf = (text: string): string[] => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
