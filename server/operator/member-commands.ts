import { Argument, type Command } from 'commander'
import { timeInWords } from '../../shared/text.ts'
import { addMember, removeMember, setMemberRole } from '../core/people.ts'
import type { Member } from '../core/records.ts'
import { makeSignInLink } from '../core/sign-in.ts'
import { chosenMember, chosenOrg, orgOption } from './choose.ts'
import { listed, listing } from './listing.ts'
import { type Open, type Streams, visit } from './visit.ts'

const called: Readonly<Record<Member['role'], string>> = { owner: 'an owner', member: 'a member' }

export function addMemberCommands(program: Command, open: Open, streams: Streams): void {
  const member = program.command('member').description("members of an organisation (run with the server's settings)")
  addCommand(member, open, streams)
  linkCommand(member, open, streams)
  listCommand(member, open, streams)
  roleCommand(member, open, streams)
  removeCommand(member, open, streams)
}

const addCommand = (member: Command, open: Open, { stdout, stderr }: Streams): Command =>
  member
    .command('add')
    .description('make somebody a member')
    .argument('<email>')
    .option('--name <name>', 'what the others see (default: what stands before the @)')
    .addOption(orgOption())
    .option('--owner', 'may administer the organisation', false)
    .action((email: string, options: { name?: string; org?: string; owner: boolean }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world, provider }) => {
          const org = await chosenOrg(world, options.org)
          const role = options.owner ? 'owner' : 'member'
          const added = await addMember(world, { orgId: org.id, email, name: options.name, role })
          stdout.write(`${added.name} <${added.email}> is now ${called[role]} of "${org.name}".\n`)
          if (provider !== undefined) {
            stderr.write(
              `They sign in at ${provider}: who first comes from there with this address, verified, is them.\n`,
            )
          }
          stderr.write(`For a sign-in link: galley member link ${added.email}\n`)
        },
      ),
    )

const linkCommand = (member: Command, open: Open, { stdout, stderr }: Streams): Command =>
  member
    .command('link')
    .description('print a link that signs a member in, once')
    .argument('<email>')
    .addOption(orgOption())
    .action((email: string, options: { org?: string }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const link = await makeSignInLink(world, await chosenMember(world, email, options.org))
          stdout.write(`${link.url}\n`)
          stderr.write(`It works once, until ${timeInWords(link.expiresAt)}. Give it to nobody else.\n`)
        },
      ),
    )

const listCommand = (member: Command, open: Open, { stdout, stderr }: Streams): Command =>
  listing(member.command('list').description('list the members, oldest first').addOption(orgOption())).action(
    (options: { org?: string; json?: boolean }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const org = await chosenOrg(world, options.org)
          const members = await world.store.members(org.id)
          if (members.length === 0)
            stderr.write(`"${org.name}" has no members. Add one with: galley member add EMAIL\n`)
          const rows = members.map(({ name, email, role, createdAt, id }) => {
            return { name, email, role, since: timeInWords(createdAt), id }
          })
          stdout.write(listed(rows, options))
        },
      ),
  )

const roleCommand = (member: Command, open: Open, { stdout }: Streams): Command =>
  member
    .command('role')
    .description('make a member an owner, who may administer the organisation, or an owner a member')
    .argument('<email>')
    .addArgument(new Argument('<role>').choices(Object.keys(called)))
    .addOption(orgOption())
    .action((email: string, role: Member['role'], options: { org?: string }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const member = await chosenMember(world, email, options.org)
          const { name } = await setMemberRole(world, member, role)
          stdout.write(`${name} <${member.email}> is now ${called[role]}.\n`)
        },
      ),
    )

const removeCommand = (member: Command, open: Open, { stdout, stderr }: Streams): Command =>
  member
    .command('remove')
    .description('take somebody out: signed out everywhere, and their tokens are void; what they published stays')
    .argument('<email>')
    .addOption(orgOption())
    .action((email: string, options: { org?: string }, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const removed = await chosenMember(world, email, options.org)
          await removeMember(world, removed)
          stdout.write(`${removed.name} <${removed.email}> is no longer a member.\n`)
          stderr.write('A server that runs ends their open pages within seconds. What they published stays.\n')
        },
      ),
    )
