import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Office } from './office.ts'

/** What a page shows of the server. Once read it stays, whatever becomes of a later reading. */
export interface Reading<T> {
  value: T | undefined
  /** Why there is nothing to show; '' while it is being read, and from then on. */
  trouble: string
  again: () => void
  /** What the server has answered otherwise. */
  put: (value: T) => void
}

/** Read at once, and again whenever somebody comes back to this window: another owner may have been at it. */
export function useRead<T>(office: Office, path: string): Reading<T> {
  const [value, setValue] = useState<T>()
  const [trouble, setTrouble] = useState('')
  /** Counts what has come: an answer that was under way before something newer came is out of date. */
  const turn = useRef(0)
  const put = useCallback((next: T) => {
    turn.current++
    setValue(next)
    setTrouble('')
  }, [])
  const again = useCallback(() => {
    const mine = ++turn.current
    setTrouble('')
    void office.read<T>(path).then(said => {
      if (mine !== turn.current) return
      if (said.ok) setValue(said.value)
      else setTrouble(said.why)
    })
  }, [office, path])
  useEffect(() => {
    again()
    addEventListener('focus', again)
    return () => removeEventListener('focus', again)
  }, [again])
  return { value, trouble: value === undefined ? trouble : '', again, put }
}
