#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { z } from 'zod'
import { addPublisherCommands } from '../client/publisher/commands.ts'
import { addCompletionCommand } from '../client/publisher/completion.ts'
import { addDoctorCommand } from '../client/publisher/doctor.ts'
import { reportFailure } from '../client/publisher/failure.ts'
import { InterruptedError, type Terminal } from '../client/publisher/terminal.ts'
import { addBackupCommands } from '../server/operator/backup-commands.ts'
import { addOperatorCommands } from '../server/operator/commands.ts'
import { preview } from './preview.ts'

const interrupted = new AbortController()
const terminal: Terminal = {
  version: ownVersion(),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
}

const program = new Command('galley')
  .version(terminal.version)
  .description('Live pages: publish one HTML or Markdown page, and everyone who has it open sees each new version.')
  .exitOverride()
  // What is wrong with the command line is reported with everything else.
  .configureOutput({ outputError: () => undefined })
  .addHelpText(
    'after',
    `
Examples:
  galley login https://galley.example.com
  galley publish report.html          the page's address alone is on stdout
  galley watch report.html            publishes again on each save
  galley list --json | jq -r '.[].url'

Every command says more about itself: galley publish --help`,
  )

program.commandsGroup('Publishing:')
addPublisherCommands(program, terminal, preview)
for (const command of program.commands) command.hook('preAction', followTheTerminal)

program.commandsGroup('Server:')
program
  .command('serve')
  .description('run the server; its settings are environment variables, listed in README.md')
  // Only now: publishing works where better-sqlite3 could not be built.
  .action(async () => (await import('../server/main.ts')).serve(process.env))

program.commandsGroup('Beside the server:')
addOperatorCommands(program, async where =>
  (await import('../server/operator/office.ts')).openOffice(process.env, where),
)
const backup = () => import('../server/operator/backup.ts')
const { signal } = interrupted
for (const command of addBackupCommands(program, {
  backUp: async options => (await backup()).backUpData(process.env, { ...options, signal }),
  restore: async options => (await backup()).restoreData(process.env, { ...options, signal }),
  markRestored: async options => (await backup()).markDataRestored(process.env, options),
})) {
  command.hook('preAction', followTheTerminal)
}

program.commandsGroup('Help:').helpCommand('help [command]', 'say more about a command')
addDoctorCommand(program, terminal, async () => {
  await (await import('../server/store/connection.ts')).loadDriver()
}).hook('preAction', followTheTerminal)
addCompletionCommand(program, terminal)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error, terminal, wantsJson(process.argv))
}

/**
 * The first Ctrl-C asks a publisher's command to end, and the second ends it, as the system does by itself. A reader
 * of stdout that has read enough (`galley list | head -1`) ends it too, which is no fault.
 */
function followTheTerminal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      // The terminal shows ^C itself: what there is to say comes on a line of its own.
      if (signal === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
      interrupted.abort(new InterruptedError('Interrupted.'))
    })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : reportFailure(error, terminal, wantsJson(process.argv)))
  })
}

/** Also when the command line cannot be parsed. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** Beside the sources, or one further up from what tsc made of them. */
function ownVersion(): string {
  const manifest = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
}
