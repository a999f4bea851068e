import { basename } from 'node:path'
import type { Published } from '../../shared/api.ts'
import { reportFailure, sentenceOf } from './failure.ts'
import { messageOf } from './message.ts'
import { Output } from './output.ts'
import type { PageFile } from './page-file.ts'
import type { Outcome } from './publisher.ts'
import { retryInWords } from './sending.ts'
import type { CommonOptions } from './session.ts'
import { sizeInWords } from './size.ts'
import type { Terminal } from './terminal.ts'
import { warningLines } from './warnings.ts'

/**
 * What `galley watch` says while it goes on. For a person: on stderr a line with the time for each thing that happens, and the page's
 * URL once on stdout. With `--json`: on stdout a line for each publish, on stderr one for each fault.
 */
export class Diary {
  private readonly file: string
  private readonly json: boolean
  private readonly terminal: Terminal
  private readonly output: Output
  /** Warnings of the version before: those are not said again. */
  private known: ReadonlySet<string> | undefined
  private isAway = false

  /** @param file as the user named it */
  constructor(file: string, { json = false }: CommonOptions, terminal: Terminal) {
    this.file = file
    this.json = json
    this.terminal = terminal
    this.output = new Output(terminal, { json })
  }

  say(line: string): void {
    if (!this.json) this.output.note(`${new Date().toTimeString().slice(0, 8)} ${line}`)
  }

  published({ published, created }: Outcome, page: PageFile): void {
    const isFirst = this.known === undefined
    this.output.result(isFirst ? published.url : '', { ...published, created, file: this.file })
    if (this.isAway) this.say('It gets through again.')
    this.isAway = false
    for (const line of this.linesOf(published, page)) this.say(line)
  }

  /** What was saved is no page. */
  cannot(error: unknown): void {
    if (this.json) reportFailure(error, this.terminal, true)
    else this.say(this.unlessEnding(sentenceOf(error), 'Still watching.'))
  }

  /** @param pause in milliseconds */
  retrying(why: unknown, pause: number): void {
    if (this.known === undefined) this.say(retryInWords(why, pause))
    else if (!this.json) this.away(why)
  }

  /** It does not get through, and from the second publish on it is tried until it does. Said once. */
  away(error: unknown): void {
    if (this.isAway) return
    this.isAway = true
    if (this.json) reportFailure(error, this.terminal, true)
    else this.say(this.unlessEnding(messageOf(error), 'Trying until it gets through.'))
  }

  private unlessEnding(why: string, whatNow: string): string {
    return this.terminal.signal.aborted ? why : `${why} ${whatNow}`
  }

  private linesOf({ version, unchanged, warnings, moreWarnings }: Published, { body }: PageFile): string[] {
    const fresh = warnings.filter(({ message }) => !this.known?.has(message))
    this.known = new Set(warnings.map(({ message }) => message))
    const size = sizeInWords(body.byteLength)
    return [
      unchanged
        ? `Unchanged: this is version ${version} already.`
        : `Published version ${version} (${basename(this.file)}, ${size}).`,
      ...warningLines({ warnings: fresh, moreWarnings: fresh.length > 0 ? moreWarnings : 0 }, this.file),
    ]
  }
}
