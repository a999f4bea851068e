import type { Command } from 'commander'
import { GalleyClient } from '../sdk/client.ts'
import { publisherCommand } from './command.ts'
import { type Credential, credentialsPath, readCredentials, saveCredential } from './credentials.ts'
import { sentenceOf } from './failure.ts'
import { chosenServer, revoke } from './login.ts'
import { Output } from './output.ts'
import { ToldError } from './refusal.ts'
import type { CommonOptions } from './session.ts'
import { InterruptedError, type Terminal } from './terminal.ts'

/** `galley logout`: the token is void at the server, and forgotten here; here also when the server is out of reach. */
export function addLogoutCommand(program: Command, terminal: Terminal): void {
  publisherCommand(program, 'logout')
    .description('sign out of a server: its token is revoked and forgotten')
    .argument('[server]', 'its address (default: the one that is set)')
    .addHelpText(
      'after',
      `
Examples:
  galley logout
  galley logout https://galley.example.com`,
    )
    .action((server: string | undefined, options: CommonOptions) => logout(server, options, terminal))
}

async function logout(named: string | undefined, options: CommonOptions, terminal: Terminal): Promise<void> {
  const { env } = terminal
  const output = new Output(terminal, options)
  const { server } = await chosenServer(named, options, terminal)
  const credential = (await readCredentials(env))[server]
  if (credential) await forget(server, credential, terminal, output)
  else output.note(`You are not signed in to ${server}.`)
  if (env.GALLEY_TOKEN) output.note('GALLEY_TOKEN is set, and stays: take it out of your environment yourself.')
  output.result('', { server, email: credential?.email ?? null })
}

async function forget(server: string, credential: Credential, { env, signal }: Terminal, output: Output) {
  const { token, tokenId, email, expiresAt } = credential
  const revoked = await revoke(new GalleyClient(server, token), tokenId, signal)
  if (signal.aborted) {
    throw new InterruptedError(`This machine still has its token for ${server}. To sign out: galley logout ${server}`)
  }
  await saveCredential(env, server, undefined).catch((cause: unknown) => {
    const path = credentialsPath(env)
    const done = revoked ? 'The token was revoked, but' : 'The server could not be told, and the token'
    throw new ToldError(`${done} could not be taken out of ${path}. ${sentenceOf(cause)}`, cause)
  })
  output.note(`Signed out of ${server}, where you were ${email}.`)
  if (revoked) return
  const rest = `The server could not be told: the token is gone from here, and stays good until ${expiresAt.slice(0, 10)}`
  output.note(`${rest}, unless it is revoked there: DELETE ${server}/api/v1/tokens/${tokenId}`)
}
