import { limits } from '../../shared/limits.ts'
import { sizeInWords } from './size.ts'
import type { Terminal } from './terminal.ts'

/** How far an upload is: one line of a terminal, from when it has lasted a while until it ends. Elsewhere, nothing. */
export class Progress {
  private readonly out: Terminal['stderr']
  private readonly size: number
  private readonly delay: NodeJS.Timeout
  private isShown = false
  private sent = 0
  private line = ''

  /** @param size in bytes */
  constructor(out: Terminal['stderr'], size: number) {
    this.out = out
    this.size = size
    this.delay = setTimeout(() => {
      this.isShown = out.isTTY === true
      this.draw()
    }, limits.progressAfter)
  }

  /** All of it has gone out. Of nothing, nobody knows; and nothing is no page. */
  get isWhole(): boolean {
    return this.sent > 0 && this.sent === this.size
  }

  at(sent: number): void {
    this.sent = sent
    this.draw()
  }

  end(): void {
    clearTimeout(this.delay)
    this.isShown = false
    if (this.line !== '') this.out.write(eraseLine)
  }

  private draw(): void {
    if (!this.isShown) return
    const line = this.isWhole
      ? 'Waiting for the answer …'
      : `Uploading ${sizeInWords(this.sent)} of ${sizeInWords(this.size)}`
    if (line !== this.line) this.out.write(`${eraseLine}${line}`)
    this.line = line
  }
}

/** To the first column, and erase to the end of the line (ECMA-48). */
const eraseLine = '\r\u001b[K'
