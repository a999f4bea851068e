import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { Terminal } from './terminal.ts'

/** Where the command keeps what, per user (XDG Base Directory Specification 0.8), and how it writes there. */

type Env = Terminal['env']

/** What the user has chosen, and may edit: `config.json`, `credentials.json`. */
export const configFolder = (env: Env): string => join(base(env, 'XDG_CONFIG_HOME', '.config'), 'galley')

/** What the command remembers by itself: which file was published as which page. */
export const stateFolder = (env: Env): string => join(base(env, 'XDG_STATE_HOME', '.local/state'), 'galley')

/** The specification says that a relative path counts as unset. */
function base(env: Env, variable: string, otherwise: string): string {
  const said = env[variable]
  return said && isAbsolute(said) ? said : join(env.HOME || homedir(), otherwise)
}

/** @returns undefined when there is no such file. @throws SyntaxError for what is no JSON, and what reading throws. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Readable to its owner alone, from the first byte on. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, 0o600)
}

/** All of it or nothing, whatever happens meanwhile. Of two that write at once, the later wins. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const draft = `${path}.${process.pid}.${Date.now()}.tmp`
  try {
    const file = await open(draft, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
