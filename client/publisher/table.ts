import { plain } from '../../shared/text.ts'
import type { Terminal } from './terminal.ts'

/** A column of a list, by what it says of one row. */
export interface Column<Row> {
  title: string
  cell: (row: Row) => string
  /** `cut`: to be cut where the terminal is too narrow · `spare`: to be left out then, those that come last first. */
  narrow?: 'cut' | 'spare'
}

/** A column is not cut to fewer than these. */
const leastColumns = 16
const gap = 2

/**
 * Rows under headings, for a person: aligned by what characters take up on a terminal, and no wider than it. Of no rows, nothing.
 * @param room columns of the terminal
 */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], room: number): string {
  if (rows.length === 0) return ''
  const laid = columns.map(({ title, cell, narrow }) => {
    const cells = [title, ...rows.map(row => oneLine(cell(row)))]
    const width = Math.max(...cells.map(columnsOf))
    return { cells, narrow, width, least: narrow === 'cut' ? Math.min(width, leastColumns) : width }
  })
  const total = (of: 'width' | 'least') => shown.reduce((sum, column) => sum + column[of], gap * (shown.length - 1))
  let shown = laid
  for (const column of laid.toReversed()) {
    if (column.narrow === 'spare' && total('least') > room) shown = shown.filter(other => other !== column)
  }
  const tooMuch = Math.max(0, total('width') - room)
  const widths = shown.map(({ width, least }) => Math.max(least, width - (least < width ? tooMuch : 0)))
  const line = (row: number) =>
    shown
      .map(({ cells }, index) => fitted(cells[row] ?? '', widths[index] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd()
  return [...Array(rows.length + 1).keys()].map(line).join('\n')
}

/** Rows for another program: a line each, a tab between columns, nothing cut, no headings. */
export const tabbed = (rows: readonly (readonly string[])[]): string =>
  rows.map(cells => cells.map(oneLine).join('\t')).join('\n')

/** Of a terminal that does not say how wide it is: as wide as they once were. */
export const roomOf = ({ stdout }: Terminal): number => stdout.columns || 80

/** People's text reaches a terminal as text alone: a title could otherwise move the cursor, or pass for another line. */
export const oneLine = (text: string): string => plain(text.replace(/[\t\r\n]+/g, ' '))

function fitted(text: string, width: number): string {
  const columns = columnsOf(text)
  if (columns <= width) return text + ' '.repeat(width - columns)
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (columnsOf(kept + segment) >= width) break
    kept += segment
  }
  return `${kept}…${' '.repeat(width - 1 - columnsOf(kept))}`
}

const graphemes = new Intl.Segmenter()
/** Emoji, and what Unicode Standard Annex 11 calls wide or fullwidth. */
const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
const unseen = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** How many columns of a terminal a text takes. */
function columnsOf(text: string): number {
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : unseen.test(segment) ? 0 : 1
  return columns
}
