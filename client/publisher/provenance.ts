import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
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
 * The commit that is checked out where the file is, with `-dirty` when the file is not as it has it; a file that git is told
 * to ignore is made from the commit, not part of it. Undefined without git, a repository or a commit, or when git takes
 * too long.
 */
async function commitOf(folder: string, path: string | undefined, env: Terminal['env']): Promise<string | undefined> {
  // A repository's own settings may name a program for git to run: not for this.
  const git = (...args: string[]) =>
    run('git', ['--no-optional-locks', '-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      env,
      timeout: limits.git,
    })
  try {
    const [head, status] = await Promise.all([
      git('rev-parse', '--verify', 'HEAD'),
      path === undefined ? { stdout: '' } : git('status', '--porcelain', '--', path),
    ])
    return `${head.stdout.trim()}${status.stdout === '' ? '' : '-dirty'}`
  } catch {
    return undefined
  }
}

const run = promisify(execFile)

const cut = (text: string): string => plain(text).slice(0, limits.provenanceChars)
