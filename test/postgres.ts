import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, open, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client, types } from 'pg'
import { freePort } from './galley-process.ts'

/** A PostgreSQL of one's own, on 127.0.0.1 and as careful with commits as in earnest. It ends with this process. */
export interface Postgres {
  /** Of a database in it, with the user and the password. */
  url(database: string): string
  /** A new and empty one, or one with all that is in another, which nobody is connected to. @returns its URL */
  createDatabase(like?: string): Promise<string>
  /** Whoever is connected to it. */
  dropDatabase(url: string): Promise<void>
  /** As an operator with a database shell. @param url of a database; else the server's own */
  query(sql: string, url?: string): Promise<Record<string, unknown>[]>
  /** SIGINT: connections are closed, what is committed is written. SIGKILL: it and its connections end at once. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>
  /** Again, at the same address, with the same data. */
  start(): Promise<void>
  /** It stands still: connections stay and are made, and nothing is answered. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

let shared: Promise<Postgres> | undefined

/** One for all tests of this process, who each have a database of their own in it, and leave the server alone. */
export function sharedPostgres(): Promise<Postgres> {
  shared ??= startPostgres()
  return shared
}

const user = 'galley'
const password = 'secret of the tests'

/**
 * @param settings of postgresql.conf
 * @throws Error where PostgreSQL is not installed, or does not start
 */
export async function startPostgres(settings: Record<string, string> = {}): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'galley-postgres-'))
  const owner = ownerOf()
  if (owner) await chown(folder, owner.uid, owner.gid)
  const watchdog = watch(folder)
  try {
    await initialise(folder, owner)
    const server = new Server({ folder, owner, port: await freePort(), watchdog, settings })
    await server.start()
    return server
  } catch (error) {
    await end(watchdog)
    throw error
  }
}

interface Owner {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root; its package brings a user. */
function ownerOf(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** The path of one. Debian keeps the server's own off the PATH. */
export function postgresCommand(name: string): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map(version => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  const found = folders.map(folder => join(folder, name)).find(path => existsSync(path))
  if (found === undefined) throw new Error(`These tests need PostgreSQL, and there is no ${name}. Install postgresql.`)
  return found
}

/**
 * Ends the server and takes its folder away once this process has ended, however it did; or when its own input ends.
 * @returns a process that is in no group of ours, so that no signal meant for us reaches it
 */
function watch(folder: string): ChildProcess {
  const script = `cat >/dev/null
    pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -KILL $pid $(pgrep -P $pid)
    while ! rm -rf "$0" 2>/dev/null; do sleep 0.05; done`
  const watchdog = spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()
  return watchdog
}

async function end(watchdog: ChildProcess): Promise<void> {
  watchdog.ref()
  const ended = once(watchdog, 'exit')
  watchdog.stdin?.end()
  await ended
}

/** Its own order of text is that of a language, not ours: nothing may depend on which one an operator has chosen. */
async function initialise(folder: string, owner: Owner | undefined): Promise<void> {
  const secret = join(folder, 'password')
  await writeFile(secret, password)
  const language = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
  const args = ['--pgdata', join(folder, 'data'), '--no-sync', '--auth=scram-sha-256', ...language]
  await promisify(execFile)(postgresCommand('initdb'), [...args, '--username', user, '--pwfile', secret], {
    ...owner,
    cwd: folder,
  })
}

const nameIn = (url: string): string => new URL(url).pathname.slice(1)

/** By any process, wherever the database is; int8 comes as a number. */
export async function queryOn(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.setTypeParser(types.builtins.INT8, Number)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

interface ServerOptions {
  folder: string
  owner: Owner | undefined
  port: number
  watchdog: ChildProcess
  settings: Record<string, string>
}

class Server implements Postgres {
  private readonly folder: string
  private readonly owner: Owner | undefined
  private readonly port: number
  private readonly watchdog: ChildProcess
  private readonly settings: Record<string, string>
  private process: ChildProcess | undefined
  private databases = 0

  constructor({ folder, owner, port, watchdog, settings }: ServerOptions) {
    this.folder = folder
    this.owner = owner
    this.port = port
    this.watchdog = watchdog
    this.settings = settings
  }

  url(database: string): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`
  }

  async createDatabase(like = this.url('template1')): Promise<string> {
    const name = `test_${++this.databases}`
    await this.query(`create database ${name} template ${nameIn(like)}`)
    return this.url(name)
  }

  async dropDatabase(url: string): Promise<void> {
    await this.query(`drop database ${nameIn(url)} with (force)`)
  }

  query(sql: string, url = this.url('postgres')): Promise<Record<string, unknown>[]> {
    return queryOn(url, sql)
  }

  async start(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '32MB',
      fsync: 'on',
      synchronous_commit: 'on',
      ...this.settings,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const log = await open(join(this.folder, 'log'), 'a')
    const server = spawn(postgresCommand('postgres'), ['-D', join(this.folder, 'data'), ...args], {
      ...this.owner,
      cwd: this.folder,
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    })
    server.unref()
    await log.close()
    this.process = server
    await this.ready(server)
  }

  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const server = this.running()
    server.ref()
    const ended = once(server, 'exit')
    if (signal === 'SIGKILL') this.signal(signal)
    else server.kill(signal)
    await ended
    this.process = undefined
  }

  freeze(): void {
    this.signal('SIGSTOP')
  }

  thaw(): void {
    this.signal('SIGCONT')
  }

  close(): Promise<void> {
    return end(this.watchdog)
  }

  /** The server's connections and helpers are children of it, each in a process group of its own. */
  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.running()
    if (pid === undefined) return
    process.kill(pid, signal)
    const children = execFileSync('sh', ['-c', 'pgrep -P "$0" || true', String(pid)], { encoding: 'utf8' })
    for (const child of children.split('\n').filter(Boolean)) process.kill(Number(child), signal)
  }

  private running(): ChildProcess {
    if (!this.process) throw new Error('This PostgreSQL was stopped.')
    return this.process
  }

  private async ready(server: ChildProcess): Promise<void> {
    for (;;) {
      try {
        await this.query('select 1')
        return
      } catch (error) {
        if (server.exitCode !== null) throw new Error(`PostgreSQL did not start: see ${this.folder}/log`)
        if (!isComingUp(error)) throw error
      }
      await setTimeout(20)
    }
  }
}

/** Nobody listens yet; or somebody does, who is not ready (57P03: cannot_connect_now). */
const isComingUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === '57P03')
