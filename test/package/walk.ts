import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../galley-process.ts'
import { root } from '../repository/sources.ts'
import { type Account, makeAccount, pack, placeBuiltSqlite } from './npm.ts'
import { openReader, type Reader } from './reader.ts'
import { stabilizer } from './stable.ts'
import { type Pane, startTmux, type Tmux } from './tmux.ts'

interface Options {
  /** npm builds better-sqlite3, which takes a minute where it compiles; else it gets the binary of the tests. */
  build: boolean
}

/** Who and what meets on the way. */
interface Scene {
  person: Account
  reader: Reader
  tmux: Tmux
  /** Where the person types. */
  terminal: Pane
  /** What a terminal of theirs has in its environment. */
  env: Readonly<Record<string, string>>
  /** Origin of the app. */
  url: string
  /** Keeps what was on the screen, as this block of the guide. */
  keep(block: string, text: string): void
}

/** Milliseconds. */
const compiling = 600_000

/**
 * The whole way of a stranger, from the tarball to the last page deleted: typed into real terminals, beside a real
 * browser.
 * @returns by the names of the guide's blocks what was on the screen, made stable
 */
export async function walk({ build }: Options): Promise<Map<string, string>> {
  const ending: (() => Promise<void>)[] = []
  try {
    const person = await makeAccount()
    ending.unshift(person.remove)
    await pack(person)
    const reader = await openReader(person)
    ending.unshift(reader.close)
    const tmux = await startTmux(person.home)
    ending.unshift(tmux.close)
    const ports = await freePorts()
    const env = { ...person.env, ...reader.env, ...ports }
    const terminal = await tmux.open({ cwd: person.home, env, prompt: '$' })
    const kept = new Map<string, string>()
    const keep = (block: string, text: string) => void kept.set(block, text)
    const scene = { person, reader, tmux, terminal, env, url: `http://localhost:${ports.GALLEY_PORT}`, keep }
    await install(scene, build)
    await serve(scene, () => publishing(scene))
    const stable = stabilizer({ url: scene.url, home: person.home })
    return new Map([...kept].map(([block, text]) => [block, stable(`${text}\n`)]))
  } finally {
    for (const end of ending) await end()
  }
}

async function install({ person, terminal, keep }: Scene, build: boolean): Promise<void> {
  if (!build) await terminal.run('export npm_config_ignore_scripts=true')
  const command = 'npm install --global --allow-scripts=better-sqlite3 ./galley-0.1.0.tgz'
  keep('install', await terminal.run(command, compiling))
  if (!build) placeBuiltSqlite(person)
}

async function serve({ person, reader, tmux, env, keep }: Scene, meanwhile: () => Promise<void>): Promise<void> {
  const terminal = await tmux.open({ cwd: person.home, env, prompt: '$' })
  const link = /\S+\/sign-in#[\w-]{43}/
  const [url = ''] = link.exec(await terminal.start('galley serve', link)) ?? []
  await reader.signIn(url)
  keep('serve', await terminal.shows(link))
  await meanwhile()
  await terminal.interrupt()
  await terminal.ended()
}

async function publishing(scene: Scene): Promise<void> {
  await login(scene)
  const page = await publish(scene)
  await watch(scene)
  await conflict(scene, page)
  await look(scene)
  await remove(scene)
}

async function login({ terminal, reader, url, keep }: Scene): Promise<void> {
  await terminal.start(`galley login ${url}`, /\b[A-Z]{4}-[A-Z]{4}\b/)
  await reader.follow()
  await reader.approve()
  keep('login', await terminal.ended())
}

