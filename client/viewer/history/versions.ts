import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Version, VersionList } from '../../../shared/api.ts'
import { type Archive, sentenceOf } from './archive.ts'

export interface Versions {
  /** Newest first, without gaps; undefined until they were read. */
  known: readonly Version[] | undefined
  /** There are older ones. */
  hasMore: boolean
  /** The last reading failed: a sentence. */
  trouble: string
  readMore(): void
}

interface Read {
  known: readonly Version[] | undefined
  next: string | null
  trouble: string
}

/** @param revision another whenever there may be a newer one */
export function useVersions(archive: Archive, revision: number): Versions {
  const [read, setRead] = useState<Read>({ known: undefined, next: null, trouble: '' })
  const take = useCallback(
    (reading: Promise<VersionList>, join: (before: Read, list: VersionList) => Omit<Read, 'trouble'>) => {
      let isWanted = true
      reading.then(
        list => isWanted && setRead(before => ({ ...join(before, list), trouble: '' })),
        error => isWanted && setRead(before => ({ ...before, trouble: sentenceOf(error) })),
      )
      return () => {
        isWanted = false
      }
    },
    [],
  )
  useEffect(() => take(archive.versions(), joined), [archive, revision, take])
  return {
    known: read.known,
    hasMore: read.next !== null,
    trouble: read.trouble,
    readMore: () => {
      if (read.next !== null) take(archive.versions(read.next), appended)
    },
  }
}

/** The newest, and below them what was read before: nothing of that if there may be others between. */
function joined({ known = [], next }: Read, { versions, nextCursor }: VersionList): Omit<Read, 'trouble'> {
  const lowest = versions.at(-1)?.number ?? 1
  const older = known.filter(({ number }) => number < lowest)
  return older[0]?.number === lowest - 1
    ? { known: [...versions, ...older], next }
    : { known: versions, next: nextCursor }
}

function appended({ known = [] }: Read, { versions, nextCursor }: VersionList): Omit<Read, 'trouble'> {
  const lowest = known.at(-1)?.number ?? Number.POSITIVE_INFINITY
  return { known: [...known, ...versions.filter(({ number }) => number < lowest)], next: nextCursor }
}
