import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../e2e/stage.ts'
import { installed } from '../installed.ts'

/** What this proxy does that a good one would not. */
export interface Mood {
  /** Requests to be upgraded to a websocket are refused, and websockets there are cut. */
  websockets?: 'blocked'
  /** Seconds without a byte after which a connection is cut. */
  idle?: number
}

/** A real nginx in front of the nodes, at the port that each of them has. */
export interface Front {
  /** From now on; whatever was open is cut. */
  be(mood: Mood): Promise<void>
  close(): Promise<void>
}

export async function startFront(port: number, hosts: readonly string[]): Promise<Front> {
  const dir = await mkdtemp(join(tmpdir(), 'galley-front-'))
  const conf = join(dir, 'nginx.conf')
  let child: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  const start = async (mood: Mood): Promise<void> => {
    await writeFile(conf, await configuration({ dir, port, hosts, mood }))
    const started = spawn(installed('NGINX', ['nginx']), ['-p', dir, '-c', conf, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    let said = ''
    started.stderr.on('data', text => {
      said = (said + String(text)).slice(-2000)
    })
    await eventually(async () => {
      if (started.exitCode !== null) throw new Error(`nginx ended at once: ${said}`)
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect').finally(() => socket.destroy())
    }, 10_000)
  }
  await start({})
  return {
    async be(mood) {
      await stop()
      await start(mood)
    },
    async close() {
      await stop()
      await rm(dir, { recursive: true })
    },
  }
}

/** The one that operators are given. */
const given = fileURLToPath(new URL('../../deploy/cluster.conf', import.meta.url))

interface Configured {
  dir: string
  port: number
  hosts: readonly string[]
  mood: Mood
}

/** Where the nodes are, and where it listens and writes: the rest is as in earnest, but for what is to go wrong. */
async function configuration({ dir, port, hosts, mood }: Configured): Promise<string> {
  const { websockets, idle } = mood
  const bad = [
    websockets === 'blocked' ? 'if ($http_upgrade) { return 403; }' : '',
    idle === undefined ? '' : `proxy_read_timeout ${idle}s; proxy_send_timeout ${idle}s;`,
  ]
  const replaced: [RegExp, string][] = [
    [/\/tmp\//g, `${dir}/`],
    ...[0, 1, 2].map((n): [RegExp, string] => [new RegExp(`listen 300${n}`), `listen 127.0.0.1:${port + n}`]),
    ...hosts.map((host, n): [RegExp, string] => [
      new RegExp(`server 172\\.30\\.84\\.1${n + 1}:3000 `),
      `server ${host}:${port} `,
    ]),
    [/location \/ \{/, `location / { ${bad.join(' ')}`],
  ]
  // Root's workers would be somebody who may not enter this folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  return replaced.reduce(
    (text, [from, to]) => {
      if (!from.test(text)) throw new Error(`deploy/cluster.conf has no ${from} to replace.`)
      return text.replace(from, to)
    },
    `daemon off;\n${user}${await readFile(given, 'utf8')}`,
  )
}
