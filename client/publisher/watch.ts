import { resolve } from 'node:path'
import type { Command } from 'commander'
import { limits } from '../../shared/limits.ts'
import { openBrowser } from './browser.ts'
import { publisherCommand } from './command.ts'
import { Diary } from './diary.ts'
import { FollowedFile } from './follow.ts'
import { orKeptLocally } from './local-file.ts'
import { type PageFile, readPage } from './page-file.ts'
import type { MakePreview } from './preview.ts'
import { type PublishOptions, withPublishOptions } from './publish-options.ts'
import { Publisher } from './publisher.ts'
import { republish } from './republish.ts'
import { InterruptedError, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** `galley watch`: the page's URL on stdout once, or with `--json` a line for each publish; all it does on stderr. */
export function addWatchCommand(program: Command, terminal: Terminal, preview: MakePreview): void {
  withPublishOptions(publisherCommand(program, 'watch'))
    .description('publish a page, and again on each save, until Ctrl-C')
    .argument('<file>', 'an .html, .htm or .md file')
    .addHelpText(
      'after',
      `
It begins with a publish, as galley publish does it. Saves that come while one is on its way are published as one, the
newest. A file counts as saved once it has stood still for a fifth of a second: what writes more slowly should write
elsewhere, and rename. A server out of reach is tried until it is back, and so is one on which publishing is switched
off; a conflict, or a token that has ended, ends it.

Examples:
  galley watch report.html
  galley watch notes.md --to https://galley.example.com/a/cart_…
  galley watch build/report.html --yes --json`,
    )
    .action((file: string, options: PublishOptions) => watch(file, options, terminal, preview))
}

async function watch(file: string, options: PublishOptions, terminal: Terminal, preview: MakePreview): Promise<void> {
  if (file === '-') throw new UsageError('Standard input cannot be watched: name a file.')
  const diary = new Diary(file, options, terminal)
  const patience = new Patience(terminal.signal)
  const followed = new FollowedFile(resolve(terminal.cwd, file))
  const read = () => readPage(terminal, file)
  const publishWith = async (publisher: Publisher, page: PageFile) => {
    const outcome = await publisher.publish(page)
    diary.published(outcome, page)
    return outcome
  }
  const { publisher, url } = await orKeptLocally({ terminal, file, read, title: options.title, preview }, async () => {
    const publisher = await Publisher.open({
      terminal: { ...terminal, signal: patience.signal },
      preview,
      file,
      options,
      note: line => diary.say(line),
      noteRetry: (why, pause) => diary.retrying(why, pause),
    })
    await followed.mark()
    const { published, created } = await publishWith(publisher, await read())
    if (created) await openBrowser(terminal, published.url, publisher.session.settings)
    return { publisher, url: published.url }
  })
  diary.say(`Watching ${file}. Ctrl-C ends it.`)
  patience.begin()
  const isKept = await republish({
    file: followed,
    read,
    async publish(page) {
      const hurry = () => diary.say('Ending once this publish is through. Ctrl-C again ends it now.')
      if (terminal.signal.aborted) hurry()
      else terminal.signal.addEventListener('abort', hurry)
      await publishWith(publisher, page).finally(() => terminal.signal.removeEventListener('abort', hurry))
    },
    cannot: error => diary.cannot(error),
    waiting: error => diary.away(error),
    signal: terminal.signal,
    over: patience.signal,
  })
  if (!isKept) throw new InterruptedError(`Stopped. What was saved last is not published; the page is ${url}`)
  diary.say(`Stopped. The page stays at ${url}`)
}

/** Ends publishes when the user wants to end: at once, and from `begin` on only those that do not end soon by themselves. */
class Patience {
  private readonly over = new AbortController()
  private grace = 0

  /** @param asked aborts when the user wants to end */
  constructor(asked: AbortSignal) {
    const end = () => this.over.abort(asked.reason)
    const wait = () => void setTimeout(end, this.grace).unref()
    if (asked.aborted) end()
    else asked.addEventListener('abort', () => (this.grace === 0 ? end() : wait()), { once: true })
  }

  get signal(): AbortSignal {
    return this.over.signal
  }

  begin(): void {
    this.grace = limits.lastPublish
  }
}
