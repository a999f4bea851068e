import { join } from 'node:path'
import { Command } from 'commander'
import type { AuditType } from '../../server/core/records.ts'
import { backUpData, markDataRestored, restoreData } from '../../server/operator/backup.ts'
import { addBackupCommands } from '../../server/operator/backup-commands.ts'
import { addOperatorCommands } from '../../server/operator/commands.ts'
import { openOffice } from '../../server/operator/office.ts'
import { system, Walk } from './walk.ts'

/** Everything that is done by commands where the data are. What concerns every organisation has a row in each. */

/** As bin/galley.ts has them. */
function programOn(dataDir: string, write: (text: string) => void): Command {
  const env = { GALLEY_DATA_DIR: dataDir, GALLEY_PUBLIC_URL: 'http://localhost:3000' }
  const streams = { stdout: { write }, stderr: { write: () => {} } }
  const { signal } = new AbortController()
  const program = new Command().exitOverride()
  addOperatorCommands(program, where => openOffice(env, where), streams)
  const work = {
    backUp: (options: { file: string; overwrite: boolean }) => backUpData(env, { ...options, signal }),
    restore: (options: { file: string; overwrite: boolean; signOutAll: boolean }) =>
      restoreData(env, { ...options, signal }),
    markRestored: (options: { signOutAll: boolean }) => markDataRestored(env, options),
  }
  addBackupCommands(program, work, streams)
  return program
}

export const commandsThereAre = (): string[] => leavesOf(programOn('', () => {}))

const leavesOf = (command: Command, path: readonly string[] = []): string[] =>
  command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap(each => leavesOf(each, [...path, each.name()]))

/** @param dataDir empty */
export async function command(dataDir: string): Promise<Walk> {
  const run = async (words: string): Promise<string> => {
    const written: string[] = []
    await programOn(dataDir, text => written.push(text)).parseAsync(words.split(' '), { from: 'user' })
    return written.join('')
  }
  await run('org add Acme')
  const walk = new Walk(dataDir)
  const commands = commandsThereAre()
  const wayOf = (words: string) => commands.find(name => `${words} `.startsWith(`${name} `)) ?? words
  const does = (words: string, ...rows: AuditType[]): Promise<string> =>
    walk.recorded(wayOf(words), system, rows, () => run(words))
  const refused = (words: string): Promise<unknown> =>
    walk.recorded(wayOf(words), system, [], () =>
      run(words).then(
        () => Promise.reject(new Error(`${words} was not refused.`)),
        () => undefined,
      ),
    )
  await organisationsAndMembers(does, refused)
  await credentials(walk, does, refused)
  const file = join(dataDir, 'backup')
  await does(`backup ${file}`)
  await does('member remove ana@acme.example --org Acme', 'galley_member_removed')
  await refused('member remove ana@acme.example --org Acme')
  await does(`restore ${file} --force --sign-out-all`, 'galley_backup_restored', 'galley_backup_restored')
  await does('restored', 'galley_backup_restored', 'galley_backup_restored')
  await walk.end()
  return walk
}

type Does = (words: string, ...rows: AuditType[]) => Promise<string>
type Refused = (words: string) => Promise<unknown>

async function organisationsAndMembers(does: Does, refused: Refused): Promise<void> {
  await does('org add Globex --claim globex', 'galley_organization_created')
  await refused('org add globex')
  await does('org claim Acme acme', 'galley_organization_updated')
  await does('org claim Acme acme')
  await refused('org claim Acme globex')
  await does('org list')
  await does('member add ana@acme.example --org Acme --owner', 'galley_member_added')
  await refused('member add ana@acme.example --org Acme')
  await does('member link ana@acme.example --org Acme', 'galley_sign_in_link_created')
  await does('member role ana@acme.example member --org Acme', 'galley_member_updated')
  await does('member role ana@acme.example member --org Acme')
  await does('member list --org Acme')
}

async function credentials(walk: Walk, does: Does, refused: Refused): Promise<void> {
  const token = await does('token create --member ana@acme.example --org Acme', 'galley_access_token_created')
  const [made] = JSON.parse(await does('token list --org Acme --json'))
  await does(`token revoke ${made.id}`, 'galley_access_token_revoked')
  await refused(`token revoke ${made.id}`)
  const key = await does(
    'compliance-key create --org Acme Globex --scope read:compliance_activities',
    'galley_compliance_key_created',
    'galley_compliance_key_created',
  )
  const [own] = JSON.parse(await does('compliance-key list --org Acme --json'))
  const revoked = ['galley_compliance_key_revoked', 'galley_compliance_key_revoked'] as const
  await does(`compliance-key revoke ${own.id}`, ...revoked)
  await refused(`compliance-key revoke ${own.id}`)
  await does('keys rotate', 'galley_signing_key_rotated', 'galley_signing_key_rotated')
  for (const secret of [token, key]) walk.secrets.add(secret.trim())
}
