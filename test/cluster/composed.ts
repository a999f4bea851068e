import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

/** A service as compose.yaml has it (compose-spec.io), as far as somebody here looks. */
export type Service = z.infer<typeof service>

type Attached = z.infer<typeof attached>

const attached = z.object({ ipv4_address: z.string().optional() })

const service = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  networks: z.union([
    z.array(z.string()).transform(names => Object.fromEntries(names.map((name): [string, Attached] => [name, {}]))),
    z.record(z.string(), attached),
  ]),
  volumes: z.array(z.string()).default([]),
  restart: z.string().optional(),
  stop_grace_period: z.string(),
  mem_limit: z.string(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
})

/** The file that operators are given, without an .env beside it: by name, with the defaults of all that may be set. */
export function services(): Readonly<Record<string, Service>> {
  const file = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8')
  const settled = parse(file, (_, value) => (typeof value === 'string' ? withDefaults(value) : value), { merge: true })
  return z.object({ services: z.record(z.string(), service) }).parse(settled).services
}

const withDefaults = (text: string): string => text.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')

/** What the services run with. */
export interface Composed {
  /** The environment of a node. */
  node: Record<string, string>
  /** As in postgresql.conf … */
  postgres: Record<string, string>
  /** … and in redis.conf. */
  redis: Record<string, string>
}

export function composed(): Composed {
  const { 'node-1': node, postgres, redis } = services()
  const [, ...postgresArgs] = postgres?.command ?? []
  const [, ...redisArgs] = redis?.command ?? []
  return {
    node: node?.environment ?? {},
    postgres: Object.fromEntries(inPairs(postgresArgs).map(([, setting]) => setting.split('=', 2))),
    redis: Object.fromEntries(inPairs(redisArgs).map(([name, value]) => [name.replace(/^--/, ''), value])),
  }
}

const inPairs = (args: readonly string[]): [string, string][] =>
  Array.from({ length: args.length / 2 }, (_, n) => [args[2 * n] ?? '', args[2 * n + 1] ?? ''])
