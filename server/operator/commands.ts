import type { Command } from 'commander'
import { addComplianceKeyCommands } from './compliance-key-commands.ts'
import { addKeyCommands } from './key-commands.ts'
import { addMemberCommands } from './member-commands.ts'
import { addOrgCommands } from './org-commands.ts'
import { addTokenCommands } from './token-commands.ts'
import type { Open, Streams } from './visit.ts'

/**
 * `galley org | member | token | compliance-key | keys`: run with the server's settings, by whoever may read its data, so nobody signs in.
 * A GalleyError comes out of `parseAsync` as it is; wrong usage ends as commander ends it, with exit code 2.
 * @param open is called when a command runs, and what it gives is closed when that is done.
 */
export function addOperatorCommands(program: Command, open: Open, streams: Streams = process): void {
  addOrgCommands(program, open, streams)
  addMemberCommands(program, open, streams)
  addTokenCommands(program, open, streams)
  addComplianceKeyCommands(program, open, streams)
  addKeyCommands(program, open, streams)
}
