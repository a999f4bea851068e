import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Office, Said } from './office.ts'

/** A list that the server gives page by page. */
export interface List<Row> {
  /** undefined: not read yet. */
  rows: readonly Row[] | undefined
  /** Why it could not be read, from the start or further. */
  trouble: string
  isReading: boolean
  hasMore: boolean
  more: () => void
  again: () => void
  /** What has become of rows meanwhile, without reading them all anew. */
  edit: (change: (rows: readonly Row[]) => readonly Row[]) => void
}

interface Page<Row> {
  rows: readonly Row[]
  nextCursor: string | null
}

/**
 * Read anew from its start whenever `path` is another: until that is there, the rows of before stay in sight.
 * @param path with a query or without
 * @param rowsOf what of the answer is the list
 */
export function useList<Answer extends { nextCursor: string | null }, Row>(
  office: Office,
  path: string,
  rowsOf: (answer: Answer) => readonly Row[],
): List<Row> {
  const [page, setPage] = useState<Page<Row>>()
  const [trouble, setTrouble] = useState('')
  const [isReading, setReading] = useState(true)
  const turn = useRef(0)

  const read = useCallback(
    async (before: Page<Row> | undefined) => {
      const mine = ++turn.current
      setReading(true)
      setTrouble('')
      const said: Said<Answer> = await office.read(withCursor(path, before?.nextCursor ?? null))
      if (mine !== turn.current) return
      setReading(false)
      if (!said.ok) return setTrouble(said.why)
      const rows = rowsOf(said.value)
      setPage(now => ({
        rows: before ? [...(now?.rows ?? []), ...rows] : rows,
        nextCursor: said.value.nextCursor,
      }))
    },
    [office, path],
  )
  useEffect(() => void read(undefined), [read])

  return {
    rows: page?.rows,
    trouble,
    isReading,
    hasMore: page !== undefined && page.nextCursor !== null,
    more: () => void read(page),
    again: () => void read(undefined),
    edit: change => setPage(now => now && { ...now, rows: change(now.rows) }),
  }
}

const withCursor = (path: string, cursor: string | null): string =>
  cursor === null ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
