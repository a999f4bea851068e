import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './galley-process.ts'
import { installed } from './installed.ts'

/** A Redis of one's own, on 127.0.0.1, that keeps nothing. It ends with this process. */
export interface Redis {
  readonly port: number
  readonly url: string
  /** What redis-cli says to a command. @throws Error where that is an error, or nothing within some seconds */
  cli(...command: string[]): Promise<string>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Again, at the same address, with nothing in it. */
  start(): Promise<void>
  /** It stands still: connections stay and are made, and nothing is answered. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** Three masters, each with a third of the slots. */
export interface RedisCluster {
  /** Of one of them. */
  readonly url: string
  readonly masters: readonly Redis[]
  close(): Promise<void>
}

/**
 * @param settings of redis.conf
 * @throws Error where Redis is not installed, or does not start
 */
export async function startRedis(settings: Record<string, string> = {}): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'galley-redis-'))
  const watchdog = watch(folder)
  const server = new Server(folder, await freePort(), watchdog, settings)
  try {
    await server.start()
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const started = await Promise.all([1, 2, 3].map(startMaster))
  const [first] = started as [Redis, Redis, Redis]
  const close = async () => {
    await Promise.all(started.map(master => master.close()))
  }
  try {
    const addresses = started.map(({ port }) => `127.0.0.1:${port}`)
    await redisCli('--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes')
    for (const master of started)
      while (!(await master.cli('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(20)
  } catch (error) {
    await close()
    throw error
  }
  return { url: first.url, masters: started, close }
}

const startMaster = async (): Promise<Redis> =>
  startRedis({ 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000', 'cluster-port': String(await freePort()) })

const redisCli = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(installed('REDIS_CLI', ['redis-cli']), args, { timeout: 20_000 })).stdout.trim()

/**
 * Ends the server and takes its folder away once this process has ended, however it did; or when its own input ends.
 * @returns a process that is in no group of ours, so that no signal meant for us reaches it
 */
function watch(folder: string): ChildProcess {
  const script = 'cat >/dev/null; kill -KILL $(cat "$0/pid") 2>/dev/null; rm -rf "$0"'
  const watchdog = spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()
  return watchdog
}

class Server implements Redis {
  readonly port: number
  readonly url: string
  private readonly folder: string
  private readonly watchdog: ChildProcess
  private readonly settings: Record<string, string>
  private process: ChildProcess | undefined

  constructor(folder: string, port: number, watchdog: ChildProcess, settings: Record<string, string>) {
    this.folder = folder
    this.port = port
    this.watchdog = watchdog
    this.settings = settings
    const { requirepass } = settings
    this.url = `redis://${requirepass === undefined ? '' : `:${encodeURIComponent(requirepass)}@`}127.0.0.1:${port}`
  }

  cli(...command: string[]): Promise<string> {
    const { requirepass } = this.settings
    const proof = requirepass === undefined ? [] : ['-a', requirepass, '--no-auth-warning']
    return redisCli('-e', '-p', String(this.port), ...proof, ...command)
  }

  async start(): Promise<void> {
    // What a cluster has written down of itself is kept, as on a disk; for the rest the folder is Redis's to litter.
    await mkdir(join(this.folder, 'data'), { recursive: true })
    const settings = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: join(this.folder, 'data'),
      pidfile: join(this.folder, 'pid'),
      save: '',
      appendonly: 'no',
      ...this.settings,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    const server = spawn(installed('REDIS_SERVER', ['redis-server']), args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.process = server
    let said = ''
    for await (const text of server.stdout) {
      said += String(text)
      if (said.includes('Ready to accept connections')) break
    }
    if (!said.includes('Ready to accept connections')) throw new Error(`Redis did not start: ${said}`)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const server = this.running()
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
    this.process = undefined
    await rm(join(this.folder, 'pid'), { force: true })
  }

  freeze(): void {
    this.running().kill('SIGSTOP')
  }

  thaw(): void {
    this.running().kill('SIGCONT')
  }

  async close(): Promise<void> {
    this.watchdog.ref()
    const ended = once(this.watchdog, 'exit')
    this.watchdog.stdin?.end()
    await ended
  }

  private running(): ChildProcess {
    if (!this.process) throw new Error('This Redis was stopped.')
    return this.process
  }
}
