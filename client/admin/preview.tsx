import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Change } from './effects.ts'
import type { Proposing } from './proposal.ts'

interface Previewed {
  proposing: Proposing
  /** What holds now that it is saved. */
  savedWords: string
  /** Whatever had been chosen is to be shown as it was. */
  onCancel: () => void
  onUndo: (undo: Change) => void
  /** What gets the focus once the buttons here are gone. */
  leadBack: () => void
}

/**
 * What a change will do, and the way to make it; below the setting that it concerns. What is said is read out as it
 * comes, the focus stays at the setting.
 */
export function Preview({ proposing, savedWords, onCancel, onUndo, leadBack }: Previewed) {
  const { proposal, undo } = proposing
  const wasProposed = useRef(false)
  useLayoutEffect(() => {
    if (wasProposed.current && !proposal && document.activeElement === document.body) leadBack()
    wasProposed.current = proposal !== undefined
  })
  return (
    <div class={proposal && (proposal.foretold?.confirm === undefined ? 'preview' : 'preview grave')}>
      <div role="status">
        {proposal?.foretold?.sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
        {proposal && !proposal.foretold && !proposal.trouble && <p class="quiet loading">Asking what this will do …</p>}
        {undo && (
          <p class="saved">
            <span>{savedWords}</span>
            <button type="button" onClick={() => onUndo(undo)}>
              Undo
            </button>
          </p>
        )}
      </div>
      {proposal && <Choices proposing={proposing} onCancel={onCancel} />}
    </div>
  )
}

function Choices({ proposing, onCancel }: Pick<Previewed, 'proposing' | 'onCancel'>) {
  const { proposal, propose, drop, save } = proposing
  const [isSure, setSure] = useState(false)
  const harmless = useRef<HTMLButtonElement>(null)
  const confirm = proposal?.foretold?.confirm
  useEffect(() => setSure(false), [proposal?.patch])
  useLayoutEffect(() => {
    if (isSure) harmless.current?.focus()
  }, [isSure])
  if (!proposal) return null
  const cancel = () => {
    drop()
    onCancel()
  }
  const isAsked = isSure && confirm !== undefined
  // Where it is asked again, the harmless choice is where the first was pressed: a second press must do nothing.
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what it listens to happens to its buttons
    <div onKeyDown={event => event.key === 'Escape' && cancel()}>
      {proposal.trouble && (
        <p class="trouble" role="alert">
          {proposal.trouble}
        </p>
      )}
      <div class="actions">
        {isAsked ? (
          <>
            <button type="button" key="cancel" ref={harmless} onClick={cancel}>
              Cancel
            </button>
            <button type="button" key="confirm" class="danger" aria-disabled={proposal.isSaving} onClick={save}>
              {proposal.isSaving ? 'Saving …' : confirm}
            </button>
          </>
        ) : (
          <>
            {proposal.foretold ? (
              <button
                type="button"
                key="save"
                class="primary"
                aria-disabled={proposal.isSaving}
                onClick={() => (confirm === undefined ? save() : setSure(true))}
              >
                {proposal.isSaving ? 'Saving …' : confirm === undefined ? 'Save' : 'Save …'}
              </button>
            ) : (
              proposal.trouble && (
                <button type="button" key="again" onClick={() => propose(proposal.patch)}>
                  Try again
                </button>
              )
            )}
            <button type="button" key="cancel" onClick={cancel}>
              Cancel
            </button>
          </>
        )}
      </div>
    </div>
  )
}
