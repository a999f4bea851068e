import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { preview } from '../../bin/preview.ts'
import { addPublisherCommands } from '../../client/publisher/commands.ts'
import { addDoctorCommand } from '../../client/publisher/doctor.ts'
import { reportFailure } from '../../client/publisher/failure.ts'

export interface Said {
  stdout: string
  stderr: string
  code: number
}

/** How a command is run: as on a terminal this wide when `columns` are given, else as in a script. */
export interface Circumstances {
  env?: Record<string, string>
  cwd?: string
  columns?: number
  /** What is typed, all at once. */
  typed?: string
  signal?: AbortSignal
}

/** A publisher's command as `bin/galley.ts` has it, on streams of the test's own. */
export async function galley(args: string[], circumstances: Circumstances = {}): Promise<Said> {
  const { env = {}, cwd = env.HOME ?? '/', columns, typed = '', signal = new AbortController().signal } = circumstances
  const isTTY = columns !== undefined
  const stdin: Readable & { isTTY?: boolean } = Object.assign(new PassThrough().end(typed), { isTTY })
  const stdout = Object.assign(new PassThrough(), { isTTY, ...(isTTY && { columns }) })
  const stderr = Object.assign(new PassThrough(), { isTTY })
  const program = new Command('galley').exitOverride().configureOutput({
    outputError: () => undefined,
    writeOut: text => void stdout.write(text),
  })
  const terminal = { version: '1.2.3', env, cwd, stdin, stdout, stderr, signal }
  addPublisherCommands(program, terminal, preview)
  addDoctorCommand(program, terminal, () => Promise.resolve())
  const code = await program.parseAsync(args, { from: 'user' }).then(
    () => 0,
    (error: unknown) => reportFailure(error, terminal, args.includes('--json')),
  )
  stdout.end()
  stderr.end()
  return { stdout: await text(stdout), stderr: await text(stderr), code }
}
