import { type Command, Option } from 'commander'
import { type ComplianceScope, complianceScopes } from '../../shared/admin.ts'
import { timeInWords } from '../../shared/text.ts'
import { createComplianceKeyFor, revokeComplianceKeyFor } from '../core/compliance-keys.ts'
import type { Ground } from '../core/world.ts'
import { chosenOrg, orgOption } from './choose.ts'
import { listed, listing } from './listing.ts'
import { parseName } from './name.ts'
import { type Open, type Streams, visit } from './visit.ts'

/** Owners make keys of their own organisation in the browser; here they may reach several. */
export function addComplianceKeyCommands(program: Command, open: Open, streams: Streams): void {
  const key = program
    .command('compliance-key')
    .description("keys of the compliance API (run with the server's settings)")
  createCommand(key, open, streams)
  listCommand(key, open, streams)
  revokeCommand(key, open, streams)
}

interface Creation {
  org?: string[]
  scope: ComplianceScope[]
  name: string
}

const createCommand = (key: Command, open: Open, { stdout, stderr }: Streams): Command =>
  key
    .command('create')
    .description('print a key that opens the compliance API')
    .addOption(new Option('--org <org...>', 'names or ids of those that it reaches; needed where there are several'))
    .addOption(
      new Option('--scope <scope...>', 'what it may do, which never changes')
        .choices(complianceScopes)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--name <name>', 'to know it by').argParser(parseName).default('galley compliance-key create'),
    )
    .action((options: Creation, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const { name, scope: scopes } = options
          const { secret } = await createComplianceKeyFor(world, await orgIdsOf(world, options.org), { name, scopes })
          stdout.write(`${secret}\n`)
          stderr.write(`It opens ${world.publicUrl}/v1/compliance until it is revoked. It is not shown again.\n`)
        },
      ),
    )

const listCommand = (key: Command, open: Open, { stdout, stderr }: Streams): Command =>
  listing(
    key.command('list').description('list the keys that reach an organisation, newest first').addOption(orgOption()),
  ).action((options: { org?: string; json?: boolean }, command: Command) =>
    visit(
      command,
      () => open({ make: false }),
      async ({ world }) => {
        const rows = await goodKeys(world, options.org)
        if (rows.length === 0) stderr.write('There are none.\n')
        stdout.write(listed(rows, options))
      },
    ),
  )

const revokeCommand = (key: Command, open: Open, { stdout, stderr }: Streams): Command =>
  key
    .command('revoke')
    .description('end a key, for all organisations that it reaches')
    .argument('<id>', 'as galley compliance-key list shows it')
    .action((id: string, _options: object, command: Command) =>
      visit(
        command,
        () => open({ make: false }),
        async ({ world }) => {
          const { name } = await revokeComplianceKeyFor(world, id)
          stdout.write(`Revoked ${id} (${name}).\n`)
          stderr.write('A server that runs refuses it from now on.\n')
        },
      ),
    )

async function orgIdsOf(world: Ground, wanted: readonly string[] | undefined): Promise<[string, ...string[]]> {
  const [first, ...others] = wanted ?? []
  const { id } = await chosenOrg(world, first)
  const ids = new Set<string>()
  for (const other of others) ids.add((await chosenOrg(world, other)).id)
  ids.delete(id)
  return [id, ...ids]
}

async function goodKeys(world: Ground, wanted: string | undefined) {
  const names = new Map((await world.store.orgs()).map(({ id, name }) => [id, name]))
  const keys = await world.store.complianceKeys((await chosenOrg(world, wanted)).id)
  return keys.map(({ id, name, orgIds, scopes, createdAt }) => ({
    id,
    name,
    organisations: orgIds.map(orgId => names.get(orgId)).join(', '),
    scopes: scopes.join(' '),
    created: timeInWords(createdAt),
  }))
}
