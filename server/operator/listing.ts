import type { Command } from 'commander'
import { plain } from '../../shared/text.ts'

/** `--json` of a command that lists. */
export const listing = (command: Command): Command => command.option('--json', 'one line of JSON on stdout')

/** A list for a person, aligned under its headings, or for a program. Of no rows, for a person, nothing. */
export function listed(
  rows: readonly Readonly<Record<string, string | number | null>>[],
  { json }: { json?: boolean },
): string {
  if (json) return `${JSON.stringify(rows)}\n`
  if (rows.length === 0) return ''
  const titles = Object.keys(rows[0] ?? {})
  const lines = [titles.map(title => title.toUpperCase()), ...rows.map(row => titles.map(title => cell(row[title])))]
  const widths = titles.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines
    .map(
      line =>
        `${line
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** People's text reaches a terminal as text alone. */
const cell = (value: string | number | null | undefined): string => plain(String(value ?? '-'))
