import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { codeOf } from './failure.ts'
import type { FollowedFile } from './follow.ts'
import type { PageFile } from './page-file.ts'

export interface Republishing {
  file: Pick<FollowedFile, 'mark' | 'isSaved' | 'saved'>
  read(): Promise<PageFile>
  publish(page: PageFile): Promise<void>
  /** What was saved is no page: the next save may mend it. */
  cannot(error: unknown): void
  /** It did not get through, and is tried again. */
  waiting(error: unknown): void
  /** Asks to stop: a publish on its way is waited for, and what was saved by then is published. */
  signal: AbortSignal
  /** Asks to stop at once. */
  over: AbortSignal
}

/**
 * Publishes what a file holds after each save, in order, until asked to stop. While one publish is on its way, or none
 * gets through, saves only take the place of one another: the newest is next.
 * @returns whether what was saved last is published
 * @throws what no save mends: a conflict, a token that has ended, a page that is gone …
 */
export async function republish(work: Republishing): Promise<boolean> {
  let isKept = true
  try {
    for (;;) {
      await work.file.saved(work.signal)
      isKept = false
      isKept = await publishSaved(work)
    }
  } catch (error) {
    if (!work.signal.aborted || !isAbort(error)) throw error
  }
  // The last save may have come too late to be seen.
  if (!(await work.file.isSaved())) return isKept
  try {
    await work.file.saved(work.over)
    return await publishSaved(work)
  } catch (error) {
    if (isAbort(error)) return false
    throw error
  }
}

/** @returns whether it is published */
async function publishSaved({ file, read, publish, cannot, waiting, signal }: Republishing): Promise<boolean> {
  for (;;) {
    await file.mark()
    const page = await read().catch(cannot)
    if (!page) return false
    try {
      await publish(page)
      return true
    } catch (error) {
      const code = codeOf(error)
      if (pageFaults.has(code)) {
        cannot(error)
        return false
      }
      if (!passing.has(code)) throw error
      waiting(error)
      await wait(limits.watchRetry, undefined, { signal })
    }
  }
}

/** What the next save may mend. */
const pageFaults: ReadonlySet<string> = new Set(['page_too_large', 'page_too_complex', 'not_utf8', 'empty_page'])

/** What time may mend. */
const passing: ReadonlySet<string> = new Set([
  'unreachable',
  'publishing_disabled',
  'too_slow',
  'rate_limited',
  'overloaded',
  'storage_full',
  'internal',
])

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
