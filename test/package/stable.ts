import { hostname } from 'node:os'

/** What of a run is this machine's and this hour's, and not what a reader has on theirs. */
export interface Chance {
  /** Origin of the app, on a port that was free. */
  url: string
  /** A temporary folder. */
  home: string
}

/** As the guide has it: the app's port, and the two after it. */
const port = 3000

/**
 * @returns what puts in place of ids, secrets, times, ports, temporary paths, versions of Node and this machine's name what
 *   is the same in every run, and of npm's how many packages it added. All else in the guide is as it was on the screen.
 */
export function stabilizer({ url, home }: Chance): (text: string) => string {
  const first = Number(new URL(url).port)
  const ids: string[] = []
  const idOf = (id: string): string => {
    if (!ids.includes(id)) ids.push(id)
    return `cart_${ids.indexOf(id) + 4}kT9wQe2LmZr7VbXs0NdYa`
  }
  return text => {
    let steady = withoutHost(text).replaceAll(home, '/home/ada')
    for (const n of [0, 1, 2]) steady = steady.replaceAll(`:${first + n}`, `:${port + n}`)
    return steady
      .replaceAll(/\bcart_\w{22}\b/g, idOf)
      .replaceAll(/(?<=\/sign-in#)[\w-]+/g, 'Vw3kTJb0q9ZcXyR5sNfLhPdGm8a2EoU7iCtBvA1xKzQ')
      .replaceAll(/\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b/g, 'WDJB-MJHT')
      .replaceAll(/\b20\d\d-\d\d-\d\d\b(?: \d\d:\d\d\b)?/g, date =>
        date.length === 10 ? '2027-02-20' : '2027-02-20 09:30',
      )
      .replaceAll(/\b\d\d:\d\d:\d\d\b/g, '09:30:00')
      .replaceAll(/\b(just now|\d+ (?:s|min) ago)\b( *)/g, (_, words: string, gap: string) => justNow(words, gap))
      .replaceAll(/\bUPDATED +(?=\S)/g, 'UPDATED   ')
      .replaceAll(/\bwithin \d+ ms\b/g, 'within 12 ms')
      .replaceAll(/\bNode \d+\.\d+\.\d+\b/g, 'Node 22.22.2')
      .replaceAll(/\badded \d+ packages in [\dms ]+/g, 'added 180 packages in 5s')
  }
}

/** In a sentence, or in a column, which may be wider than the words. */
const justNow = (words: string, gap: string): string =>
  gap.length < 2 ? `just now${gap}` : `${'just now'.padEnd(words.length + gap.length - 2)}  `

/** Where a version came from, in a sentence and in a column, which is as wide as the name is long. */
function withoutHost(text: string): string {
  const column = Math.max('FROM'.length, hostname().length) + 2
  return text
    .replaceAll(`${hostname()}, galley`, 'laptop, galley')
    .replaceAll(hostname().padEnd(column), 'laptop  ')
    .replaceAll('FROM'.padEnd(column), 'FROM    ')
}
