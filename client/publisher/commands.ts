import type { Command } from 'commander'
import { addPublishCommand } from './publish.ts'
import type { Terminal } from './terminal.ts'

/** Everything a publisher does from a terminal, through the API alone: none of it needs the server's part. */
export function addPublisherCommands(program: Command, terminal: Terminal): void {
  addPublishCommand(program, terminal)
}
