import type { Command } from 'commander'

/** A command that speaks to a server, with what all of them take: CommonOptions is what its action gets of these. */
export const publisherCommand = (program: Command, name: string): Command =>
  program
    .command(name)
    .option('--server <url>', 'in place of the one you signed in to, or GALLEY_URL')
    .option('--json', 'print one line of JSON; errors too, on stderr')
