import type { Artifact } from '../../shared/api.ts'
import { State } from '../elements/state.tsx'
import { connectionWords } from '../network/words.ts'
import { FirstSteps } from './first-steps.tsx'
import type { View } from './gallery.ts'
import { Notice } from './notice.tsx'
import { Row } from './row.tsx'

export interface Screen {
  view: View
  /** The deletion whose notice gets the focus. */
  focused: string | undefined
  /** For screen readers. */
  announcement: string
}

export interface Actions {
  remove: (artifact: Pick<Artifact, 'id' | 'title'>, byKeyboard: boolean) => void
  restore: (id: string) => void
  dismiss: (id: string) => void
  loadOlder: () => void
  announce: (sentence: string) => void
}

interface Shown {
  screen: Screen
  actions: Actions
  publicUrl: string
  email: string
}

export function GalleryScreen({ screen: { view, focused, announcement }, actions, publicUrl, email }: Shown) {
  if (view.status === 'signed_out') return <SignedOut />
  const isEmpty = view.rows.length === 0 && view.older === 'none'
  return (
    <>
      <div class="head">
        <h1>Your pages</h1>
        <State status={view.status} words={connectionWords[view.status]} />
      </div>
      <Amiss view={view} />
      <div class="notices" role="status">
        {view.deletions.map(deletion => (
          <Notice
            key={deletion.id}
            deletion={deletion}
            takesFocus={deletion.id === focused}
            onUndo={() => actions.restore(deletion.id)}
            onDeleteAgain={() => actions.remove(deletion, false)}
            onDismiss={() => actions.dismiss(deletion.id)}
          />
        ))}
      </div>
      {isEmpty ? (
        <FirstSteps publicUrl={publicUrl} email={email} />
      ) : (
        // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
        <ul class="artifacts" role="list">
          {view.rows.map(row => (
            <Row key={row.artifact.id} row={row} onDelete={actions.remove} announce={actions.announce} />
          ))}
        </ul>
      )}
      <Older older={view.older} onLoad={actions.loadOlder} />
      <p class="sr" aria-live="polite">
        {announcement}
      </p>
    </>
  )
}

/** What is wrong beyond a connection that comes back by itself, which the state beside the title says. */
function Amiss({ view }: { view: View }) {
  if (view.status === 'outdated') {
    return (
      <p class="amiss" role="status">
        <span>
          <b>Galley was updated.</b> Load this page again to go on seeing changes.
        </span>
        <button type="button" onClick={() => location.reload()}>
          Load again
        </button>
      </p>
    )
  }
  if (!view.failing) return null
  return (
    <p class="amiss" role="status">
      <span>
        <b>The list could not be read.</b> It may not be current. Galley is trying again by itself.
      </span>
    </p>
  )
}

function Older({ older, onLoad }: { older: View['older']; onLoad: () => void }) {
  if (older === 'none') return null
  return (
    <p class="older">
      <button type="button" aria-disabled={older === 'loading'} onClick={onLoad}>
        {older === 'loading' ? 'Loading …' : 'Older pages'}
      </button>
      {older === 'failed' && <span role="alert">They could not be loaded. Try again.</span>}
    </p>
  )
}

const SignedOut = () => (
  <section class="signed-out" role="alert">
    <h1>You are signed out</h1>
    <p class="quiet">Sign in to see your pages again.</p>
    <a class="button primary" href="/sign-in?next=%2F">
      Sign in
    </a>
  </section>
)
