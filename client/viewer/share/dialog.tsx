import './styles.css'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Http } from '../../network/http.ts'
import type { ViewedArtifact } from '../view.ts'
import { AudienceChoice } from './audience.tsx'
import { CopyLink } from './copy-link.tsx'
import { Desk, type DeskView } from './desk.ts'
import { People } from './people.tsx'
import { Requests } from './requests.tsx'
import { WhichVersion } from './versions.tsx'

export interface ShareProps {
  artifact: ViewedArtifact
  http: Http
  onClose: () => void
}

/**
 * Who may look, and which version they see. Every change is made at once, and is said beforehand where it can be made.
 * Whatever happens to the artifact meanwhile, in this tab or another, shows here.
 */
export function ShareDialog({ artifact, http, onClose }: ShareProps) {
  const { id, title, rev, waiting } = artifact
  const [view, setView] = useState<DeskView>({ sharing: undefined, isSaving: false, done: '', trouble: '' })
  const [desk] = useState(() => new Desk(http, id, setView))
  useEffect(() => desk.refresh(), [desk, rev, waiting])
  const dialog = useModal()
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    // What had the focus is gone: it was answered, or taken off a list.
    if (!dialog.current?.contains(document.activeElement)) heading.current?.focus()
  })
  const { sharing } = view
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: beside the dialog there is nothing but for the mouse; Escape closes it
    <dialog
      ref={dialog}
      class="sharing"
      aria-labelledby="sharing"
      onClose={onClose}
      onClick={event => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="inside">
        <div class="head">
          <h2 id="sharing" ref={heading} tabIndex={-1}>
            Share <bdi>{title}</bdi>
          </h2>
          <button type="button" class="icon-only" aria-label="Close" onClick={() => dialog.current?.close()}>
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <path d="m4 4 8 8M12 4l-8 8" />
            </svg>
          </button>
        </div>
        {sharing && (
          <>
            <Requests sharing={sharing} desk={desk} />
            <People sharing={sharing} desk={desk} author={artifact.author} http={http} />
            <AudienceChoice sharing={sharing} desk={desk} />
            <WhichVersion sharing={sharing} desk={desk} artifactId={id} http={http} />
          </>
        )}
        {!sharing && !view.trouble && <p class="quiet loading">Loading …</p>}
        {view.trouble && (
          <p class="warning" role="alert">
            {view.trouble}
            {!sharing && (
              <button type="button" onClick={() => desk.refresh()}>
                Try again
              </button>
            )}
          </p>
        )}
        <div class="foot">
          <CopyLink url={`${location.origin}/a/${id}`} />
          <p class="quiet" role="status">
            {view.isSaving ? 'Saving …' : view.done}
          </p>
          <button type="button" class="primary" onClick={() => dialog.current?.close()}>
            Done
          </button>
        </div>
      </div>
    </dialog>
  )
}

/** The native dialog keeps the focus inside, closes on Escape, and gives the focus back to where it was. */
function useModal() {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    dialog.current?.showModal()
    return () => dialog.current?.close()
  }, [])
  return dialog
}
