import { useEffect, useRef, useState } from 'preact/hooks'
import { limits } from '../../shared/limits.ts'
import type { Deletion } from './deletions.ts'

interface Noticed {
  deletion: Deletion
  /** Whoever deleted by keyboard is here next. */
  takesFocus: boolean
  onUndo: () => void
  onDeleteAgain: () => void
  onDismiss: () => void
}

/** Characters of a title, of which there may be 200. */
const short = 60

const shortened = (title: string): string => {
  const characters = [...title]
  return characters.length <= short ? title : `${characters.slice(0, short).join('').trimEnd()} …`
}

/** What went, or did not, and the way back. Leaves by itself, but not while it is pointed at or has the focus. */
export function Notice({
  deletion: { title, state, why = '' },
  takesFocus,
  onUndo,
  onDeleteAgain,
  onDismiss,
}: Noticed) {
  const [pointed, setPointed] = useState(false)
  const [focused, setFocused] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const stays = pointed || focused || state === 'restoring' || state === 'not_restored'
  useEffect(() => {
    if (stays) return
    const timer = setTimeout(onDismiss, limits.undoOffered)
    return () => clearTimeout(timer)
  }, [stays, state])
  useEffect(() => {
    if (takesFocus) button.current?.focus()
  }, [takesFocus])
  const [said, action, act] = {
    deleted: [' was deleted.', 'Undo', onUndo] as const,
    // The button stays, and with it the focus.
    restoring: [' is on its way back …', 'Undo', () => {}] as const,
    not_deleted: [` was not deleted. ${why}`, 'Try again', onDeleteAgain] as const,
    not_restored: [` could not be brought back. ${why}`, 'Try again', onUndo] as const,
    erased: [' is gone for good: what was deleted is kept for a day.'] as const,
  }[state]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what it listens to happens to its buttons
    <section
      class="notice"
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocusIn={() => setFocused(true)}
      onFocusOut={() => setFocused(false)}
      onKeyDown={event => event.key === 'Escape' && onDismiss()}
    >
      <p>
        <b>
          <bdi>{shortened(title)}</bdi>
        </b>
        {said}
      </p>
      {action && (
        <button type="button" class="undo" ref={button} onClick={act}>
          {action}
        </button>
      )}
      <button type="button" class="act" aria-label="Hide this" title="Hide" onClick={onDismiss}>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="m4 4 8 8M12 4l-8 8" />
        </svg>
      </button>
    </section>
  )
}
