/**
 * What the other scripts need before they can start. Only Node's own modules are imported here, because on a clean
 * clone there are no others yet.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The path of a command that an npm package brings. */
export const bin = name => join(root, 'node_modules/.bin', name)

export function stop(message) {
  console.error(`\n${message}`)
  process.exit(1)
}

/** Runs a command in this terminal, to its end; when it fails, so do we. */
export function run(command, args, options = {}) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) stop(`Could not run ${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** `npm ci`, unless node_modules holds what the lockfile names, and a better-sqlite3 that loads. */
export function installDependencies() {
  const install = () => {
    console.log('Installing the npm packages …')
    run('npm', ['ci', '--no-audit', '--no-fund'])
  }
  if (!installed()) install()
  if (sqliteLoads()) return
  // npm leaves out, without a word, an optional dependency that it could not build; one built for another Node fails late.
  installSystemPackages(toolchain)
  install()
  if (!sqliteLoads()) stop('better-sqlite3 could not be built; what went wrong stands above.')
}

function installed() {
  const hidden = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(hidden)) return false
  const packagesOf = file => Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
  const have = new Map(packagesOf(hidden))
  // Optional packages are mostly the binaries of other platforms.
  return packagesOf(join(root, 'package-lock.json')).every(
    ([path, { optional, version }]) => path === '' || optional || have.get(path)?.version === version,
  )
}

const sqliteLoads = () =>
  spawnSync(process.execPath, ['-e', `new (require('better-sqlite3'))(':memory:')`], { cwd: root }).status === 0

/** Debian's packages, and the commands by which the same is known elsewhere. */
const toolchain = [
  { name: 'python3', commands: ['python3'] },
  { name: 'make', commands: ['make'] },
  { name: 'g++', commands: ['g++', 'clang++'] },
]

export const neededByTests = [
  { name: 'chromium', commands: ['chromium', 'chromium-browser', 'google-chrome'] },
  { name: 'firefox-esr', commands: ['firefox-esr', 'firefox'] },
  { name: 'xvfb', commands: ['Xvfb'] },
  { name: 'ffmpeg', commands: ['ffmpeg'] },
  { name: 'tmux', commands: ['tmux'] },
  { name: 'zsh', commands: ['zsh'] },
  { name: 'fish', commands: ['fish'] },
  { name: 'fonts-noto-color-emoji', commands: [] },
  { name: 'nginx', commands: ['nginx'] },
  { name: 'openssl', commands: ['openssl'] },
  { name: 'libnss3-tools', commands: ['certutil'] },
  { name: 'redis-server', commands: ['redis-server'] },
  { name: 'postgresql', commands: ['postgres', 'pg_ctl'] },
]

/** On Debian, as root, installs what is missing; anywhere else says what to install, and stops. */
export function installSystemPackages(wanted) {
  const debian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  const missing = wanted.filter(each => !(debian ? debianHas(each.name) : onPath(each.commands)))
  if (missing.length === 0) return
  const names = missing.map(each => each.name)
  if (!debian) {
    const lines = missing.map(each => `  ${each.commands.join(' or ')}`)
    stop(`Needed on the PATH, and not found:\n${lines.join('\n')}`)
  }
  if (process.getuid?.() !== 0)
    stop(`Debian packages are missing. Install them with\n  sudo apt-get install ${names.join(' ')}`)
  console.log(`Installing ${names.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], { env })
  run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...names], { env })
}

const debianHas = name =>
  spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' }).stdout.includes('\nStatus: install ok installed\n')

const onPath = commands =>
  commands.length === 0 ||
  commands.some(command => (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, command))))
