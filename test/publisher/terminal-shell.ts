import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../galley-process.ts'

const galley = [process.execPath, program]

export interface Ended {
  /** 128 and the signal's number, as a shell says it, when a signal ended it. */
  code: number
  stdout: string
  stderr: string
}

/** The real command, in a process of its own. */
export interface Running {
  /** What it has said so far on stderr, and on stdout if that is not kept apart. */
  readonly said: string
  /** On stdout so far, if that is no file. */
  readonly printed: string
  /** Resolves once it has said it; fails the test when it ends without. */
  until(words: RegExp): Promise<void>
  untilPrinted(words: RegExp): Promise<void>
  /** Resolves when it was taken: of a pipe, what is longer than the system keeps only when it is read. */
  type(text: string): Promise<void>
  /** Ctrl-C. */
  interrupt(): void
  kill(): void
  readonly ended: Promise<Ended>
}

export interface Start {
  cwd: string
  env: Readonly<Record<string, string>>
  /** All of standard input, which ends there; absent, it stays open and empty. */
  stdin?: string
  /** On a terminal, as `url=$(galley …)` is: what is typed and what is said there, and stdout elsewhere. */
  terminal?: boolean
  /** A shell that the command runs in: its last arguments are the command. */
  within?: readonly string[]
}

export function start(args: readonly string[], how: Start): Running {
  const folder = mkdtempSync(join(tmpdir(), 'galley-test-'))
  const stdoutPath = join(folder, 'stdout')
  const line = [...(how.within ?? []), ...galley, ...args]
  const [program = '', ...rest] = how.terminal ? onTerminal(line, stdoutPath) : line
  const child = spawn(program, rest, {
    cwd: how.cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm', GALLEY_AUTO_OPEN: '0', ...how.env },
    // A process group of its own: that is whom a terminal sends its signals.
    detached: true,
  })
  let stdout = ''
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    if (how.terminal) said += String(text).replaceAll(terminalOnly, '')
    else stdout += String(text)
  })
  child.stderr.on('data', (text: Buffer) => {
    said += String(text)
  })
  // It may have ended before it read everything.
  child.stdin.on('error', () => {})
  if (how.stdin !== undefined) child.stdin.end(how.stdin)
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    const result = { code: code ?? 128 + constants.signals[signal as NodeJS.Signals], stdout, stderr: said }
    if (how.terminal) result.stdout = readFileSync(stdoutPath, 'utf8')
    rmSync(folder, { recursive: true })
    return result
  })
  const signal = (name: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name)
  }
  const until = async (words: RegExp, text: () => string) => {
    while (!words.test(text())) {
      const over = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended])
      if (!Array.isArray(over) && !words.test(text())) throw new Error(`It ended (${over.code}) and said: ${said}`)
    }
  }
  return {
    get said() {
      return said
    },
    get printed() {
      return stdout
    },
    until: words => until(words, () => said),
    untilPrinted: words => until(words, () => stdout),
    type: text => new Promise(resolve => child.stdin.write(text, () => resolve())),
    // The terminal itself makes the signal, or hands the key on where a question is asked.
    interrupt: () => void (how.terminal ? child.stdin.write('\x03') : signal('SIGINT')),
    kill: () => void signal('SIGKILL'),
    ended,
  }
}

export const run = (args: readonly string[], how: Start): Promise<Ended> => start(args, how).ended

const onTerminal = (line: readonly string[], stdoutPath: string): string[] => [
  'script',
  '--quiet',
  '--return',
  '--command',
  // Without a shell of its own, which would die of Ctrl-C beside it.
  `exec ${line.map(quoted).join(' ')} > ${quoted(stdoutPath)}`,
  '/dev/null',
]

/** How a terminal is told to move and to colour (ECMA-48), and how it ends a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is made of them
const terminalOnly = /\x1b\[[\d;]*[A-Za-z]|\r/g

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
