import { useEffect, useState } from 'preact/hooks'

/** How long the button says what it has done. Milliseconds. */
const said = 2_000

export function CopyLink({ url }: { url: string }) {
  const [state, setState] = useState<'Copy link' | 'Copied' | 'Not copied'>('Copy link')
  useEffect(() => {
    if (state === 'Copy link') return
    const timer = setTimeout(() => setState('Copy link'), said)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () =>
    navigator.clipboard.writeText(url).then(
      () => setState('Copied'),
      () => setState('Not copied'),
    )
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {state === 'Copied' ? (
          <path d="m3 8.5 3.25 3.25L13 5" />
        ) : (
          <path d="M6.75 9.25a2.5 2.5 0 0 0 3.6.1l2.3-2.3a2.5 2.5 0 0 0-3.6-3.6l-.9.9M9.25 6.75a2.5 2.5 0 0 0-3.6-.1l-2.3 2.3a2.5 2.5 0 0 0 3.6 3.6l.9-.9" />
        )}
      </svg>
      <span aria-live="polite">{state}</span>
    </button>
  )
}
