import { type Command, Option } from 'commander'
import { ago } from '../../shared/ago.ts'
import type { Artifact } from '../../shared/api.ts'
import type { GalleryList } from '../../shared/choice.ts'
import { expiryWords } from '../../shared/expiry.ts'
import { collect, type ListOptions, withListOptions } from './collect.ts'
import { publisherCommand } from './command.ts'
import { Output } from './output.ts'
import { openSession } from './session.ts'
import { type Column, roomOf, tabbed, table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends ListOptions {
  shared?: true
  org?: true
}

/** `galley list`: a table for a person; tab-separated, uncut and without headings for another program. */
export function addListCommand(program: Command, terminal: Terminal): void {
  withListOptions(publisherCommand(program, 'list').description('list your pages, the last updated first'))
    .addOption(new Option('--shared', 'what others share with you, or with a group you are in').conflicts('org'))
    .option('--org', 'what everyone in your organisation sees')
    .addHelpText(
      'after',
      `
Into another program goes a line for each page, with a tab between:
address, version, title, who sees it, time of the last update, icon, author.

Examples:
  galley list --limit 5
  galley list --shared
  galley list --all | cut -f1
  galley list --json | jq -r '.[] | select(.audience == "org") | .url'`,
    )
    .action((options: Options) => list(options, terminal))
}

async function list(options: Options, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const scope = options.shared ? 'shared' : options.org ? 'org' : 'mine'
  const { server, client } = await openSession(terminal, options)
  const { items, more } = await collect(options, async place => {
    const { artifacts, nextCursor } = await client.artifacts({ scope, ...place }, terminal.signal)
    return { items: artifacts, nextCursor }
  })
  if (items.length === 0) output.note(nothing[scope](server))
  const isForPerson = terminal.stdout.isTTY === true
  const rows = isForPerson ? table(items, columns(scope, Date.now()), roomOf(terminal)) : tabbed(items.map(fields))
  output.result(rows, items)
  for (const { title, expiresAt } of items) {
    const expiry = expiryWords(expiresAt, Date.now())
    if (expiry !== undefined) output.note(`${expiry}, unless you publish a new version of it: ${title}`)
  }
  const shown = items.length === 1 ? 'This is the one' : `These are the ${items.length}`
  if (more) output.note(`${shown} last updated. For all of them: --all`)
}

const nothing: Readonly<Record<GalleryList, (server: string) => string>> = {
  mine: server => `Nothing of yours is published at ${server}. Begin with: galley publish report.html`,
  shared: server => `Nobody shares a page with you by name at ${server}. What everyone sees: galley list --org`,
  org: server => `No page is shared with everyone at ${server}. To share one of yours: galley share report.html --org`,
}

const columns = (scope: GalleryList, now: number): Column<Artifact>[] => [
  { title: '', cell: page => page.icon },
  { title: 'TITLE', cell: page => page.title, narrow: 'cut' },
  ...(scope === 'mine' ? [] : [{ title: 'BY', cell: byOf, narrow: 'spare' as const }]),
  { title: 'VERSION', cell: versionOf },
  { title: 'UPDATED', cell: page => ago(Date.parse(page.updatedAt), now).words, narrow: 'spare' },
  ...(scope === 'mine' ? [{ title: 'SEEN BY', cell: seenBy, narrow: 'spare' as const }] : []),
  { title: 'ADDRESS', cell: page => page.url },
]

const fields = (page: Artifact): string[] => [
  page.url,
  String(latestOf(page)),
  page.title,
  page.audience,
  page.updatedAt,
  page.icon,
  page.author.email,
]

const byOf = ({ role, author }: Artifact): string => (role === 'owner' ? 'you' : author.name)

function seenBy({ audience, sharedWith }: Artifact): string {
  if (audience === 'private') return 'you'
  if (audience === 'org') return 'everyone'
  const { people = 0, groups = 0 } = sharedWith ?? {}
  const named = [counted(people, 'person', 'people'), counted(groups, 'group', 'groups')]
  return named.filter(Boolean).join(', ') || 'nobody yet'
}

const counted = (count: number, one: string, many: string): string =>
  count === 0 ? '' : `${count} ${count === 1 ? one : many}`

const latestOf = (page: Artifact): number => page.latest ?? page.shown.number

const versionOf = (page: Artifact): string =>
  page.pinned === null ? String(latestOf(page)) : `${latestOf(page)}, shows ${page.pinned}`
