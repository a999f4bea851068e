import { type Command, Option } from 'commander'
import { openBrowser } from './browser.ts'
import { publisherCommand } from './command.ts'
import { planInWords, planOf } from './dry-run.ts'
import { orKeptLocally } from './local-file.ts'
import { Output } from './output.ts'
import { type PageFile, readPage, typeOfName } from './page-file.ts'
import type { MakePreview } from './preview.ts'
import { type PublishOptions, withPublishOptions } from './publish-options.ts'
import { type Outcome, Publisher } from './publisher.ts'
import { retryInWords } from './sending.ts'
import type { Terminal } from './terminal.ts'
import { warningLines } from './warnings.ts'

interface Options extends PublishOptions {
  type?: keyof typeof typeOfName
  dryRun?: boolean
}

/** `galley publish`: the page's URL alone on stdout, all that is to be said about it on stderr. */
export function addPublishCommand(program: Command, terminal: Terminal, preview: MakePreview): void {
  withPublishOptions(publisherCommand(program, 'publish'))
    .description('publish a page: one self-contained .html, .htm or .md file')
    .argument('<file>', '- for standard input')
    .addOption(new Option('--type <type>', 'of standard input').choices(Object.keys(typeOfName)))
    .option('--dry-run', 'say what would be published, to where and for whom, and publish nothing')
    .addHelpText('after', help)
    .action((file: string, options: Options) => publish(file, options, terminal, preview))
}

const help = `
The first time, a file becomes a new page, private to you. From then on it is the next version of that page: everyone
who has the page open sees it at once.

Examples:
  galley publish report.html
  galley publish report.html --note "Numbers of May"
  galley publish report.html --to https://galley.example.com/a/…
  generate | galley publish - --type md --yes --title Report
  url=$(galley publish report.html --yes)

Exit codes: 0 it is published · 1 it is not, and stderr says why · 2 wrong usage, or nobody there to be asked.
When the server cannot be reached or takes no pages, the page is written to a local file, report.galley.html.`

async function publish(
  file: string,
  { type, dryRun, ...options }: Options,
  terminal: Terminal,
  preview: MakePreview,
): Promise<void> {
  const output = new Output(terminal, options)
  const note = (text: string) => {
    if (!options.json) output.note(text)
  }
  const noteRetry = (why: unknown, pause: number) => note(retryInWords(why, pause))
  const open = () => Publisher.open({ terminal, preview, file, options, note, noteRetry })
  // Standard input can be read once.
  let page: Promise<PageFile> | undefined
  const read = () => {
    page ??= readPage(terminal, file, type)
    return page
  }
  if (dryRun) {
    const publisher = await open()
    const plan = await planOf(publisher, await read(), await preview(await read(), ''))
    return output.result(planInWords(plan, file), plan)
  }
  await orKeptLocally({ terminal, file, read, title: options.title, preview }, async () => {
    const publisher = await open()
    const outcome = await publisher.publish(await read())
    note(notes(file, type, outcome))
    const { published, created } = outcome
    output.result(published.url, { ...published, created, ...(file !== '-' && { file }) })
    if (created) await openBrowser(terminal, published.url, publisher.session.settings)
  })
}

function notes(file: string, type: Options['type'], { published, created, remembered }: Outcome): string {
  const { version, unchanged, url } = published
  return [
    unchanged ? `Unchanged: this is version ${version} already.` : `Published version ${version}.`,
    ...warningLines(published, file),
    ...(created && remembered
      ? [`Update it with: galley publish ${file === '-' ? `- --type ${type} --to ${url}` : inShell(file)}`]
      : []),
  ].join('\n')
}

/** A word to be pasted into a shell. */
const inShell = (word: string): string => (/^[\w./+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
