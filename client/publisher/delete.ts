import type { Command } from 'commander'
import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { ApiError, UnreachableError } from '../sdk/client.ts'
import { publisherCommand } from './command.ts'
import { sentenceOf } from './failure.ts'
import { findPage, pageArgument } from './find-page.ts'
import { Memory } from './memory.ts'
import { Output } from './output.ts'
import { ToldError } from './refusal.ts'
import type { NamedPage } from './server.ts'
import { type CommonOptions, openSession, type Session } from './session.ts'
import { oneLine } from './table.ts'
import { confirm, InterruptedError, isInteractive, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

interface Options extends CommonOptions {
  yes?: true
  undo?: true
}

const hoursKept = limits.deletedKept / 3_600_000

/** `galley delete`: asks, deletes for everyone, and says how to take it back; `--undo` does. */
export function addDeleteCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'delete')
    .description('delete a page, with all its versions, for everyone')
    .argument('<page>', pageArgument)
    .option('--yes', 'do not ask')
    .option('--undo', `take a deletion back, within ${hoursKept} hours: the page is again what it was, where it was`)
    .addHelpText(
      'after',
      `
Examples:
  galley delete report.html
  galley delete --undo https://galley.example.com/a/cart_…`,
    )
    .action((page: string, options: Options) => (options.undo ? undo : remove)(page, options, terminal))
}

async function remove(named: string, options: Options, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const page = await findPage(named, terminal, options)
  const { client } = await openSession(terminal, options, page)
  const artifact = await client.artifact(page.artifactId, terminal.signal)
  if (!options.yes) await ask(terminal, artifact)
  await client.remove(artifact.id, terminal.signal).catch(unanswered('See whether it was deleted with: galley list'))
  await remembering(output, () => new Memory(terminal.env).forget(artifact.id))
  output.note(`Deleted "${oneLine(artifact.title)}", for everyone.`)
  output.note(`Take it back within ${hoursKept} hours with: galley delete --undo ${artifact.url}`)
  output.result(artifact.url, { id: artifact.id, url: artifact.url, title: artifact.title, deleted: true })
}

async function ask(terminal: Terminal, { title, latest = 1 }: Artifact): Promise<void> {
  if (!isInteractive(terminal)) {
    throw new UsageError('Deleting asks first, and nobody is here to answer. If it is meant, add --yes.')
  }
  const versions = latest === 1 ? 'its one version' : `its ${latest} versions`
  if (await confirm(terminal, `Delete "${oneLine(title)}" and ${versions}, for everyone?`)) return
  throw new InterruptedError('Nothing was deleted.')
}

async function undo(named: string, options: Options, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, options)
  const page = await findPage(named, terminal, options)
  const session = await openSession(terminal, options, page)
  const artifact = await restored(session, page, terminal)
  const { id, url, title, shown, latest = shown.number } = artifact
  const sha256 = shown.number === latest ? shown.sha256 : undefined
  const remembered = { server: session.server, artifactId: id, title, version: latest, sha256, at: Date.now() }
  await remembering(output, () => new Memory(terminal.env).remember(remembered))
  output.note(`"${oneLine(title)}" is back, with all its versions.`)
  output.result(url, { id, url, title, deleted: false })
}

async function restored({ client }: Session, { artifactId }: NamedPage, terminal: Terminal): Promise<Artifact> {
  const asked = client.restore(artifactId, terminal.signal)
  return asked.catch(unanswered('See whether it is back with: galley list')).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.problem.code !== 'not_found') throw error
    const sentence = `There is nothing to take back: no page of yours was deleted there in the last ${hoursKept} hours.`
    throw new Error(sentence, { cause: error })
  })
}

/** Without an answer nobody knows what was done. */
const unanswered =
  (look: string) =>
  (error: unknown): never => {
    if (error instanceof InterruptedError) throw new InterruptedError(`Interrupted. ${look}`)
    throw error instanceof UnreachableError ? new ToldError(`${error.message}\n${look}`, error) : error
  }

/** What was done at the server stands, also where this machine cannot take note of it. */
async function remembering(output: Output, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => output.note(`This could not be remembered here. ${sentenceOf(error)}`))
}
