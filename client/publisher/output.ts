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
    const line = this.json ? JSON.stringify(value) : text
    if (line !== '') this.terminal.stdout.write(`${line}\n`)
  }

  /** A line for a person. */
  note(text: string): void {
    this.terminal.stderr.write(`${text}\n`)
  }
}
