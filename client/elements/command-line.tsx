import { useEffect, useState } from 'preact/hooks'

/** How long a button says that it has copied. Milliseconds. */
const said = 2_000

/** What is typed into a terminal, and a button that copies it. */
export function CommandLine({ line }: { line: string }) {
  const [state, setState] = useState<'Copy' | 'Copied' | 'Not copied'>('Copy')
  useEffect(() => {
    if (state === 'Copy') return
    const timer = setTimeout(() => setState('Copy'), said)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async () => {
    const copied = await navigator.clipboard.writeText(line).then(
      () => true,
      () => false,
    )
    setState(copied ? 'Copied' : 'Not copied')
  }
  return (
    <div class="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{line}</pre>
      <button type="button" aria-label={`${state}: ${line}`} onClick={() => void copy()}>
        {state}
      </button>
    </div>
  )
}
