import type { Command } from 'commander'
import { checkUp, type Finding } from './checkup.ts'
import { publisherCommand } from './command.ts'
import { Output } from './output.ts'
import type { CommonOptions } from './session.ts'
import type { Terminal } from './terminal.ts'

/**
 * `galley doctor`: a line for each finding, and exit code 1 when one of them stops publishing.
 * @param canServe throws what is missing to run a server; handed in, since it is the server's part that knows
 */
export const addDoctorCommand = (program: Command, terminal: Terminal, canServe: () => Promise<void>): Command =>
  publisherCommand(program, 'doctor')
    .description('look for what keeps you from publishing, and say what to do')
    .addHelpText(
      'after',
      `
✓ is well · ! should be looked at · ✗ stops publishing (exit code 1)

Examples:
  galley doctor --server https://galley.example.com
  galley doctor --json | jq '.[] | select(.state != "ok")'`,
    )
    .action((options: CommonOptions) => doctor(options, terminal, canServe))

async function doctor(options: CommonOptions, terminal: Terminal, canServe: () => Promise<void>): Promise<void> {
  const output = new Output(terminal, options)
  const findings: Finding[] = []
  for await (const finding of checkUp(terminal, options, canServe)) {
    findings.push(finding)
    if (!options.json) output.result(inWords(finding), finding)
  }
  if (options.json) output.result('', findings)
  if (findings.some(({ state }) => state === 'failure')) {
    throw new Error('Publishing does not work from here until what is marked ✗ is put right.')
  }
}

const marks: Readonly<Record<Finding['state'], string>> = { ok: '✓', warning: '!', failure: '✗' }

const inWords = ({ state, message, advice }: Finding): string =>
  `${marks[state]} ${message}${advice === undefined ? '' : `\n  ${advice}`}`
