import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Real terminals, side by side in a tmux of their own: what is typed is typed, what is read is what a person sees. */
export interface Tmux {
  /** A shell in a terminal of its own. */
  open(terminal: Opening): Promise<Pane>
  /** Ends every shell, and what runs in it. */
  close(): Promise<void>
}

interface Opening {
  cwd: string
  env: Readonly<Record<string, string>>
  /** What the shell says when it waits for a command. */
  prompt: string
}

/** Each answers all that the terminal shows from the last command on, with its line. */
export interface Pane {
  /** Types a command, and waits until the shell asks for the next. @param ms in place of a moment */
  run(command: string, ms?: number): Promise<string>
  /** Types a command that goes on, and waits for what it shows. */
  start(command: string, until: RegExp): Promise<string>
  /** Types an answer to what a command asks. */
  answer(text: string): Promise<void>
  shows(pattern: RegExp): Promise<string>
  /** Waits until the shell asks again. */
  ended(): Promise<string>
  interrupt(): Promise<void>
}

/** Wide enough that nothing is cut or folded, whatever this machine is called. */
const columns = 160
const rows = 50
/** How long a slow machine may take for what takes a moment. Milliseconds. */
const patience = 90_000

/** @param folder for tmux's socket and settings */
export async function startTmux(folder: string): Promise<Tmux> {
  const settings = join(folder, 'tmux.conf')
  await writeFile(settings, 'set -g history-limit 20000\n')
  const tmux = async (PATH: string, ...args: string[]) => {
    const env = { PATH, TMUX_TMPDIR: folder, LANG: 'C.UTF-8' }
    return (await exec('tmux', ['-f', settings, ...args], { env })).stdout
  }
  const { PATH: ownPath = '' } = process.env
  let opened = 0
  return {
    async open({ cwd, env: { PATH = ownPath, ...env }, prompt }) {
      const name = `t${opened++}`
      const size = ['-x', String(columns), '-y', String(rows)]
      const variables = Object.entries({ ...env, PS1: `${prompt} ` }).flatMap(each => ['-e', each.join('=')])
      const shell = ['bash', '--noprofile', '--norc']
      // The one variable that -e cannot set: it is that of whoever asks tmux.
      await tmux(PATH, 'new-session', '-d', '-s', name, '-c', cwd, ...size, ...variables, ...shell)
      return openPane((command, ...args) => tmux(PATH, command, '-t', name, ...args), prompt)
    },
    close: async () => {
      await tmux(ownPath, 'kill-server')
    },
  }
}

type Send = (command: string, ...args: string[]) => Promise<string>

async function openPane(tmux: Send, prompt: string): Promise<Pane> {
  /** Line of the screen, counted from the first ever, where the last command stands. */
  let from = 0
  const lines = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-')).trimEnd().split('\n')
  const since = async () =>
    (await lines())
      .slice(from)
      .map(line => line.trimEnd())
      .join('\n')
  // What ends by itself on Ctrl-C leaves the cursor where it is.
  const asks = async () => [prompt, `^C${prompt}`].includes((await lines()).at(-1)?.trimEnd() ?? '')

  async function until(look: () => Promise<boolean>, what: string, ms = patience): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; await wait(30)) {
      if (await look()) return
    }
    throw new Error(`${what} did not come. The terminal shows:\n${await since()}`)
  }
  async function shows(pattern: RegExp) {
    await until(async () => pattern.test(await since()) || asks(), String(pattern))
    const text = await since()
    if (pattern.test(text)) return text
    throw new Error(`Ended, without ${pattern}:\n${text}`)
  }
  const write = async (text: string) => {
    await tmux('send-keys', '-l', '--', text)
    // Were it run before it is seen, the shell that still waits would be taken for one that waits again.
    await until(async () => (await since()).endsWith(text), `“${text}”`)
    await tmux('send-keys', 'Enter')
  }
  async function type(command: string) {
    await until(asks, 'The prompt')
    from = (await lines()).length - 1
    await write(command)
  }
  async function ended(ms?: number) {
    await until(asks, 'The prompt', ms)
    return (await since()).slice(0, -prompt.length).trimEnd()
  }
  return {
    async run(command, ms) {
      await type(command)
      return ended(ms)
    },
    async start(command, pattern) {
      await type(command)
      return shows(pattern)
    },
    answer: write,
    shows,
    ended: () => ended(),
    interrupt: async () => {
      await tmux('send-keys', 'C-c')
    },
  }
}
