import type { Command } from 'commander'
import { addOrg, setOrgClaim } from '../core/people.ts'
import { chosenOrg } from './choose.ts'
import { listed, listing } from './listing.ts'
import { type Open, type Streams, visit } from './visit.ts'

export function addOrgCommands(program: Command, open: Open, { stdout, stderr }: Streams): void {
  const org = program.command('org').description("organisations (run with the server's settings)")
  org
    .command('add')
    .description('make an organisation')
    .argument('<name>')
    .option('--claim <value>', 'what the identity provider calls it, in GALLEY_OIDC_CLAIM_ORG')
    .action((name: string, { claim }: { claim?: string }, command: Command) =>
      visit(
        command,
        () => open({ make: true }),
        async ({ world }) => {
          const org = await addOrg(world, { name, claim })
          stdout.write(`Made the organisation "${org.name}" (${org.id}).\n`)
        },
      ),
    )
  listing(org.command('list').description('list the organisations, oldest first')).action(
    (options: { json?: boolean }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const orgs = await world.store.orgs()
          if (orgs.length === 0) stderr.write('There is no organisation yet. Make one with: galley org add NAME\n')
          const rows = orgs.map(async ({ id, name, claim }) => {
            const members = await world.store.members(id)
            return { name, claim, members: members.length, id }
          })
          stdout.write(listed(await Promise.all(rows), options))
        },
      ),
  )
  org
    .command('claim')
    .description('say what the identity provider calls an organisation: its people sign in to this one')
    .argument('<org>', 'its name or id')
    .argument('<value>', 'of the claim GALLEY_OIDC_CLAIM_ORG')
    .action((wanted: string, claim: string, _options: object, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const org = await setOrgClaim(world, await chosenOrg(world, wanted), claim)
          stdout.write(`Whoever is of "${org.claim}" at the identity provider signs in to "${org.name}" from now on.\n`)
        },
      ),
    )
}
