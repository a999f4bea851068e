import { type Command, InvalidArgumentError, Option } from 'commander'
import type { GrantedRole, Sharing, SharingUpdate } from '../../shared/api.ts'
import { ApiError, type GalleyClient } from '../sdk/client.ts'
import { publisherCommand } from './command.ts'
import { findPage, pageArgument } from './find-page.ts'
import { Output } from './output.ts'
import { type CommonOptions, openSession } from './session.ts'
import { sharingInWords } from './sharing-in-words.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

interface Options extends CommonOptions {
  org?: true
  people?: true
  private?: true
  with: string[]
  editor: string[]
  group: string[]
  editorGroup: string[]
  remove: string[]
  allow: string[]
  decline: string[]
  pin?: number
  follow?: true
}

/** `galley share`: who may look, and which version they see. Without options it says how that is. */
export function addShareCommand(program: Command, terminal: Terminal): void {
  const several = (flags: string, description: string) =>
    new Option(flags, description).argParser((one: string, others: string[]) => [...others, one]).default([], 'none')
  publisherCommand(program, 'share')
    .description('say who may look at a page, and which version they see')
    .argument('<page>', pageArgument)
    .addOption(new Option('--org', 'everyone in your organisation').conflicts(['people', 'private']))
    .addOption(new Option('--people', 'only those you name').conflicts(['org', 'private']))
    .addOption(new Option('--private', 'only you; who was named is kept for later').conflicts(['org', 'people']))
    .addOption(several('--with <email>', 'this person may look; again for another'))
    .addOption(several('--editor <email>', 'this person may publish as well'))
    .addOption(several('--group <name>', 'everyone in this group may look'))
    .addOption(several('--editor-group <name>', 'everyone in this group may publish as well'))
    .addOption(several('--remove <email or group>', 'not this person or group any more'))
    .addOption(several('--allow <email>', 'let in somebody who asks'))
    .addOption(several('--decline <email>', 'answer no to somebody who asks'))
    .addOption(new Option('--pin <version>', 'viewers see this version').argParser(versionNumber).conflicts('follow'))
    .addOption(new Option('--follow', 'viewers always see the latest version').conflicts('pin'))
    .addHelpText(
      'after',
      `
Sharing stops at your organisation. Somebody who has not signed in yet is let in once they do.

Examples:
  galley share report.html                               how it is shared now
  galley share report.html --org
  galley share report.html --with ada@example.com --editor ben@example.com
  galley share report.html --pin 2                       viewers stay on version 2
  galley share report.html --private`,
    )
    .action((page: string, options: Options) => share(page, options, terminal))
}

async function share(named: string, options: Options, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const page = await findPage(named, terminal, options)
  const { client } = await openSession(terminal, options, page)
  const { signal } = terminal
  await answerRequests(client, page.artifactId, options, signal)
  const sharing = changesAny(options)
    ? await update(client, page.artifactId, options, signal)
    : (await client.sharing(page.artifactId, signal)).sharing
  const { url } = await client.artifact(page.artifactId, signal)
  output.note(sharingInWords(sharing, url))
  output.result(url, { url, ...sharing })
}

const changesAny = (options: Options): boolean =>
  Boolean(options.org ?? options.people ?? options.private ?? options.pin ?? options.follow) ||
  [options.with, options.editor, options.group, options.editorGroup, options.remove].some(list => list.length > 0)

/** What somebody else changed meanwhile is read again, and stays. */
async function update(
  client: GalleyClient,
  artifactId: string,
  options: Options,
  signal: AbortSignal,
): Promise<Sharing> {
  for (;;) {
    const { sharing, tag } = await client.sharing(artifactId, signal)
    try {
      return await client.share(artifactId, changed(sharing, options), { ifMatch: tag, signal })
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== 'version_conflict') throw error
    }
  }
}

/**
 * What is to be, from what is. Naming somebody opens a private page to those who are named.
 * @throws UsageError: somebody is to be taken out who is not in
 */
function changed(sharing: Sharing, options: Options): SharingUpdate {
  const people = new Map(sharing.people.map(({ email, role }) => [email.toLowerCase(), role]))
  const groups = new Map(sharing.groups.map(({ name, role }) => [name, role]))
  for (const one of options.remove) {
    if (!people.delete(one.toLowerCase()) && !groups.delete(one)) {
      throw new UsageError(`${one} is neither a person nor a group that this page is shared with.`)
    }
  }
  const name = (list: readonly string[], into: Map<string, GrantedRole>, role: GrantedRole): void => {
    for (const one of list) into.set(one, role)
  }
  name(options.with.map(lower), people, 'viewer')
  name(options.editor.map(lower), people, 'editor')
  name(options.group, groups, 'viewer')
  name(options.editorGroup, groups, 'editor')
  return {
    audience: audienceAfter(sharing, options),
    people: [...people].map(([email, role]) => ({ email, role })),
    groups: [...groups].map(([name, role]) => ({ name, role })),
    version: options.follow ? 'latest' : (options.pin ?? sharing.version),
  }
}

const lower = (email: string): string => email.toLowerCase()

function audienceAfter({ audience }: Sharing, options: Options): Sharing['audience'] {
  if (options.private) return 'private'
  if (options.org) return 'org'
  const names = [options.with, options.editor, options.group, options.editorGroup].some(list => list.length > 0)
  return options.people || (names && audience === 'private') ? 'people' : audience
}

async function answerRequests(
  client: GalleyClient,
  artifactId: string,
  { allow, decline }: Options,
  signal: AbortSignal,
): Promise<void> {
  if (allow.length + decline.length === 0) return
  const { requests } = (await client.sharing(artifactId, signal)).sharing
  for (const [emails, role] of [
    [allow, 'viewer'],
    [decline, null],
  ] as const) {
    for (const email of emails) {
      const request = requests.find(asking => lower(asking.email) === lower(email))
      if (!request) throw new UsageError(`${email} does not ask to be let in.`)
      await client.answerAccessRequest(artifactId, request.memberId, role, signal)
    }
  }
}

function versionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give the number of a version, as "galley versions" lists them.')
}
