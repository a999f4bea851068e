import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Me } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { plain } from '../../shared/text.ts'
import { ApiError, GalleyClient } from '../sdk/client.ts'
import { openBrowser } from './browser.ts'
import { publisherCommand } from './command.ts'
import { type Credential, credentialsPath, readCredentials, saveCredential } from './credentials.ts'
import type { DeviceGrant } from './device-grant.ts'
import { sentenceOf } from './failure.ts'
import { messageOf } from './message.ts'
import { Output } from './output.ts'
import { ToldError } from './refusal.ts'
import { originFrom } from './server.ts'
import { type CommonOptions, serverOf } from './session.ts'
import { adoptServer, readSettings, type Settings } from './settings.ts'
import { oneLine } from './table.ts'
import { InterruptedError, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** `galley login`: a code here, a click in a browser anywhere, and this user has a token for that server. */
export function addLoginCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'login')
    .description('sign in to a server, in the browser; over SSH too')
    .argument('[server]', 'its address (default: the one that is set)')
    .addHelpText(
      'after',
      `
What you approve in the browser is a token for this machine, good for ${limits.loginToken / 86_400_000} days. It is kept in
${credentialsPath(terminal.env)}, which only you can read. For CI, use GALLEY_TOKEN.

Examples:
  galley login https://galley.example.com
  GALLEY_AUTO_OPEN=0 galley login      does not open the browser`,
    )
    .action((server: string | undefined, options: CommonOptions) => login(server, options, terminal))
}

async function login(named: string | undefined, options: CommonOptions, terminal: Terminal): Promise<void> {
  const { env, signal } = terminal
  const output = new Output(terminal, options)
  const { server, settings } = await chosenServer(named, options, terminal)
  const replaced = (await readCredentials(env))[server]
  try {
    // Only now: the other commands begin faster without it.
    const { beginDeviceGrant, waitForToken } = await import('./device-grant.ts')
    const deviceName = plain(hostname()).trim().slice(0, limits.nameChars)
    const grant = await beginDeviceGrant(server, deviceName, terminal)
    await showCode(grant, settings, terminal, output)
    const token = await waitForToken(grant, signal, text => output.note(text))
    const { member, ...credential } = await keep(server, token, terminal)
    const { email, expiresAt } = credential
    output.note(`Signed in to ${server} as ${oneLine(member.name)} <${email}> until ${expiresAt.slice(0, 10)}.`)
    if (replaced) await revokeReplaced(server, replaced, output)
    if (settings.server?.from !== 'project') await adopt(server, terminal, output)
    if (env.GALLEY_TOKEN) output.note('GALLEY_TOKEN is set, and goes before this for the server that GALLEY_URL names.')
    output.result('', { server, email, expiresAt })
  } catch (error) {
    throw error === signal.reason ? new InterruptedError('Interrupted: nothing was kept.') : error
  }
}

/** @throws UsageError, when none is set and none is said, or two are */
export async function chosenServer(
  named: string | undefined,
  options: CommonOptions,
  terminal: Terminal,
): Promise<{ server: string; settings: Settings }> {
  const argument = named === undefined ? undefined : originFrom(named, 'The server')
  if (argument !== undefined && options.server !== undefined && originFrom(options.server, '--server') !== argument) {
    throw new UsageError(`Two servers are named: ${argument}, and with --server ${options.server}.`)
  }
  const settings = await readSettings(terminal, argument ?? options.server)
  return { server: serverOf(settings), settings }
}

async function showCode({ codes }: DeviceGrant, settings: Settings, terminal: Terminal, output: Output): Promise<void> {
  const { href } = new URL(codes.verification_uri_complete)
  output.note(`Your code: ${codes.user_code}`)
  output.note(`Approve it at ${href}`)
  const opened = await openBrowser(terminal, href, settings)
  output.note(
    opened
      ? 'A browser was opened there. Check that it shows the same code.'
      : 'Open that address in any browser, on this or another device, and check that it shows the same code.',
  )
  output.note(`Waiting until it is approved, for ${Math.round(codes.expires_in / 60)} minutes at most …`)
}

type Kept = Credential & Pick<Me, 'member'>

/** From here on there is a token, and whatever happens it is kept or revoked: nobody is to find it lying about. */
async function keep(server: string, token: string, { env, signal }: Terminal): Promise<Kept> {
  const client = new GalleyClient(server, token)
  const { member, tokenId, expiresAt } = await whose(client, server)
  if (tokenId === null) throw new Error(`${server} gave a token that it takes for none.`)
  const credential = { token, tokenId, email: member.email, expiresAt }
  try {
    signal.throwIfAborted()
    await saveCredential(env, server, credential)
    return { ...credential, member }
  } catch (cause) {
    const revoked = await revoke(client, tokenId)
    const end = revoked ? 'it was revoked' : `it could not be revoked, and ends on ${expiresAt.slice(0, 10)}`
    if (cause === signal.reason) throw new InterruptedError(`Interrupted: the token was not kept; ${end}.`)
    throw new ToldError(
      `The token could not be kept in ${credentialsPath(env)}; ${end}. ${sentenceOf(cause)}\n` +
        `Then sign in again with: galley login ${server}`,
      cause,
    )
  }
}

/** The network that brought the token may be gone again. */
async function whose(client: GalleyClient, server: string): Promise<Me> {
  for (let tries = 1; ; tries++) {
    try {
      return await client.me(AbortSignal.timeout(limits.deviceAnswer))
    } catch (error) {
      if (tries === limits.sendTries || error instanceof ApiError) {
        const advice = `The token was not kept. Sign in again with: galley login ${server}`
        throw new ToldError(`${messageOf(error)}\n${advice}`, error)
      }
      await sleep(limits.sendRetry * 2 ** tries)
    }
  }
}

/** It had ended before, was revoked elsewhere, or the server has lost its data since. */
const overAlready: readonly string[] = ['token_expired', 'token_revoked', 'token_invalid', 'not_found']

/** @returns whether it is not good any more */
export async function revoke(client: GalleyClient, tokenId: string, signal?: AbortSignal): Promise<boolean> {
  const soon = AbortSignal.timeout(limits.deviceAnswer)
  try {
    await client.revokeToken(tokenId, signal ? AbortSignal.any([signal, soon]) : soon)
    return true
  } catch (error) {
    return error instanceof ApiError && overAlready.includes(error.problem.code)
  }
}

async function revokeReplaced(server: string, { token, tokenId, expiresAt }: Credential, output: Output) {
  if (await revoke(new GalleyClient(server, token), tokenId)) return
  output.note(`The token from the last time could not be revoked. It ends on ${expiresAt.slice(0, 10)}.`)
}

/** Being signed in stands without it. */
async function adopt(server: string, { env }: Terminal, output: Output): Promise<void> {
  await adoptServer(env, server).catch((error: unknown) =>
    output.note(
      `Which server you mean could not be kept: ${sentenceOf(error)} Until then, name it with --server ${server}`,
    ),
  )
}
