import { type Command, InvalidArgumentError, Option } from 'commander'
import { line, type Scope, scopes } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { timeInWords } from '../../shared/text.ts'
import { createAccessTokenFor } from '../core/access-tokens.ts'
import { addMember, addOrg } from '../core/people.ts'
import type { Identity } from '../core/ports.ts'
import type { Member, Org } from '../core/records.ts'
import { makeSignInLink } from '../core/sign-in.ts'
import type { Ground } from '../core/world.ts'
import { parseDuration } from './duration.ts'

/** The data, opened by a command; a server may have it open too, and finds out by its next look at the database. */
export interface Office {
  world: Ground
  identity: Identity
  close(): Promise<void>
}

/** What a script wants goes out alone; what a person should know beside it goes to `stderr`. */
export interface Streams {
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
}

/**
 * How a command gets at the data: `make` only for the first organisation, so that a command run in another folder than
 * the server does not work on data of its own.
 */
type Open = (where: { make: boolean }) => Promise<Office>

/**
 * `galley org | member | token`: run where the data is, by whoever may read its files, so nobody signs in.
 * A GalleyError comes out of `parseAsync` as it is; wrong usage ends as commander ends it, with exit code 2.
 * @param open is called when a command runs, and what it gives is closed when that is done.
 */
export function addOperatorCommands(program: Command, open: Open, streams: Streams = process): void {
  addOrgCommands(program, open, streams)
  addMemberCommands(program, open, streams)
  addTokenCommands(program, open, streams)
}

function addOrgCommands(program: Command, open: Open, { stdout }: Streams): void {
  program
    .command('org')
    .description("organisations (run where the server's data is)")
    .command('add')
    .description('make an organisation')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      at(
        command,
        () => open({ make: true }),
        async ({ world }) => {
          const org = await addOrg(world, { name })
          stdout.write(`Made the organisation "${org.name}" (${org.id}).\n`)
        },
      ),
    )
}

function addMemberCommands(program: Command, open: Open, { stdout, stderr }: Streams): void {
  const member = program.command('member').description("members of an organisation (run where the server's data is)")
  member
    .command('add')
    .description('make somebody a member')
    .argument('<email>')
    .option('--name <name>', 'what the others see (default: what stands before the @)')
    .addOption(orgOption())
    .option('--owner', 'may administer the organisation', false)
    .action((email: string, options: { name?: string; org?: string; owner: boolean }, command: Command) =>
      at(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const org = await chosenOrg(world, options.org)
          const role = options.owner ? 'owner' : 'member'
          const added = await addMember(world, { orgId: org.id, email, name: options.name, role })
          stdout.write(
            `${added.name} <${added.email}> is now ${role === 'owner' ? 'an owner' : 'a member'} of "${org.name}".\n`,
          )
          stderr.write(`For a sign-in link: galley member link ${added.email}\n`)
        },
      ),
    )
  member
    .command('link')
    .description('print a link that signs a member in, once')
    .argument('<email>')
    .addOption(orgOption())
    .action((email: string, options: { org?: string }, command: Command) =>
      at(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const link = await makeSignInLink(world, await chosenMember(world, email, options.org))
          stdout.write(`${link.url}\n`)
          stderr.write(`It works once, until ${timeInWords(link.expiresAt)}. Give it to nobody else.\n`)
        },
      ),
    )
}

function addTokenCommands(program: Command, open: Open, { stdout, stderr }: Streams): void {
  interface Options {
    member: string
    org?: string
    scope: Scope
    expires: number
    name: string
  }
  program
    .command('token')
    .description("access tokens (run where the server's data is)")
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
    .addOption(new Option('--name <name>', 'to know it by').argParser(tokenName).default('galley token create'))
    .action((options: Options, command: Command) =>
      at(
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
}

async function at(command: Command, open: () => Promise<Office>, work: (office: Office) => Promise<void>) {
  const office = await open()
  try {
    await work(office).finally(() => office.close())
  } catch (error) {
    if (error instanceof InvalidArgumentError) command.error(`error: ${error.message}`, { exitCode: 2 })
    throw error
  }
}

const orgOption = () => new Option('--org <org>', 'its name or id; needed where there are several')

/** @throws InvalidArgumentError when there are several to choose from · GalleyError not_found */
async function chosenOrg(world: Ground, wanted: string | undefined): Promise<Org> {
  const orgs = await world.store.orgs()
  const names = orgs.map(org => `"${org.name}"`).join(', ')
  if (wanted !== undefined) {
    const org = orgs.find(org => org.id === wanted || org.name.toLowerCase() === wanted.trim().toLowerCase())
    if (org) return org
    throw new GalleyError('not_found', `There is no organisation "${wanted}". There are: ${names || 'none'}.`)
  }
  const [org, ...others] = orgs
  if (!org) throw new GalleyError('not_found', 'There is no organisation yet. Make one with: galley org add NAME')
  if (others.length > 0) throw new InvalidArgumentError(`say which organisation with --org: ${names}`)
  return org
}

async function chosenMember(world: Ground, email: string, wantedOrg: string | undefined): Promise<Member> {
  const org = await chosenOrg(world, wantedOrg)
  const member = await world.store.memberByEmail(org.id, email.trim())
  if (member) return member
  throw new GalleyError(
    'not_found',
    `"${org.name}" has no member ${email}. Make them one with: galley member add ${email}`,
  )
}

function tokenLife(text: string): number {
  const life = parseDuration(text)
  if (life === undefined) throw new InvalidArgumentError('Give days, hours or minutes: 30d, 12h, 45m.')
  if (life > limits.accessTokenMax) {
    throw new InvalidArgumentError(`A token lives ${limits.accessTokenMax / 86_400_000} days at most.`)
  }
  return life
}

function tokenName(text: string): string {
  const name = line(limits.nameChars).safeParse(text)
  if (name.success) return name.data
  throw new InvalidArgumentError(`A name has 1 to ${limits.nameChars} plain characters.`)
}
