import { type Command, Option } from 'commander'
import type { Published, PublishQuery } from '../../shared/api.ts'
import { UnreachableError } from '../sdk/client.ts'
import { publisherCommand } from './command.ts'
import { Output } from './output.ts'
import { readPage, typeOfName } from './page-file.ts'
import { pageFrom } from './server.ts'
import { type CommonOptions, openSession } from './session.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions, Pick<PublishQuery, 'title' | 'icon' | 'note' | 'description'> {
  type?: keyof typeof typeOfName
  to?: string
}

/** `galley publish`: the page's URL alone on stdout, all that is to be said about it on stderr. */
export function addPublishCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'publish')
    .description('publish a page: one self-contained .html, .htm or .md file')
    .argument('<file>', '- for standard input')
    .option('--to <page>', 'publish a new version of this page (its URL or id)')
    .option('--title <title>', "in place of the page's own")
    .option('--icon <emoji>', 'one emoji, for the tab and the header')
    .option('--description <text>', 'what the page is about')
    .option('--note <text>', 'what is new in this version')
    .addOption(new Option('--type <type>', 'of standard input').choices(Object.keys(typeOfName)))
    .action((file: string, options: Options) => publish(file, options, terminal))
}

async function publish(file: string, { type, to, server, json, ...query }: Options, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, { ...(json !== undefined && { json }) })
  const target = to === undefined ? undefined : pageFrom(to, '--to')
  const { client } = await openSession(terminal, { ...(server !== undefined && { server }) }, target)
  const page = { ...(await readPage(file, type, terminal.stdin)), query }
  const publishing = target ? client.publishVersion(target.artifactId, page) : client.publishNew(page)
  const published = await publishing.catch(withAdvice)
  output.note(notes(file, published))
  if (!target) output.note(`Update it with: ${nextTime(file, type, published.url)}`)
  output.result(published.url, published)
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
  ].join('\n')
}
