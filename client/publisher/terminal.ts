import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { plain } from '../../shared/text.ts'

/** What a command works with in place of the process's own. */
export interface Terminal {
  /** Galley's own version. */
  version: string
  env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  cwd: string
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean }
  /** Aborted by Ctrl-C, and by whatever else asks the process to end. */
  signal: AbortSignal
}

/** Ctrl-C, with what it means for what was being done: exit code 1. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Somebody is there to answer, and sees the question: stdout may be a file all the same. */
export const isInteractive = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true

/**
 * Asks on stderr, since stdout is for what was asked for. Enter alone is a no.
 * @throws InterruptedError on Ctrl-C, and on the end of the input
 */
export function confirm(terminal: Terminal, question: string): Promise<boolean> {
  const { stdin: input, stderr: output, signal } = terminal
  const prompt = createInterface({ input, output })
  return new Promise<boolean>((resolve, reject) => {
    const stop = () => {
      prompt.off('close', stop)
      output.write('\n')
      reject(new InterruptedError('Nothing was done.'))
    }
    prompt.on('SIGINT', stop).on('close', stop)
    signal.addEventListener('abort', stop, { once: true })
    prompt.question(`${plain(question)} (y/N) `, answer => {
      prompt.off('close', stop)
      signal.removeEventListener('abort', stop)
      resolve(/^\s*y(?:es)?\s*$/i.test(answer))
    })
  }).finally(() => prompt.close())
}
