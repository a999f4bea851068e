import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveCredential } from '../../../client/publisher/credentials.ts'
import { adoptServer } from '../../../client/publisher/settings.ts'
import type { ArtifactList, Me } from '../../../shared/api.ts'
import { startTestApp, type TestApp, type TestMember } from '../../app.ts'
import { freePorts } from '../../galley-process.ts'
import { type FaultyWire, openFaultyWire } from '../faulty-wire.ts'
import { type Running, type Start, start } from '../terminal-shell.ts'

/** A server behind a wire that fails when it is told to, and with a clock that can be put forward. */
export interface Stage {
  wire: FaultyWire
  app: TestApp
  /** A member of their own, signed in on a machine of their own. */
  enter(): Promise<Scene>
  close(): Promise<void>
}

/** One member, one machine, one command at a time. */
export interface Scene {
  wire: FaultyWire
  app: TestApp
  home: string
  member: TestMember
  /** URL of the page that report.html is, once it is. */
  page: string
  start(args: readonly string[], how?: Partial<Start>): Running
  /** The same, where no byte more can be written anywhere in the user's home. */
  startOnFullDisk(args: readonly string[], how?: Partial<Start>): Running
  /** All tokens made so far end. */
  endTokens(): void
  /** How many versions each of the member's pages has, the newest page first. */
  pages(): Promise<number[]>
  /** Paths of the files that the command keeps, and of what it left beside the page. */
  files(): Promise<string[]>
  leave(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const wire = await openFaultyWire()
  const ports = await freePorts()
  wire.leadTo(Number(ports.GALLEY_PORT))
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }
  const app = await startTestApp({ clock }, { ...ports, GALLEY_PUBLIC_URL: wire.url })
  let entered = 0
  return {
    wire,
    app,
    async enter() {
      entered += 1
      ahead = 0
      return enter(wire, app, await app.addMember(`ann${entered}@acme.example`), years => {
        ahead = years * 366 * 86_400_000
      })
    },
    async close() {
      await app.close()
      await wire.close()
    },
  }
}

async function enter(
  wire: FaultyWire,
  app: TestApp,
  member: TestMember,
  putForward: (years: number) => void,
): Promise<Scene> {
  const home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  const env = { HOME: home }
  const { token } = member
  const me = (await (await app.request('/api/v1/me', { token })).json()) as Me
  await saveCredential(env, app.url, {
    token,
    tokenId: me.tokenId ?? '',
    email: me.member.email,
    expiresAt: me.expiresAt,
  })
  await adoptServer(env, app.url)
  return {
    wire,
    app,
    home,
    member,
    page: '',
    start: (args, how) => start(args, { cwd: home, env, ...how }),
    startOnFullDisk: (args, how) => start(args, { cwd: home, env, within: fullDisk(home), ...how }),
    endTokens: () => putForward(2),
    async pages() {
      putForward(0)
      const answer = await app.request('/api/v1/artifacts?scope=mine', { token: await app.createToken(member.member) })
      const { artifacts } = (await answer.json()) as ArtifactList
      return artifacts.map(({ latest = 0 }) => latest)
    },
    async files() {
      const entries = await readdir(home, { recursive: true, withFileTypes: true })
      return entries.filter(each => each.isFile()).map(each => join(each.parentPath, each.name))
    },
    async leave() {
      await wire.mend()
      await rm(home, { recursive: true })
    },
  }
}

/** The command's are the arguments, the home is $0: what was written there is there afterwards, on the disk below. */
const onFullFileSystem = `
  trap : INT
  cp -a "$0" "$0.before"
  mount -t tmpfs -o size=1m tmpfs "$0" && cd "$0" && cp -a "$0.before/." . || exit
  cat /dev/zero > filling 2> /dev/null
  "$@"
  code=$?
  rm filling
  cp -a "$0" "$0.after"
  cd / && umount "$0"
  find "$0" -mindepth 1 -delete
  cp -a "$0.after/." "$0"
  rm -r "$0.before" "$0.after"
  exit $code`

/** A mount namespace of its own (unshare(1)), which a user may have too. */
const apart = ['unshare', '--map-root-user', '--mount']

/** Where that is not allowed, as in some containers, no file may be longer than nothing (setrlimit(2)). */
const mayMount = spawnSync('unshare', [...apart.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0

const fullDisk = (home: string): string[] =>
  mayMount ? [...apart, 'sh', '-c', onFullFileSystem, home] : ['sh', '-c', 'ulimit -f 0; exec "$0" "$@"']
