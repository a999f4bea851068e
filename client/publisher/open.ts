import type { Command } from 'commander'
import { pageUrl } from '../sdk/client.ts'
import { openBrowser } from './browser.ts'
import { publisherCommand } from './command.ts'
import { findPage, pageArgument } from './find-page.ts'
import { Memory } from './memory.ts'
import { Output } from './output.ts'
import { type CommonOptions, openSession, serverOf } from './session.ts'
import { readSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** `galley open`: the page in the browser, and its address on stdout, for where there is none. */
export function addOpenCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'open')
    .description('open a page in the browser')
    .argument('[page]', `${pageArgument} (default: the one you published last)`)
    .addHelpText(
      'after',
      `
GALLEY_AUTO_OPEN=0 is about the first publish of a page; this opens all the same.

Examples:
  galley open
  galley open report.html`,
    )
    .action((page: string | undefined, options: CommonOptions) => open(page, options, terminal))
}

async function open(named: string | undefined, options: CommonOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const url = named === undefined ? await newest(options, terminal) : await addressOf(named, options, terminal)
  const opened = await openBrowser(terminal, url)
  output.note(opened ? 'Opened in the browser.' : 'No browser could be opened here. This is the address of the page:')
  output.result(url, { url, opened })
}

async function addressOf(named: string, options: CommonOptions, terminal: Terminal): Promise<string> {
  const page = await findPage(named, terminal, options)
  return pageUrl(page.server ?? serverOf(await readSettings(terminal, options.server)), page.artifactId)
}

/** The one that was published last: from here, else, as far as the server knows, from anywhere. */
async function newest(options: CommonOptions, terminal: Terminal): Promise<string> {
  const { server: named } = await readSettings(terminal, options.server)
  const remembered = await new Memory(terminal.env).all()
  const last = remembered.find(page => named?.from !== 'flag' || page.server === named.url)
  if (last) return pageUrl(last.server, last.artifactId)
  const { server, client } = await openSession(terminal, options)
  const { artifacts } = await client.artifacts({ scope: 'mine', limit: 1 }, terminal.signal)
  if (artifacts[0]) return artifacts[0].url
  throw new Error(`Nothing of yours is published at ${server}. Begin with: galley publish report.html`)
}
