import { plain } from '../../shared/text.ts'
import type { Terminal } from './terminal.ts'

/**
 * How a command speaks: on stdout what was asked for and nothing else, so that `$(galley …)` and `| jq` just work; on
 * stderr what a person should know beside it.
 */
export class Output {
  private readonly terminal: Terminal
  private readonly json: boolean

  constructor(terminal: Terminal, { json = false }: { json?: boolean }) {
    this.terminal = terminal
    this.json = json
  }

  /** What was asked for: `text` for people and scripts, empty for nothing; `value` as one line of JSON with `--json`. */
  result(text: string, value: unknown): void {
    this.exact(forTerminal(text), value)
  }

  /** The same, of which no character is changed: coloured by us and plain otherwise, or for another program. */
  exact(text: string, value: unknown): void {
    const line = this.json ? inJson(value) : text
    if (line !== '') this.terminal.stdout.write(`${line}\n`)
  }

  /** A line for a person. */
  note(text: string): void {
    this.terminal.stderr.write(`${forTerminal(text)}\n`)
  }
}

/** Text of pages and servers may be in it, and reaches a terminal as text alone; a line starts where we start one. */
export const forTerminal = (text: string): string => plain(text.replaceAll('\r', ' '))

/** One line of JSON. Of what a terminal obeys, JSON itself escapes C0 alone (RFC 8259 §7). */
export const inJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
