import { type Command, Option } from 'commander'
import { MiB } from '../../shared/limits.ts'
import { timeInWords } from '../../shared/text.ts'
import type { Backup } from '../store/backup.ts'
import type { Marked, Restored } from './backup.ts'
import type { Streams } from './visit.ts'

/** What the commands do, loaded when one runs: the database is an optional dependency. */
interface Work {
  backUp(options: { file: string; overwrite: boolean }): Promise<Backup>
  restore(options: { file: string; overwrite: boolean; signOutAll: boolean }): Promise<Restored>
  markRestored(options: { signOutAll: boolean }): Promise<Marked>
}

/**
 * `galley backup | restore | restored`: run with the server's settings, by whoever may read its data.
 * What was asked for goes to stdout, a sentence or with `--json` a line of JSON; what to mind, to stderr.
 */
export const addBackupCommands = (program: Command, work: Work, streams: Streams = process): Command[] => [
  backupCommand(program, work, streams),
  restoreCommand(program, work, streams),
  restoredCommand(program, work, streams),
]

const backupCommand = (program: Command, work: Work, { stdout, stderr }: Streams): Command =>
  program
    .command('backup')
    .description('write all data of the embedded database into one file, also while the server runs')
    .argument('<file>')
    .option('--force', 'replace the file if it is there', false)
    .option('--json', 'one line of JSON on stdout')
    .action(async (file: string, { force, json }: { force: boolean; json?: boolean }) => {
      const made = await work.backUp({ file, overwrite: force })
      const { artifacts, versions, bytes } = made
      stdout.write(
        json
          ? `${JSON.stringify({ file: made.file, bytes, artifacts, versions })}\n`
          : `Backed up ${counted(artifacts, versions)} to ${made.file} (${mebibytes(bytes)}). Every page in it was read again.\n`,
      )
      stderr.write('Whoever has this file can read every page and sign in as anybody. Keep it as you keep the data.\n')
    })

const restoreCommand = (program: Command, work: Work, { stdout, stderr }: Streams): Command =>
  program
    .command('restore')
    .description('put a backup where the embedded database is, while no server runs')
    .argument('<file>', 'made by galley backup')
    .option('--force', 'put aside the data that are there', false)
    .addOption(signOutAllOption())
    .option('--json', 'one line of JSON on stdout')
    .action(async (file: string, options: { force: boolean; signOutAll: boolean; json?: boolean }) => {
      const { force: overwrite, signOutAll, json } = options
      const restored = await work.restore({ file, overwrite, signOutAll })
      stdout.write(json ? `${JSON.stringify(asJson(restored))}\n` : `${inWords(restored)}\n`)
      for (const note of notesOn(restored, signOutAll)) stderr.write(`${note}\n`)
    })

const restoredCommand = (program: Command, work: Work, { stdout, stderr }: Streams): Command =>
  program
    .command('restored')
    .description('have open pages show what is in a database that was put back by its own tools')
    .addOption(signOutAllOption())
    .option('--json', 'one line of JSON on stdout')
    .action(async ({ signOutAll, json }: { signOutAll: boolean; json?: boolean }) => {
      const marked = await work.markRestored({ signOutAll })
      stdout.write(json ? `${JSON.stringify(marked)}\n` : `Open pages show what is in ${marked.place} from now on.\n`)
      stderr.write(`${noteOnCredentials(marked, signOutAll, 'galley restored --sign-out-all')}\n`)
      stderr.write('Servers that run have it within seconds. Start those that do not.\n')
    })

const signOutAllOption = () =>
  new Option(
    '--sign-out-all',
    'end every session, and revoke every access token, compliance key and sign-in link',
  ).default(false)

function inWords({ artifacts, versions, dataDir, changedAt }: Restored): string {
  const until = changedAt === undefined ? '' : `, as of ${timeInWords(changedAt)}`
  return `Restored ${counted(artifacts, versions)} to ${dataDir}${until}.`
}

const asJson = ({ changedAt, aside, ...restored }: Restored) => ({
  ...restored,
  changedAt: changedAt === undefined ? null : new Date(changedAt).toISOString(),
  aside: aside ?? null,
})

function notesOn(restored: Restored, signOutAll: boolean): string[] {
  const { aside } = restored
  const notes = []
  if (aside !== undefined) notes.push(`The data that were there are now ${aside}. Delete that when you are sure.`)
  notes.push(noteOnCredentials(restored, signOutAll, 'galley restore FILE --force --sign-out-all'))
  notes.push('Start the server with: galley serve. Open pages then show what is in the backup.')
  return notes
}

/** @param endAll the command that ends them */
const noteOnCredentials = (
  { sessions, tokens }: { sessions: number; tokens: number },
  signOutAll: boolean,
  endAll: string,
): string =>
  signOutAll
    ? `Everybody is signed out: ${plural(sessions, 'session')} and ${plural(tokens, 'access token')}. To sign somebody in: galley member link EMAIL`
    : `What was revoked after the backup was made is good again: sessions that were signed out, and access tokens. To end them all: ${endAll}`

const counted = (artifacts: number, versions: number): string =>
  `${plural(artifacts, 'artifact')} with ${plural(versions, 'version')}`

const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`

const mebibytes = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`
