import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openOffice } from '../../server/operator/office.ts'
import type { Office } from '../../server/operator/visit.ts'
import { freePort, program as galley } from '../galley-process.ts'
import { openLink } from '../link.ts'
import { type Postgres, startPostgres } from '../postgres.ts'
import { type Redis, startRedis } from '../redis.ts'
import { composed } from './composed.ts'
import { type Front, startFront } from './front.ts'
import { Node } from './node.ts'
import { openRedisWay } from './redis-way.ts'

/**
 * Three nodes behind a proxy, over one PostgreSQL and one Redis, with the settings of compose.yaml, on addresses of this
 * machine's own; and ways from each node to PostgreSQL and Redis that can be broken.
 */
export interface Cluster {
  /** Where everybody goes: the proxy. */
  url: string
  nodes: readonly Node[]
  front: Front
  postgres: Postgres
  redis: Redis
  /** Of the database, past whatever is in the nodes' way. */
  databaseUrl: string
  /** Does this beside the nodes, as an operator's command would. */
  beside<T>(work: (office: Office) => Promise<T>): Promise<T>
  /** `galley …`, with the settings of the nodes. */
  command(...args: string[]): Promise<unknown>
  /** Past the store. */
  rows(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

/** @throws Error where something does not start; nothing is left running */
export async function startCluster(): Promise<Cluster> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.reverse()) await step()
  }
  const closed = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const opened = await opening
    closing.push(() => opened.close())
    return opened
  }
  try {
    const given = composed()
    const [postgres, redis] = await Promise.all([
      closed(startPostgres(given.postgres)),
      closed(startRedis(given.redis)),
    ])
    const databaseUrl = await postgres.createDatabase()
    const dir = await mkdtemp(join(tmpdir(), 'galley-cluster-'))
    closing.push(() => rm(dir, { recursive: true }))
    const port = await freePort(3)
    const url = `http://localhost:${port}`
    const settings = {
      ...given.node,
      GALLEY_PORT: String(port),
      GALLEY_PUBLIC_URL: url,
      GALLEY_CONTENT_URLS: `http://127.0.0.1:${port + 1},http://127.0.0.1:${port + 2}`,
      GALLEY_METRICS_TOKEN: 'read-by-the-tests-alone',
      GALLEY_LOG_LEVEL: 'warn',
      GALLEY_DATA_DIR: dir,
    }
    const own = { ...settings, DATABASE_URL: databaseUrl, REDIS_URL: redis.url }
    const nodes: Node[] = []
    for (const host of hosts) {
      const toRedis = await openRedisWay(redis.port)
      closing.push(() => toRedis.link.close())
      const toPostgres = await closed(openLink(Number(new URL(databaseUrl).port)))
      const env = {
        ...settings,
        DATABASE_URL: led(databaseUrl, toPostgres.port),
        REDIS_URL: led(redis.url, toRedis.link.port),
      }
      const node = new Node({ host, env, toRedis, toPostgres })
      closing.push(() => node.end('SIGKILL'))
      nodes.push(node)
    }
    // All at once, on a database without a table.
    await Promise.all(nodes.map(node => node.start()))
    const front = await closed(startFront(port, hosts))
    return {
      url,
      nodes,
      front,
      postgres,
      redis,
      databaseUrl,
      async beside(work) {
        const office = await openOffice(
          { ...settings, DATABASE_URL: databaseUrl, REDIS_URL: redis.url },
          { make: false },
        )
        try {
          return await work(office)
        } finally {
          await office.close()
        }
      },
      command: (...args) =>
        promisify(execFile)(process.execPath, [galley, ...args], { env: { PATH: process.env.PATH, ...own } }),
      rows: sql => postgres.query(sql, databaseUrl),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The same, by another port of this machine. */
function led(url: string, port: number): string {
  const way = new URL(url)
  way.port = String(port)
  return way.href
}
