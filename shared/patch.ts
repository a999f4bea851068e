/** One line of a diff. `old` and `now` are its 1-based numbers in the two texts, where it is in them. */
export interface PatchLine {
  kind: 'same' | 'added' | 'removed'
  /** Without its line end. */
  text: string
  old?: number
  now?: number
  /** It is the text's last, and has no line end. */
  endless?: true
}

/** A part in which the two texts differ, with the lines around it. `old` and `now` are where it begins. */
export interface Hunk {
  old: number
  now: number
  lines: PatchLine[]
}

const kinds = { ' ': 'same', '+': 'added', '-': 'removed' } as const

/**
 * The parts of a unified diff of one text, as `diff -u` and `GET …/diff` write it. How long each is, its head says: a
 * line that was removed may begin as a head does. Of what is none, nothing.
 */
export function readPatch(unified: string): Hunk[] {
  const rows = unified.split('\n')
  const hunks: Hunk[] = []
  for (let at = 0; at < rows.length; ) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(rows[at++] ?? '')
    if (!head) continue
    const [oldLines, nowLines] = [Number(head[2] ?? 1), Number(head[4] ?? 1)]
    // Of no lines, the number is of the one before.
    const start = { old: Number(head[1]) + (oldLines === 0 ? 1 : 0), now: Number(head[3]) + (nowLines === 0 ? 1 : 0) }
    const end = { old: start.old + oldLines, now: start.now + nowLines }
    const { lines, after } = readLines(rows, at, start, end)
    hunks.push({ ...start, lines })
    at = after
  }
  return hunks
}

interface Place {
  old: number
  now: number
}

function readLines(rows: readonly string[], from: number, start: Place, end: Place) {
  const lines: PatchLine[] = []
  let { old, now } = start
  let after = from
  for (; after < rows.length; after++) {
    const row = rows[after] ?? ''
    const last = lines.at(-1)
    if (row.startsWith('\\') && last) last.endless = true
    else if (old >= end.old && now >= end.now) break
    else {
      const kind = kinds[row[0] as keyof typeof kinds] ?? 'same'
      lines.push({
        kind,
        text: row.slice(1),
        ...(kind !== 'added' && { old: old++ }),
        ...(kind !== 'removed' && { now: now++ }),
      })
    }
  }
  return { lines, after }
}
