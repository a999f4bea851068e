import { open } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { PageType } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { InterruptedError, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

const typeOfExtension: Readonly<Record<string, PageType>> = {
  '.html': 'text/html',
  '.htm': 'text/html',
  '.md': 'text/markdown',
}

/** For standard input, which has no name to tell by. */
export const typeOfName = { html: 'text/html', md: 'text/markdown' } as const

export interface PageFile {
  body: Uint8Array<ArrayBuffer>
  type: PageType
}

/**
 * @param file `-` is standard input
 * @param type needed for standard input, and only there
 * @throws UsageError · InterruptedError · GalleyError unsupported_type | page_too_large · Error with a sentence: the file
 *   cannot be read
 */
export async function readPage(
  { cwd, stdin, signal }: Pick<Terminal, 'cwd' | 'stdin' | 'signal'>,
  file: string,
  type?: keyof typeof typeOfName,
): Promise<PageFile> {
  if (file === '-') {
    if (!type) throw new UsageError('Say what comes from standard input: --type html, or --type md')
    return { body: await readStdin(stdin, signal), type: typeOfName[type] }
  }
  if (type) throw new UsageError('--type is for standard input; of a file, the name tells.')
  const known = typeOfExtension[extname(file).toLowerCase()]
  if (!known) throw unsupported(file)
  return { body: await readFile(resolve(cwd, file), file), type: known }
}

async function readStdin(stdin: Terminal['stdin'], signal: AbortSignal): Promise<PageFile['body']> {
  try {
    return await readAll('standard input', addAbortSignal(signal, stdin))
  } catch (error) {
    throw signal.aborted ? new InterruptedError('Nothing was published.') : error
  }
}

async function readFile(path: string, name: string): Promise<PageFile['body']> {
  try {
    const file = await open(path)
    return await readAll(name, file.createReadStream({ autoClose: false })).finally(() => file.close())
  } catch (error) {
    const fault = readFaults[codeOf(error)]
    throw fault === undefined ? error : new Error(`${name} ${fault}`, { cause: error })
  }
}

const readFaults: Readonly<Record<string, string>> = {
  ENOENT: 'is not there.',
  ENOTDIR: 'is not there: a part of the path to it is a file.',
  EISDIR: 'is a folder: a page is one file.',
  EACCES: 'may not be read by this user.',
  EPERM: 'may not be read by this user.',
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Never more than can be published, however long the file or the stream is. */
async function readAll(name: string, stream: AsyncIterable<Uint8Array>): Promise<PageFile['body']> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > limits.sourceBytes) {
      const limit = `${limits.sourceBytes} bytes (${limits.sourceBytes / MiB} MiB)`
      throw new GalleyError('page_too_large', `${name} is larger than ${limit}, the most that can be published.`)
    }
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function unsupported(path: string): GalleyError {
  const extension = extname(path)
  const kind = extension ? `a ${extension} file` : 'a file without an extension'
  return new GalleyError('unsupported_type', `${path} is ${kind}: what can be published is .html, .htm and .md.`)
}
