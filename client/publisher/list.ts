import type { Command } from 'commander'
import { ago } from '../../shared/ago.ts'
import type { Artifact, Audience } from '../../shared/api.ts'
import { collect, type ListOptions, withListOptions } from './collect.ts'
import { publisherCommand } from './command.ts'
import { Output } from './output.ts'
import { openSession } from './session.ts'
import { type Column, roomOf, tabbed, table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** `galley list`: a table for a person; tab-separated, uncut and without headings for another program. */
export function addListCommand(program: Command, terminal: Terminal): void {
  withListOptions(publisherCommand(program, 'list').description('list your pages, the last updated first'))
    .addHelpText(
      'after',
      `
Into another program goes a line for each page, with a tab between:
address, version, title, who sees it, time of the last update, icon.

Examples:
  galley list --limit 5
  galley list --all | cut -f1
  galley list --json | jq -r '.[] | select(.audience == "org") | .url'`,
    )
    .action((options: ListOptions) => list(options, terminal))
}

async function list(options: ListOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const { server, client } = await openSession(terminal, options)
  const { items, more } = await collect(options, async place => {
    const { artifacts, nextCursor } = await client.artifacts({ scope: 'mine', ...place }, terminal.signal)
    return { items: artifacts, nextCursor }
  })
  if (items.length === 0) {
    output.note(`Nothing of yours is published at ${server}. Begin with: galley publish report.html`)
  }
  const isForPerson = terminal.stdout.isTTY === true
  output.result(isForPerson ? table(items, columns(Date.now()), roomOf(terminal)) : tabbed(items.map(fields)), items)
  const shown = items.length === 1 ? 'This is the one' : `These are the ${items.length}`
  if (more) output.note(`${shown} last updated. For all of them: --all`)
}

const columns = (now: number): Column<Artifact>[] => [
  { title: '', cell: page => page.icon },
  { title: 'TITLE', cell: page => page.title, narrow: 'cut' },
  { title: 'VERSION', cell: versionOf },
  { title: 'UPDATED', cell: page => ago(Date.parse(page.updatedAt), now).words, narrow: 'spare' },
  { title: 'SEEN BY', cell: page => seenBy[page.audience], narrow: 'spare' },
  { title: 'ADDRESS', cell: page => page.url },
]

const fields = (page: Artifact): string[] => [
  page.url,
  String(latestOf(page)),
  page.title,
  page.audience,
  page.updatedAt,
  page.icon,
]

const seenBy: Readonly<Record<Audience, string>> = { private: 'you', people: 'some people', org: 'everyone' }

const latestOf = (page: Artifact): number => page.latest ?? page.shown.number

const versionOf = (page: Artifact): string =>
  page.pinned === null ? String(latestOf(page)) : `${latestOf(page)}, shows ${page.pinned}`
