import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A person's account on this machine, fresh: a home of its own, into which npm installs commands. */
export interface Account {
  home: string
  /** Where npm puts the commands that it installs. */
  bin: string
  /** Nothing of ours but these, and nothing that `npm test` adds to the environment. */
  env: Readonly<Record<string, string>>
  /** Runs a command of the PATH to its end, in the home. */
  run(command: string, args: readonly string[], more?: More): Promise<Ended>
  remove(): Promise<void>
}

interface More {
  env?: Readonly<Record<string, string>>
}

export interface Ended {
  /** 128 and more: ended by a signal, or by the time it had. */
  code: number
  stdout: string
  stderr: string
}

/** What a command may take on a machine that is busy. Milliseconds. */
const patience = 120_000

export async function makeAccount(): Promise<Account> {
  const home = await mkdtemp(join(tmpdir(), 'galley-home-'))
  const prefix = join(home, '.npm-global')
  const bin = join(prefix, 'bin')
  const { PATH = '' } = process.env
  const env = {
    HOME: home,
    PATH: [bin, PATH].join(delimiter),
    LANG: 'C.UTF-8',
    npm_config_prefix: prefix,
    ...npmSettings(home),
  }
  return {
    home,
    bin,
    env,
    run: (command, args, more = {}) => run(command, args, home, { ...env, ...more.env }),
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Which registry, and how it is reached, is this machine's matter; so is what has been fetched already. */
function npmSettings(home: string): Record<string, string> {
  const fetched = join(process.env.npm_config_cache ?? join(homedir(), '.npm'), '_cacache')
  const cache = join(home, '.npm')
  mkdirSync(fetched, { recursive: true })
  mkdirSync(cache)
  // npm keeps what `npx` installs beside what it has fetched: that must not stay.
  symlinkSync(fetched, join(cache, '_cacache'))
  return {
    npm_config_cache: cache,
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_prefer_offline: 'true',
    // What npm has to remark on its own settings and on others' packages.
    npm_config_loglevel: 'error',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
}

/** `npm pack`. @returns the path of the tarball, which has the name that npm gives it */
export async function pack(account: Account): Promise<string> {
  const { code, stdout, stderr } = await account.run('npm', ['pack', root, '--pack-destination', account.home])
  const tarball = (await readdir(account.home)).find(name => name.endsWith('.tgz'))
  if (code !== 0 || tarball === undefined) throw new Error(`npm pack failed: ${stdout}${stderr}`)
  return join(account.home, tarball)
}

/** `npm install --global` of a tarball. No package's script is run, as npm 12 has it and a careful user too. */
export async function installGlobally(account: Account, tarball: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await account.run('npm', ['install', '--global', '--ignore-scripts', ...args, tarball])
  if (code !== 0) throw new Error(`npm install failed: ${stderr}`)
}

/** What the script of better-sqlite3 does takes minutes where it has to be compiled: the binary that it made here. */
export function placeBuiltSqlite(account: Account): void {
  const binary = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'
  const place = join(account.home, '.npm-global/lib/node_modules/galley', binary)
  mkdirSync(dirname(place), { recursive: true })
  copyFileSync(join(root, binary), place)
}

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(command, args, { cwd, env, timeout: patience }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 128) : 0
      resolve({ code, stdout, stderr })
    })
    child.stdin?.end()
  })
}
