import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { configFolder, readJson, writeJson } from './folders.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** What `galley login` has brought, for one server. */
const credential = z.strictObject({
  token: z.string(),
  /** The token's id, by which it is revoked. */
  tokenId: z.string(),
  email: z.string(),
  /** RFC 3339. */
  expiresAt: z.string(),
})
export type Credential = z.infer<typeof credential>

/** By origin of the app: a token goes to the server that made it, and to no other. */
const credentialsFile = z.record(z.string(), credential)

export const credentialsPath = (env: Terminal['env']): string => join(configFolder(env), 'credentials.json')

/** @throws UsageError when the file is not what `galley login` writes, or others may read it */
export async function readCredentials(env: Terminal['env']): Promise<Record<string, Credential>> {
  const path = credentialsPath(env)
  const content = await readJson(path).catch((error: unknown) => {
    if (error instanceof SyntaxError) return null
    throw error
  })
  if (content === undefined) return {}
  const parsed = credentialsFile.safeParse(content)
  if (!parsed.success) throw new UsageError(`${path} is damaged. Delete it, and sign in again with: galley login`)
  const others = (await stat(path)).mode & 0o077
  if (process.platform !== 'win32' && others !== 0) {
    throw new UsageError(`${path} holds tokens and others may read it. Close it with: chmod 600 ${path}`)
  }
  return parsed.data
}

/** @param credential undefined forgets the server's */
export async function saveCredential(
  env: Terminal['env'],
  server: string,
  credential: Credential | undefined,
): Promise<void> {
  const { [server]: _replaced, ...others } = await readCredentials(env)
  const left = credential ? { ...others, [server]: credential } : others
  // Which a full disk does not prevent.
  if (Object.keys(left).length === 0) await rm(credentialsPath(env), { force: true })
  else await writeJson(credentialsPath(env), left)
}
