import { readFileSync } from 'node:fs'

/** What compose.yaml has its services run with. */
export interface Composed {
  /** The environment of a node, with the defaults of what an operator may set. */
  node: Record<string, string>
  /** As in postgresql.conf … */
  postgres: Record<string, string>
  /** … and in redis.conf. */
  redis: Record<string, string>
}

/** Reads the file that operators are given, by its lines: it has to be as plain as that. @throws Error where it is not */
export function composed(): Composed {
  const file = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8')
  const environment = part(file, /^x-node:[\s\S]*?\n {2}environment:\n((?: {4}.*\n)+)/m)
  const postgres = part(file, /^ {2}postgres:\n[\s\S]*?\n {4}command: \[postgres, (.*)\]\n/m)
  const redis = part(file, /^ {2}redis:\n[\s\S]*?\n {4}command:\n {6}- redis-server\n((?: {6}- .*\n)+)/m)
  return {
    node: pairs(environment, /^ {4}([A-Z_]+): (.*)$/gm),
    postgres: pairs(postgres, /-c, ([a-z_]+)=([^,\]]+)/g),
    redis: pairs(redis, /^ {6}- --([a-z-]+)\n {6}- (.*)$/gm),
  }
}

function part(file: string, pattern: RegExp): string {
  const found = pattern.exec(file)?.[1]
  if (found === undefined) throw new Error(`compose.yaml has no ${pattern}`)
  return found
}

function pairs(text: string, pattern: RegExp): Record<string, string> {
  const found = [...text.matchAll(pattern)].map(([, name = '', value = '']) => [name, plain(value)])
  if (found.length === 0) throw new Error(`compose.yaml has no ${pattern} in: ${text}`)
  return Object.fromEntries(found)
}

/** Without quotes, and with the default of what is not set. */
const plain = (value: string): string => value.replace(/^'(.*)'$/, '$1').replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')
