#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import { addPublisherCommands } from '../client/publisher/commands.ts'
import { UsageError } from '../client/publisher/usage.ts'
import { addOperatorCommands } from '../server/operator/commands.ts'

/** 0: done · 1: it did not work, and stderr says why · 2: wrong usage · 78: wrong configuration of the server. */
const wrongUsage = 2

const program = new Command('galley')
  .version(ownVersion())
  .description('Live pages: publish one HTML or Markdown page, and everyone who has it open sees each new version.')
  .exitOverride()

const interrupted = new AbortController()
addPublisherCommands(program, {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
})
program
  .command('serve')
  .description('run the server; its settings are environment variables, listed in README.md')
  // Only now: publishing works where better-sqlite3 could not be built.
  .action(async () => (await import('../server/main.ts')).serve(process.env))
addOperatorCommands(program, async where =>
  (await import('../server/operator/office.ts')).openOffice(process.env, where),
)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Beside the sources, or one further up from what tsc made of them. */
function ownVersion(): string {
  const manifest = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
}

function report(error: unknown): number {
  // Commander has said it already, or has printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof UsageError) return wrongUsage
  return hasExitCode(error) ? error.exitCode : 1
}

function hasExitCode(error: unknown): error is { exitCode: number } {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number'
}
