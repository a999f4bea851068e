import { useLayoutEffect, useRef } from 'preact/hooks'
import { useAct } from './act.ts'
import type { Said } from './office.ts'

interface Confirmed {
  /** What will happen. */
  sentences: readonly string[]
  /** What the button that does it is called. */
  confirm: string
  work: () => Promise<Said<unknown>>
  onDone: () => void
  onCancel: () => void
}

/** Before what cannot be taken back: says it, and has the harmless way out under the hand. */
export function Confirm({ sentences, confirm, work, onDone, onCancel }: Confirmed) {
  const { isBusy, trouble, act } = useAct()
  const harmless = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => harmless.current?.focus(), [])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what it listens to happens to its buttons
    <div class="preview grave" onKeyDown={event => event.key === 'Escape' && onCancel()}>
      <div role="status">
        {sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="actions">
        <button type="button" ref={harmless} onClick={onCancel}>
          Cancel
        </button>
        <button type="button" class="danger" aria-disabled={isBusy} onClick={async () => (await act(work)) && onDone()}>
          {isBusy ? 'A moment …' : confirm}
        </button>
      </div>
    </div>
  )
}