/** @returns the page's address */
async function publish({ person, terminal, reader, keep }: Scene): Promise<string> {
  const folder = join(person.home, 'handbook')
  await cp(join(root, 'examples/handbook.md'), join(folder, 'handbook.md'))
  await git(person, 'init', '--quiet', folder)
  await commit(person, folder)
  await terminal.run('cd handbook')
  await terminal.start('galley publish handbook.md', /\(y\/N\)$/)
  await terminal.answer('y')
  const published = await terminal.ended()
  keep('publish', published)
  await reader.follow()
  await reader.sees(1, 'for ten minutes')
  await terminal.run(`sed -i 's/for ten minutes/for twenty minutes/' handbook.md`)
  keep('dry-run', await terminal.run('galley publish handbook.md --dry-run'))
  keep('update', await terminal.run('galley publish handbook.md --note "Watch longer"'))
  await reader.sees(2, 'for twenty minutes')
  return /\S+\/a\/cart_\w+/.exec(published)?.[0] ?? ''
}

async function watch({ person, reader, tmux, terminal, env, keep }: Scene): Promise<void> {
  const editor = await tmux.open({ cwd: join(person.home, 'handbook'), env, prompt: '$' })
  await terminal.start('galley watch handbook.md', /Watching handbook\.md/)
  await editor.run(`sed -i 's/with people around/with coffee and people around/' handbook.md`)
  await terminal.shows(/Published version 3/)
  await reader.sees(3, 'with coffee and people around')
  await terminal.interrupt()
  keep('watch', await terminal.ended())
}

/** The same page is published from another machine meanwhile. */
async function conflict({ person, reader, tmux, terminal, env, url, keep }: Scene, page: string): Promise<void> {
  const { stdout: token } = await person.run('galley', ['token', 'create', '--member', 'owner@localhost'], { env })
  const HOME = join(person.home, 'ci')
  await commit(person, join(person.home, 'handbook'))
  await git(person, 'clone', '--quiet', join(person.home, 'handbook'), HOME)
  const runner = { CI: 'true', GITHUB_ACTIONS: 'true', GALLEY_URL: url, GALLEY_TOKEN: token.trim() }
  const ci = await tmux.open({ cwd: HOME, env: { ...env, ...runner, HOME }, prompt: 'ci$' })
  await ci.run(`sed -i 's/ 5.7 %/ 4.9 %/' handbook.md`)
  keep('ci', await ci.run(`galley publish handbook.md --to ${page} --note "Figures of the week"`))
  await reader.sees(4, '4.9 %')
  await terminal.run(`sed -i 's/for twenty minutes/for a quarter of an hour/' handbook.md`)
  keep('conflict', await terminal.run('galley publish handbook.md'))
  keep('versions', await terminal.run('galley versions handbook.md'))
  keep('force', await terminal.run('galley publish handbook.md --force --note "A quarter of an hour"'))
  await reader.sees(5, 'a quarter of an hour')
}

async function look({ reader, terminal, keep }: Scene): Promise<void> {
  keep('open', await terminal.run('galley open handbook.md'))
  await reader.follow()
  await reader.sees(5, 'a quarter of an hour')
  keep('list', await terminal.run('galley list'))
  keep('pipe', await terminal.run('galley list | cut -f 1'))
  keep('doctor', await terminal.run('galley doctor'))
}

async function remove({ terminal, keep }: Scene): Promise<void> {
  await terminal.start('galley delete handbook.md', /\(y\/N\)$/)
  await terminal.answer('y')
  const deleted = await terminal.ended()
  keep('delete', deleted)
  keep('undo', await terminal.run(/galley delete --undo \S+/.exec(deleted)?.[0] ?? ''))
  keep('logout', await terminal.run('galley logout'))
}

async function commit(person: Account, folder: string): Promise<void> {
  await git(person, '-C', folder, 'add', '--all')
  await git(person, '-C', folder, 'commit', '--quiet', '--message', 'Handbook')
}

/** By whom and when is part of a commit's hash, which the guide shows. */
async function git(person: Account, ...args: readonly string[]): Promise<void> {
  const [GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_AUTHOR_DATE] = ['Ada', 'ada@example.org', '2026-11-23T09:30:00Z']
  const committer = {
    GIT_COMMITTER_NAME: GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: GIT_AUTHOR_EMAIL,
    GIT_COMMITTER_DATE: GIT_AUTHOR_DATE,
  }
  const env = { GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_AUTHOR_DATE, ...committer }
  const { code, stderr } = await person.run('git', args, { env })
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
}
