import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { ApiError, UnreachableError } from '../sdk/client.ts'
import { sentenceOf } from './failure.ts'
import { writeWhole } from './folders.ts'
import type { PageFile } from './page-file.ts'
import type { MakePreview } from './preview.ts'
import { PublishingOffError, ToldError } from './refusal.ts'
import type { Terminal } from './terminal.ts'

/** What a server says that takes no pages from this publisher, now or ever, whatever is in the page. */
const takesNone: readonly string[] = ['forbidden', 'publishing_disabled', 'overloaded', 'storage_full', 'internal']

/** The page could not go anywhere, through no fault of its own: it is worth keeping as a file. */
function isTurnedAway(error: unknown): boolean {
  if (error instanceof PublishingOffError || error instanceof UnreachableError) return true
  if (error instanceof ApiError) return takesNone.includes(error.problem.code)
  return error instanceof Error && error.cause !== undefined && isTurnedAway(error.cause)
}

/**
 * Where a publish is turned away, keeps the page as a file, as a server would show it.
 * @throws what `publish` and `read` throw; for a page that was turned away, why, and where it is now
 */
export async function orKeptLocally<T>(page: Kept, publish: () => Promise<T>): Promise<T> {
  try {
    return await publish()
  } catch (error) {
    throw isTurnedAway(error) ? await keptLocally(error, page) : error
  }
}

async function keptLocally(
  error: unknown,
  { terminal: { cwd }, file, read, title, preview }: Kept,
): Promise<ToldError> {
  const page = await read()
  const why = sentenceOf(error)
  const path = localPathOf(file, cwd)
  const near = relative(cwd, path)
  const name = near.startsWith('..') ? path : near
  try {
    await writeWhole(path, (await preview(page, title ?? basename(path, suffix))).page)
  } catch (fault) {
    return new ToldError(`${why}\nIt could not be kept in ${name} either. ${sentenceOf(fault)}`, error)
  }
  return new ToldError(`${why}\nThe page is in a local file, for a browser to open: ${name}`, error, { file: path })
}

interface Kept {
  terminal: Terminal
  /** As the user named it. */
  file: string
  read(): Promise<PageFile>
  title: string | undefined
  preview: MakePreview
}

/** Only such pages have it, so that nothing else is overwritten. */
const suffix = '.galley.html'

/** Beside the file; for standard input, where the user is. */
function localPathOf(file: string, cwd: string): string {
  if (file === '-') return join(cwd, `page${suffix}`)
  const path = resolve(cwd, file)
  return join(dirname(path), `${basename(path, extname(path))}${suffix}`)
}
