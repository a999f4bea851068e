import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { program as galley } from '../galley-process.ts'
import type { Link } from '../link.ts'
import type { RedisWay } from './redis-way.ts'

export interface NodeOptions {
  /** An address of this machine's that is the node's own. */
  host: string
  env: Record<string, string>
  /** How it gets to what it stands on. */
  toRedis: RedisWay
  toPostgres: Link
}

/** One of several `galley serve`: a process of its own, at the same address however often it ends. */
export class Node {
  readonly host: string
  readonly toRedis: RedisWay
  readonly toPostgres: Link
  private readonly env: Record<string, string>
  private child: ChildProcess | undefined
  private said = ''

  constructor({ host, env, toRedis, toPostgres }: NodeOptions) {
    this.host = host
    this.env = env
    this.toRedis = toRedis
    this.toPostgres = toPostgres
  }

  /**
   * Resolves once it serves.
   * @param program Node's arguments, where it is another that starts the server
   * @throws Error when it ends before
   */
  async start(program: readonly string[] = [galley, 'serve']): Promise<void> {
    const env = { PATH: process.env.PATH, ...this.env, GALLEY_HOST: this.host }
    const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    child.stderr.on('data', chunk => {
      this.said += String(chunk)
    })
    for await (const line of createInterface(child.stdout)) if (line.startsWith('Galley is at ')) return
    throw new Error(`A node ended before it served: ${this.lastWords()}`)
  }

  /** Resolves once it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this
    if (!child || !this.runs) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  /** It stands still, and everything that it has open stays open. */
  freeze(): void {
    this.child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.child?.kill('SIGCONT')
  }

  get runs(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null
  }

  /** Of the process that ran last; null while it runs, or where a signal ended it. */
  get exitCode(): number | null {
    return this.child?.exitCode ?? null
  }

  /** The end of what it logged: warnings and errors. */
  lastWords(): string {
    return this.said.slice(-4000)
  }

  /** What it shows of itself, by name; of series with labels, the sum. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { status, body } = await this.get('/metrics', { Authorization: `Bearer ${this.env.GALLEY_METRICS_TOKEN}` })
    if (status !== 200) throw new Error(`A node's metrics were answered with ${status}: ${body}`)
    const sums = new Map<string, number>()
    for (const [, name = '', value] of body.matchAll(/^([a-z_]+)(?:\{[^}]*\})? (\S+)$/gm)) {
      sums.set(name, (sums.get(name) ?? 0) + Number(value))
    }
    return sums
  }

  /** Past the proxy. */
  async get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
    const { host } = new URL(this.env.GALLEY_PUBLIC_URL ?? '')
    const options = { host: this.host, port: this.env.GALLEY_PORT, path, agent: false, timeout: 5000 }
    const sent = request({ ...options, headers: { host, ...headers } })
    sent.on('timeout', () => sent.destroy(new Error('A node did not answer within 5 s.')))
    const answered = once(sent, 'response')
    sent.end()
    const [answer] = await answered
    return { status: answer.statusCode, body: await text(answer) }
  }
}
