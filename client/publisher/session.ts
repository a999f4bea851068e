import { GalleyClient } from '../sdk/client.ts'
import { readCredentials } from './credentials.ts'
import type { NamedPage } from './server.ts'
import { readSettings, type Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** A command's way to a server: where it is, as whom, and what else is set. */
export interface Session {
  /** Origin of the app. */
  server: string
  client: GalleyClient
  settings: Settings
}

/** What every command takes. */
export interface CommonOptions {
  server?: string
  json?: boolean
}

/**
 * @param page where the address of a page says the server, that is the one
 * @throws UsageError: no server, no token for it, or a setting that cannot be meant
 */
export const openSession = async (terminal: Terminal, options: CommonOptions, page?: NamedPage): Promise<Session> =>
  connect(terminal, await readSettings(terminal, options.server), page)

/** The same, of settings that were read already. */
export async function connect(terminal: Terminal, settings: Settings, page?: NamedPage): Promise<Session> {
  const server = serverOf(settings, page)
  const token = await tokenFor(server, terminal, settings)
  return { server, client: new GalleyClient(server, token), settings }
}

/** @throws UsageError when a page was named by its address on another server than `--server` says */
export function serverOf(settings: Settings, page?: NamedPage): string {
  const named = settings.server
  if (page?.server !== undefined) {
    if (named?.from === 'flag' && named.url !== page.server) {
      throw new UsageError(`That page is on ${page.server}, but --server says ${named.url}.`)
    }
    return page.server
  }
  if (named) return named.url
  throw new UsageError('Say which server: sign in with "galley login https://…", or set GALLEY_URL.')
}

/** @throws UsageError: what to do to have one */
async function tokenFor(server: string, { env }: Terminal, { tokenServer }: Settings): Promise<string> {
  if (env.GALLEY_TOKEN && tokenServer === server) return env.GALLEY_TOKEN
  const credential = (await readCredentials(env))[server]
  if (credential) return credential.token
  if (!env.GALLEY_TOKEN)
    throw new UsageError(`You are not signed in to ${server}. Sign in with: galley login ${server}`)
  const whose = tokenServer === undefined ? 'not for which server' : `for ${tokenServer}`
  throw new UsageError(
    `GALLEY_TOKEN is set, but ${whose}: set GALLEY_URL=${server} if it is for that one, or sign in with: galley login ${server}`,
  )
}
