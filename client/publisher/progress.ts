import { limits, MiB } from '../../shared/limits.ts'
import type { Terminal } from './terminal.ts'

/** How far an upload is: one line of a terminal, from when it has lasted a while until it ends. Elsewhere, nothing. */
export class Progress {
  private readonly out: Terminal['stderr']
  private readonly size: number
  private readonly begun = Date.now()
  private sent = 0
  private line = ''

  /** @param size in bytes */
  constructor(out: Terminal['stderr'], size: number) {
    this.out = out
    this.size = size
  }

  get isWhole(): boolean {
    return this.sent === this.size
  }

  at(sent: number): void {
    this.sent = sent
    if (!this.out.isTTY || Date.now() - this.begun < limits.progressAfter) return
    const line = `Uploading ${mebibytes(sent)} of ${mebibytes(this.size)} MiB`
    if (line !== this.line) this.out.write(`${eraseLine}${line}`)
    this.line = line
  }

  end(): void {
    if (this.line !== '') this.out.write(eraseLine)
    this.line = ''
  }
}

/** ECMA-48: to the first column, and erase to the end of the line. */
const eraseLine = '\r\x1b[K'

const mebibytes = (bytes: number): string => (bytes / MiB).toFixed(1).replace(/\.0$/, '')
