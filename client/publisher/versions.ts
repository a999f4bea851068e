import type { Command } from 'commander'
import { ago } from '../../shared/ago.ts'
import type { Artifact, Version } from '../../shared/api.ts'
import { shortCommit } from '../../shared/text.ts'
import { collect, type ListOptions, withListOptions } from './collect.ts'
import { publisherCommand } from './command.ts'
import { findPage, pageArgument } from './find-page.ts'
import { Output } from './output.ts'
import { openSession } from './session.ts'
import { sizeInWords } from './size.ts'
import { type Column, oneLine, roomOf, tabbed, table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** A version, and whether it is the one that those see who may look. */
type Row = Version & { shared: boolean }

/** `galley versions`: the history of a page, as `galley list` prints a list. */
export function addVersionsCommand(program: Command, terminal: Terminal): void {
  withListOptions(publisherCommand(program, 'versions').description('show the history of a page, the newest first'))
    .argument('<page>', pageArgument)
    .addHelpText(
      'after',
      `
Into another program goes a line for each version, with a tab between:
number, "shared" or nothing, time, who, bytes of the page, note, host, tool, git commit.

Examples:
  galley versions report.html
  galley versions report.html --json | jq '.[0].provenance'`,
    )
    .action((page: string, options: ListOptions) => versions(page, options, terminal))
}

async function versions(named: string, options: ListOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const page = await findPage(named, terminal, options)
  const { client } = await openSession(terminal, options, page)
  const artifact = await client.artifact(page.artifactId, terminal.signal)
  const { items, more } = await collect(options, async place => {
    const { versions, nextCursor } = await client.versions(page.artifactId, place, terminal.signal)
    return { items: versions, nextCursor }
  })
  // What is shown to a publisher is the latest, pinned or not.
  const shared = artifact.pinned ?? artifact.shown.number
  const rows = items.map(version => ({ ...version, shared: version.number === shared }))
  const isForPerson = terminal.stdout.isTTY === true
  if (isForPerson && !options.json) output.note(oneLine(`${artifact.icon} ${artifact.title} · ${artifact.url}`))
  const text = isForPerson ? table(rows, columns(artifact, Date.now()), roomOf(terminal)) : tabbed(rows.map(fields))
  output.result(text, rows)
  const shown = rows.length === 1 ? 'This is the' : `These are the ${rows.length}`
  if (more) output.note(`${shown} newest. For all of them: --all`)
}

const columns = ({ pinned }: Artifact, now: number): Column<Row>[] => [
  { title: 'VERSION', cell: row => `${row.number}${row.shared ? (pinned === null ? ', shown' : ', pinned') : ''}` },
  { title: 'PUBLISHED', cell: row => ago(Date.parse(row.createdAt), now).words },
  { title: 'BY', cell: row => row.author.name },
  { title: 'SIZE', cell: row => sizeInWords(row.size) },
  { title: 'NOTE', cell: row => row.note ?? '', narrow: 'cut' },
  { title: 'FROM', cell: ({ provenance }) => provenance?.host ?? '', narrow: 'spare' },
  { title: 'COMMIT', cell: ({ provenance }) => shortCommit(provenance?.commit ?? ''), narrow: 'spare' },
  { title: 'WITH', cell: ({ provenance }) => provenance?.tool ?? '', narrow: 'spare' },
]

const fields = ({ number, shared, createdAt, author, size, note, provenance }: Row): string[] => [
  String(number),
  shared ? 'shared' : '',
  createdAt,
  author.email,
  String(size),
  note ?? '',
  provenance?.host ?? '',
  provenance?.tool ?? '',
  provenance?.commit ?? '',
]
