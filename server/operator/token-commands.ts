import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Scope, scopes } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { timeInWords } from '../../shared/text.ts'
import { createAccessTokenFor, revokeAccessTokenFor } from '../core/access-tokens.ts'
import type { Ground } from '../core/world.ts'
import { chosenMember, chosenOrg, orgOption } from './choose.ts'
import { parseDuration } from './duration.ts'
import { listed, listing } from './listing.ts'
import { parseName } from './name.ts'
import { type Open, type Streams, visit } from './visit.ts'

export function addTokenCommands(program: Command, open: Open, streams: Streams): void {
  const token = program.command('token').description("access tokens (run with the server's settings)")
  createCommand(token, open, streams)
  listCommand(token, open, streams)
  revokeCommand(token, open, streams)
}

interface Creation {
  member: string
  org?: string
  scope: Scope
  expires: number
  name: string
}

const createCommand = (token: Command, open: Open, { stdout, stderr }: Streams): Command =>
  token
    .command('create')
    .description('print an access token for a member')
    .requiredOption('--member <email>', 'whose pages it publishes')
    .addOption(orgOption())
    .addOption(new Option('--scope <scope>', 'what it may do').choices(scopes).default('publish'))
    .addOption(
      new Option('--expires <duration>', 'after days, hours, minutes: 30d, 12h, 1h30m')
        .argParser(tokenLife)
        .default(limits.accessTokenDefault, '30d'),
    )
    .addOption(new Option('--name <name>', 'to know it by').argParser(parseName).default('galley token create'))
    .action((options: Creation, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world, identity }) => {
          const member = await chosenMember(world, options.member, options.org)
          const { name, scope, expires } = options
          const token = await createAccessTokenFor(world, member, { name, scope, expiresIn: expires / 1000 })
          stdout.write(`${await identity.accessToken(token)}\n`)
          const until = timeInWords(token.expiresAt)
          stderr.write(`It acts as ${member.email} at ${world.publicUrl} with the scope "${scope}" until ${until}.\n`)
          stderr.write('It is not shown again.\n')
        },
      ),
    )

const listCommand = (token: Command, open: Open, { stdout, stderr }: Streams): Command =>
  listing(
    token
      .command('list')
      .description('list the access tokens that are good, newest first')
      .option('--member <email>', 'of this member alone')
      .addOption(orgOption()),
  ).action((options: { member?: string; org?: string; json?: boolean }, command: Command) =>
    visit(
      command,
      () => open({ make: false }),
      async ({ world }) => {
        const rows = await goodTokens(world, options)
        if (rows.length === 0) stderr.write('There are none.\n')
        stdout.write(listed(rows, options))
      },
    ),
  )

const revokeCommand = (token: Command, open: Open, { stdout, stderr }: Streams): Command =>
  token
    .command('revoke')
    .description('end an access token')
    .argument('<id>', 'as galley token list shows it')
    .action((id: string, _options: object, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const { name } = await revokeAccessTokenFor(world, id)
          stdout.write(`Revoked ${id} (${name}).\n`)
          stderr.write('A server that runs refuses it from now on, and ends its open connections within seconds.\n')
        },
      ),
    )

async function goodTokens(world: Ground, { member, org }: { member?: string; org?: string }) {
  const now = world.clock.now()
  const members =
    member === undefined
      ? await world.store.members((await chosenOrg(world, org)).id)
      : [await chosenMember(world, member, org)]
  const theirs = members.map(async ({ orgId, id: memberId, email }) => {
    const tokens = await world.store.accessTokens(orgId, memberId)
    return tokens.filter(token => token.expiresAt > now).map(token => ({ ...token, email }))
  })
  return (await Promise.all(theirs))
    .flat()
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .map(({ id, name, email, scope, expiresAt }) => ({
      id,
      name,
      member: email,
      scope,
      expires: timeInWords(expiresAt),
    }))
}

function tokenLife(text: string): number {
  const life = parseDuration(text)
  if (life === undefined) throw new InvalidArgumentError('Give days, hours or minutes: 30d, 12h, 45m.')
  if (life > limits.accessTokenMax) {
    throw new InvalidArgumentError(`A token lives ${limits.accessTokenMax / 86_400_000} days at most.`)
  }
  return life
}
