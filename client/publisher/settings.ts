import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { configFolder, readJson, writeJson } from './folders.ts'
import { originFrom } from './server.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** What a settings file may say: the user's `config.json`, and a project's `galley.json`. */
const settingsFile = z.strictObject({
  /** Origin of the app. */
  url: z.string().optional(),
  /** False: a first publish opens no browser. */
  autoOpen: z.boolean().optional(),
  /** True: nothing is published; the page is written to a local file. */
  disableGalley: z.boolean().optional(),
})
type SettingsFile = z.infer<typeof settingsFile>

/** Where a setting came from, the strongest first: a stranger's clone can hold a project file. */
export type Source = 'flag' | 'environment' | 'project' | 'user'

export interface Settings {
  /** Origin of the app, when one was named anywhere. */
  server: { url: string; from: Source } | undefined
  /**
   * Origin of the app that a token in the environment is for: the one that GALLEY_URL names beside it, else the user's
   * own file. Nothing that is said of a single run, or by a stranger's project, leads the token elsewhere.
   */
  tokenServer: string | undefined
  autoOpen: boolean
  /** What turned publishing off, as a person would find it: `GALLEY_DISABLE`, or the path of a file. */
  disabledBy: string | undefined
  /** The settings files that were found and read. */
  files: readonly string[]
}

const userSettingsPath = (env: Terminal['env']): string => join(configFolder(env), 'config.json')

/**
 * Flag over environment over project file over user file (DESIGN §9). Off is off wherever it was said: no other file
 * or variable turns publishing on again.
 * @param flag `--server`
 * @throws UsageError: a setting that cannot be meant, by the name of its flag, variable or file
 */
export async function readSettings({ env, cwd }: Terminal, flag?: string): Promise<Settings> {
  const userPath = userSettingsPath(env)
  const projectPath = projectFileFrom(cwd, env)
  const user = await readFileOf(userPath)
  const project = projectPath === undefined ? undefined : await readFileOf(projectPath)
  const named: [Source, string | undefined, string][] = [
    ['flag', flag, '--server'],
    ['environment', env.GALLEY_URL || undefined, 'GALLEY_URL'],
    ['project', project?.url, `"url" in ${projectPath}`],
    ['user', user?.url, `"url" in ${userPath}`],
  ]
  const firstOf = (sources: readonly Source[]): Settings['server'] => {
    const [first] = named.flatMap(([from, url, name]) =>
      url !== undefined && sources.includes(from) ? [{ from, url, name }] : [],
    )
    return first && { url: originFrom(first.url, first.name), from: first.from }
  }
  return {
    server: firstOf(['flag', 'environment', 'project', 'user']),
    tokenServer: env.GALLEY_TOKEN ? firstOf(['environment', 'user'])?.url : undefined,
    autoOpen: env.GALLEY_AUTO_OPEN ? env.GALLEY_AUTO_OPEN !== '0' : (project?.autoOpen ?? user?.autoOpen ?? true),
    disabledBy: disabledBy(env, [project && projectPath, project], [user && userPath, user]),
    files: [project && projectPath, user && userPath].filter(path => path !== undefined),
  }
}

/** The server that this user means from then on, unless the user's file names one already. Keeps what else it says. */
export async function adoptServer(env: Terminal['env'], url: string): Promise<void> {
  const path = userSettingsPath(env)
  const settings = await readFileOf(path)
  if (settings?.url === undefined) await writeJson(path, { ...settings, url })
}

function disabledBy(
  env: Terminal['env'],
  ...files: [path: string | undefined, file: SettingsFile | undefined][]
): string | undefined {
  if (env.GALLEY_DISABLE && env.GALLEY_DISABLE !== '0') return 'GALLEY_DISABLE'
  return files.find(([, file]) => file?.disableGalley)?.[0]
}

/** The nearest `galley.json` of this user's, up to where the repository begins, and never above the user's home. */
function projectFileFrom(cwd: string, env: Terminal['env']): string | undefined {
  const home = env.HOME || homedir()
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, 'galley.json')
    if (existsSync(path) && isOwn(path)) return path
    if (existsSync(join(folder, '.git')) || folder === home || folder === dirname(folder)) return undefined
  }
}

/** Anybody can put a file into a folder that all may write to, such as /tmp: what counts is this user's, or root's. */
function isOwn(path: string): boolean {
  const { uid } = statSync(path)
  return [0, process.getuid?.() ?? uid].includes(uid)
}

async function readFileOf(path: string): Promise<SettingsFile | undefined> {
  const content = await readJson(path).catch((error: unknown) => {
    if (error instanceof SyntaxError) throw new UsageError(`${path} is not JSON: ${error.message}`)
    throw error
  })
  if (content === undefined) return undefined
  const parsed = settingsFile.safeParse(content)
  if (parsed.success) return parsed.data
  throw new UsageError(`${path} is not right: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
}
