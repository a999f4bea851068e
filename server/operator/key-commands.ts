import type { Command } from 'commander'
import { rotateSigningKeys } from '../core/signing-keys.ts'
import { type Open, type Streams, visit } from './visit.ts'

export function addKeyCommands(program: Command, open: Open, { stdout, stderr }: Streams): void {
  program
    .command('keys')
    .description("the keys that sign sessions and access tokens (run with the server's settings)")
    .command('rotate')
    .description('sign with a new key; what the old ones have signed stays good until it expires')
    .action((_options: object, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world, identity }) => {
          const key = await rotateSigningKeys(world, identity)
          stdout.write(`${key.kid}\n`)
          stderr.write(
            'A server that runs signs with it within a minute. Nobody is signed out, and no token is void.\n',
          )
        },
      ),
    )
}
