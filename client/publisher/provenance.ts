import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Provenance } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { plain } from '../../shared/text.ts'
import type { Terminal } from './terminal.ts'

/** What runs the command, by the variable that it sets. */
const surroundings: Readonly<Record<string, string>> = {
  GITHUB_ACTIONS: 'GitHub Actions',
  GITLAB_CI: 'GitLab CI',
  BUILDKITE: 'Buildkite',
  JENKINS_URL: 'Jenkins',
  CLAUDECODE: 'Claude Code',
}

/**
 * Where a version comes from, as its history shows it.
 * @param path of the file, absolute; absent for standard input
 */
export async function provenanceOf(
  { env, cwd, version }: Pick<Terminal, 'env' | 'cwd' | 'version'>,
  path?: string,
): Promise<Provenance> {
  const within = Object.keys(surroundings).find(variable => env[variable])
  const commit = await commitOf(path === undefined ? cwd : dirname(path), path, env)
  return {
    host: cut(hostname()),
    tool: cut(`galley ${version}${within ? ` (${surroundings[within]})` : ''}`),
    ...(commit !== undefined && { commit }),
  }
}

/**
 * The commit that is checked out where the file is, with `-dirty` when the file is not, byte for byte, as it has it; a
 * file that git is told to ignore is made from the commit, not part of it. Undefined without git, a repository or a
 * commit, or when git takes too long.
 *
 * The repository may be a stranger's, and its settings may name programs for git to run: `git status` would run its
 * filters. What is asked here looks at bytes and at what is stored, watches no files, and fetches nothing.
 */
async function commitOf(folder: string, path: string | undefined, env: Terminal['env']): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const options = { cwd: folder, env: { ...env, GIT_ALLOW_PROTOCOL: '' }, timeout: limits.git }
    return (await run('git', ['-c', 'core.fsmonitor=false', ...args], options)).stdout.trim()
  }
  const isClean = async (file: string) => {
    const stored = await git('rev-parse', '--verify', '--quiet', `HEAD:./${basename(file)}`).catch(() => undefined)
    if (stored !== undefined) return stored === (await git('hash-object', '--no-filters', '--', file))
    const isIgnored = git('check-ignore', '--quiet', '--', file)
    return isIgnored.then(
      () => true,
      () => false,
    )
  }
  try {
    const head = await git('rev-parse', '--verify', 'HEAD')
    return path === undefined || (await isClean(path)) ? head : `${head}-dirty`
  } catch {
    return undefined
  }
}

const run = promisify(execFile)

const cut = (text: string): string => plain(text).slice(0, limits.provenanceChars)
