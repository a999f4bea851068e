import { join } from 'node:path'
import { root } from '../repository/sources.ts'

/** The guide to the terminal, whose blocks are what was on a screen. */
export const guidePath = join(root, 'docs/terminal.md')

/** A block of the guide, and the comment before it that says which. */
const block = /(?<=<!-- transcript: (?<name>[\w-]+) -->\n```console\n)[\s\S]*?(?=^```$)/gm

/** @returns by the names of the blocks, what stands in them */
export const transcriptIn = (guide: string): Map<string, string> =>
  new Map([...guide.matchAll(block)].map(match => [match.groups?.name ?? '', match[0]]))

/** @throws Error: a name that only the guide has, or only the run */
export function withTranscript(guide: string, transcript: ReadonlyMap<string, string>): string {
  const names = new Set(transcriptIn(guide).keys())
  const unused = [...transcript.keys()].filter(name => !names.has(name))
  if (unused.length > 0) throw new Error(`docs/terminal.md has no block for: ${unused.join(', ')}`)
  return guide.replaceAll(block, (_, name: string) => {
    const text = transcript.get(name)
    if (text === undefined) throw new Error(`The run has nothing for this block of docs/terminal.md: ${name}`)
    return text
  })
}
