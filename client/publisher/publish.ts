import type { Readable, Writable } from 'node:stream'
import { type Command, Option } from 'commander'
import type { Published, PublishQuery } from '../../shared/api.ts'
import { GalleyClient, UnreachableError } from '../sdk/client.ts'
import { readPage, typeOfName } from './page-file.ts'
import { artifactIdFrom, serverFrom } from './target.ts'

/** What a command works with in place of the process's own. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>
  stdin: Readable
  stdout: Writable
  stderr: Writable
}

interface Options extends Pick<PublishQuery, 'title' | 'icon' | 'note' | 'description'> {
  type?: keyof typeof typeOfName
  to?: string
}

/** `galley publish`: the page's URL alone on stdout, all that is to be said about it on stderr. */
export function addPublishCommand(program: Command, terminal: Terminal = process): void {
  program
    .command('publish')
    .description('publish a page: one self-contained .html, .htm or .md file')
    .argument('<file>', '- for standard input')
    .option('--to <page>', 'publish a new version of this page (its URL or id)')
    .option('--title <title>', "in place of the page's own")
    .option('--icon <emoji>', 'one emoji, for the tab and the header')
    .option('--description <text>', 'what the page is about')
    .option('--note <text>', 'what is new in this version')
    .addOption(new Option('--type <type>', 'of standard input').choices(Object.keys(typeOfName)))
    .addHelpText('after', '\nGALLEY_URL says where to publish, GALLEY_TOKEN as whom ("galley token create").')
    .action((file: string, options: Options) => publish(file, options, terminal))
}

async function publish(file: string, { type, to, ...query }: Options, terminal: Terminal): Promise<void> {
  const server = serverFrom(terminal.env)
  const artifactId = to === undefined ? undefined : artifactIdFrom(to, server)
  const page = { ...(await readPage(file, type, terminal.stdin)), query }
  const client = new GalleyClient(server.url, server.token)
  const publishing = artifactId ? client.publishVersion(artifactId, page) : client.publishNew(page)
  const published = await publishing.catch(withAdvice)
  terminal.stderr.write(notes(file, published))
  if (!artifactId) terminal.stderr.write(`Update it with: ${nextTime(file, type, published.url)}\n`)
  terminal.stdout.write(`${published.url}\n`)
}

function withAdvice(error: unknown): never {
  if (!(error instanceof UnreachableError)) throw error
  throw new Error(`${error.message} Is it running, and is GALLEY_URL right?`, { cause: error })
}

/** The command that publishes the next version, to be pasted into a shell. */
function nextTime(file: string, type: Options['type'], url: string): string {
  const word = /^[\w./+-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
  return `galley publish ${word}${type ? ` --type ${type}` : ''} --to ${url}`
}

function notes(file: string, { version, unchanged, warnings, moreWarnings }: Published): string {
  const name = file === '-' ? 'standard input' : file
  return [
    unchanged ? `Unchanged: this is version ${version} already.` : `Published version ${version}.`,
    ...warnings.map(({ line, message }) => `${name}:${line}: ${message}`),
    ...(moreWarnings > 0 ? [`… and ${moreWarnings} more like these.`] : []),
    '',
  ].join('\n')
}
