import { type Command, InvalidArgumentError } from 'commander'
import type { Artifact, VersionDiff } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { readPatch } from '../../shared/patch.ts'
import { visible } from '../../shared/text.ts'
import { publisherCommand } from './command.ts'
import { findPage, pageArgument } from './find-page.ts'
import { Output } from './output.ts'
import { type CommonOptions, openSession } from './session.ts'
import { oneLine } from './table.ts'
import type { Terminal } from './terminal.ts'

/** `galley diff`: what changed in a page's source, as `diff -u` writes it. */
export function addDiffCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'diff')
    .description('show what changed from one version of a page to another')
    .argument('<page>', pageArgument)
    .argument('[from]', 'number of a version; without it, the one before the latest', versionNumber)
    .argument('[to]', 'number of a version; without it, the latest', versionNumber)
    .addHelpText(
      'after',
      `
Compared are the sources, as they were published. On a terminal it is coloured, unless NO_COLOR is set; into another
program goes the unified diff itself.

Examples:
  galley diff report.html
  galley diff report.html 3 7
  galley diff report.html 3 | less
  galley diff report.html --json | jq .added`,
    )
    .action((page: string, from: number | undefined, to: number | undefined, options: CommonOptions) =>
      diff(page, { from, to }, options, terminal),
    )
}

async function diff(
  named: string,
  asked: { from: number | undefined; to: number | undefined },
  options: CommonOptions,
  terminal: Terminal,
): Promise<void> {
  const output = new Output(terminal, options)
  const page = await findPage(named, terminal, options)
  const { client } = await openSession(terminal, options, page)
  const artifact = await client.artifact(page.artifactId, terminal.signal)
  const { from, to } = bounds(artifact, asked)
  const diff = await client.diff(page.artifactId, from, to, terminal.signal)
  const isForPerson = terminal.stdout.isTTY === true
  const text = isForPerson ? drawn(diff, !terminal.env.NO_COLOR) : diff.unified.replace(/\n$/, '')
  output.exact(text, diff)
  if (isForPerson && !options.json) output.note(oneLine(`${artifact.icon} ${artifact.title}: ${inWords(diff)}`))
}

/** @throws GalleyError not_found: a first version has none before it */
function bounds({ latest, shown }: Artifact, asked: { from: number | undefined; to: number | undefined }) {
  const to = asked.to ?? latest ?? shown.number
  const from = asked.from ?? to - 1
  if (from > 0) return { from, to }
  throw new GalleyError('not_found', 'This page has one version, and nothing to compare it with.')
}

function inWords({ from, to, unified, added, removed }: VersionDiff): string {
  if (unified === '') return `versions ${from} and ${to} have the same source`
  return `from version ${from} to ${to}, ${added} ${added === 1 ? 'line' : 'lines'} added, ${removed} removed`
}

const colours = { added: 32, removed: 31, head: 36 }
const signs = { added: '+', removed: '-', same: ' ' }

/** Of the sources nothing reaches the terminal but text: they could otherwise move its cursor, or hide what they do. */
function drawn({ from, to, unified }: VersionDiff, coloured: boolean): string {
  const paint = (colour: number, text: string) => (coloured ? `\x1b[${colour}m${text}\x1b[0m` : text)
  const hunks = readPatch(unified)
  if (hunks.length === 0) return ''
  const lines = hunks.flatMap(hunk => [
    paint(colours.head, `@@ line ${hunk.old} → line ${hunk.now} @@`),
    ...hunk.lines.map(({ kind, text, endless }) => {
      const line = `${signs[kind]}${visible(text)}${endless ? ' (no line end)' : ''}`
      return kind === 'same' ? line : paint(colours[kind], line)
    }),
  ])
  return [paint(colours.removed, `--- version ${from}`), paint(colours.added, `+++ version ${to}`), ...lines].join('\n')
}

function versionNumber(text: string): number {
  if (new RegExp(`^[1-9]\\d{0,${limits.versionDigits - 1}}$`).test(text)) return Number(text)
  throw new InvalidArgumentError('Give the number of a version, 1 or more.')
}
