import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Content } from '../../server/render/press.ts'

/** Something that only one page has, and what it looks like wherever that page is kept. */
export interface Canary {
  name: string
  needles: readonly Buffer[]
}

/** Text that nothing else has, and no compression makes small. */
export const unique = (chars: number): string => randomBytes(chars / 2).toString('hex')

export const textCanary = (name: string, text: string): Canary => ({ name, needles: [Buffer.from(text)] })

/** Of bytes as they are stored, compressed: parts from all over them, but for what pages that stay have as well. */
export function contentCanary(name: string, { bytes }: Content, stay: readonly Content[]): Canary {
  const all = Buffer.from(bytes)
  const parts = Array.from({ length: 16 }, (_, part) => Math.floor((all.length * part) / 16))
  const needles = parts.map(at => all.subarray(at, at + 20)).filter(needle => needle.length === 20)
  return { name, needles: needles.filter(needle => !stay.some(content => Buffer.from(content.bytes).includes(needle))) }
}

/** Those of which any part is in these bytes. */
export const seenIn = (bytes: Buffer, canaries: readonly Canary[]): string[] =>
  canaries.filter(({ needles }) => needles.some(needle => bytes.includes(needle))).map(({ name }) => name)

/**
 * … or in any file of a folder, but for those that have just gone. By another process: in its own, closing a database's file
 * would let go of SQLite's locks.
 */
export async function seenInFiles(folder: string, canaries: readonly Canary[]): Promise<string[]> {
  const script = 'find "$0" -type f -exec cat {} + 2>/dev/null || true'
  const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const
  return seenIn((await promisify(execFile)('sh', ['-c', script, folder], options)).stdout, canaries)
}
