import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The program, as it is built: from the sources each start would take three times as long. */
export const program = fileURLToPath(new URL('../dist/bin/galley.js', import.meta.url))

/** What a command came to. `code` is null where a signal ended it. */
export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * A process of its own that runs `galley …`, with this environment and no other.
 * @param fileSize bytes: it cannot write further into any file
 */
export function spawnGalley(args: readonly string[], env: Record<string, string>, fileSize?: number): ChildProcess {
  const limit = fileSize === undefined ? '' : `ulimit -S -f ${Math.floor(fileSize / 512)} && `
  return spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, program, ...args], {
    env: { PATH: process.env.PATH, GALLEY_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export const runGalley = (args: readonly string[], env: Record<string, string>): Promise<Ran> =>
  ran(spawnGalley(args, env))

/** Until it has ended. */
export async function ran(child: ChildProcess): Promise<Ran> {
  const ended = once(child, 'exit')
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('The process was not started to be listened to.')
  const [out, err] = await Promise.all([text(stdout), text(stderr)])
  const [code] = (await ended) as [number | null]
  return { code, stdout: out, stderr: err }
}

/** The settings of a server that can be started again at the same addresses, three ports in a row. */
export async function freePorts(): Promise<{ GALLEY_PORT: string; GALLEY_CONTENT_URLS: string }> {
  const port = await freePort(3)
  const content = [port + 1, port + 2].map(other => `http://127.0.0.1:${other}`)
  return { GALLEY_PORT: String(port), GALLEY_CONTENT_URLS: content.join(' ') }
}

/**
 * To be served on again and again: none of those that the system lends to clients, who could take it while nobody serves.
 * @param inARow that many from it on are free
 */
export async function freePort(inARow = 1): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    const free = await Promise.all(Array.from({ length: inARow }, (_, n) => isFree(port + n)))
    if (free.every(Boolean)) return port
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** `galley serve`, once it serves. */
export interface Serving {
  url: string
  process: ChildProcess
  /** On stdout, so far. */
  welcome(): string
  /** On stderr, so far. */
  said(): string
  /** @param signal SIGTERM, unless it is to be killed */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** @throws Error with what it said, where it ended before it served */
export async function serveGalley(env: Record<string, string>, fileSize?: number): Promise<Serving> {
  const child = spawnGalley(['serve'], { GALLEY_PORT: '0', ...env }, fileSize)
  let out = ''
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
      const address = /^Galley is at (\S+)\n/m.exec(out)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
    child.once('close', () => reject(new Error(`The server ended before it served: ${said}${out}`)))
  })
  return {
    url,
    process: child,
    welcome: () => out,
    said: () => said,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}
