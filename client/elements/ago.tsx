import { useEffect, useState } from 'preact/hooks'
import { ago } from '../../shared/ago.ts'

/** Ticks no oftener than its words change; hovered, it says when exactly. @param before what stands before the words */
export function Ago({ at, before = '' }: { at: number; before?: string }) {
  const [now, setNow] = useState(Date.now())
  // What has come since the last tick is younger than `now`.
  const { words, next } = ago(at, Math.max(now, at))
  useEffect(() => {
    // A timer over 2^31 ms would fire at once.
    const timer = setTimeout(() => setNow(Date.now()), Math.min(next, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  }, [now, at])
  const time = new Date(at)
  return (
    <time dateTime={time.toISOString()} title={time.toLocaleString()}>
      {before}
      {words}
    </time>
  )
}
