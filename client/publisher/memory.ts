import { createHash } from 'node:crypto'
import { readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../../shared/api.ts'
import { isId } from '../../shared/ids.ts'
import { readJson, stateFolder, writeJson } from './folders.ts'
import type { Terminal } from './terminal.ts'

/** What is in a file of ours may have been written by another program: of it addresses and paths are made. */
const origin = z
  .string()
  .refine(url => /^https?:/.test(url) && URL.canParse(url) && new URL(url).origin === url, 'This must be an origin.')
const artifactId = z.string().refine(id => isId('artifact', id), 'This must be the id of a page.')

/** A page as this user last published it from this machine. */
const remembered = z.object({
  /** Origin of the app. */
  server: origin,
  artifactId,
  title: z.string(),
  /** The version that was published: the next one is published on top of it, or of nothing (`If-Match`). */
  version: z.int().positive(),
  /** Of its page: numbers repeat when a server is restored from a backup. */
  sha256: sha256.optional(),
  /** Milliseconds since 1970. */
  at: z.number(),
})
export type Remembered = z.infer<typeof remembered>

/** What a file was last published as. */
const fileRecord = z.object({ server: origin, path: z.string(), artifactId })

/**
 * Which file was published as which page, and what is known of each page: a small JSON file for each fact, so that
 * two commands at once never overwrite each other's. A file that cannot be read is as good as none.
 */
export class Memory {
  private readonly folder: string

  constructor(env: Terminal['env']) {
    this.folder = stateFolder(env)
  }

  /** @param path of a file that is there */
  async ofFile(server: string, path: string): Promise<Remembered | undefined> {
    const artifactId = await this.artifactOfFile(server, path)
    return artifactId === undefined ? undefined : this.ofPage(server, artifactId)
  }

  /** The page that a file was last published as, also when that page is forgotten. */
  async artifactOfFile(server: string, path: string): Promise<string | undefined> {
    const record = await read(this.fileRecord(server, await realpath(path)), fileRecord)
    return record?.artifactId
  }

  async ofPage(server: string, artifactId: string): Promise<Remembered | undefined> {
    const page = await read(this.pageRecord(artifactId), remembered)
    return page?.server === server ? page : undefined
  }

  /** Newest first. */
  async all(): Promise<Remembered[]> {
    const names = await readdir(join(this.folder, 'pages')).catch(() => [])
    const paths = names.filter(name => name.endsWith('.json')).map(name => join(this.folder, 'pages', name))
    const pages = await Promise.all(paths.map(path => read(path, remembered)))
    return pages.filter(page => page !== undefined).sort((one, other) => other.at - one.at)
  }

  /** @param path of the file that was published; absent for standard input */
  async remember(page: Remembered, path?: string): Promise<void> {
    const { server, artifactId } = page
    await writeJson(this.pageRecord(artifactId), page)
    if (path === undefined) return
    const real = await realpath(path)
    await writeJson(this.fileRecord(server, real), { server, path: real, artifactId })
  }

  /** A file that was published as this page has to be published anew. */
  async forget(artifactId: string): Promise<void> {
    await rm(this.pageRecord(artifactId), { force: true })
  }

  private pageRecord(artifactId: string): string {
    return join(this.folder, 'pages', `${artifactId}.json`)
  }

  private fileRecord(server: string, real: string): string {
    const key = createHash('sha256').update(`${server}\0${real}`).digest('hex')
    return join(this.folder, 'files', `${key}.json`)
  }
}

async function read<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
  const parsed = shape.safeParse(await readJson(path).catch(() => undefined))
  return parsed.data
}
