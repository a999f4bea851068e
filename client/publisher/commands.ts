import type { Command } from 'commander'
import { addDeleteCommand } from './delete.ts'
import { addDiffCommand } from './diff.ts'
import { addListCommand } from './list.ts'
import { addLoginCommand } from './login.ts'
import { addLogoutCommand } from './logout.ts'
import { addOpenCommand } from './open.ts'
import type { MakePreview } from './preview.ts'
import { addPublishCommand } from './publish.ts'
import { addShareCommand } from './share.ts'
import type { Terminal } from './terminal.ts'
import { addVersionsCommand } from './versions.ts'
import { addWatchCommand } from './watch.ts'

/** Everything a publisher does from a terminal, through the API alone: none of it needs the server's part. */
export function addPublisherCommands(program: Command, terminal: Terminal, preview: MakePreview): void {
  addLoginCommand(program, terminal)
  addPublishCommand(program, terminal, preview)
  addWatchCommand(program, terminal, preview)
  addOpenCommand(program, terminal)
  addListCommand(program, terminal)
  addVersionsCommand(program, terminal)
  addShareCommand(program, terminal)
  addDiffCommand(program, terminal)
  addDeleteCommand(program, terminal)
  addLogoutCommand(program, terminal)
}
