import type { Artifact } from '../../shared/api.ts'
import { addressOf, type Choice } from '../../shared/choice.ts'
import { limits } from '../../shared/limits.ts'
import { Search } from '../elements/search.tsx'
import { State } from '../elements/state.tsx'
import { connectionWords } from '../network/words.ts'
import type { View } from './gallery.ts'
import { Nothing } from './nothing.tsx'
import { Notice } from './notice.tsx'
import { Row } from './row.tsx'
import type { Stills } from './stills.ts'
import { Lists, Sort } from './tools.tsx'

export interface Screen {
  view: View
  /** The deletion whose notice gets the focus. */
  focused: string | undefined
  /** For screen readers. */
  announcement: string
}

export interface Actions {
  choose: (change: Partial<Choice>) => void
  remove: (artifact: Pick<Artifact, 'id' | 'title'>, byKeyboard: boolean) => void
  restore: (id: string) => void
  dismiss: (id: string) => void
  loadOlder: () => void
  announce: (sentence: string) => void
}

/** What stays the same for as long as the page is open. */
export interface Setting {
  actions: Actions
  stills: Stills
  publicUrl: string
  email: string
  /** Its name. */
  org: string
}

export function GalleryScreen({ screen, setting }: { screen: Screen; setting: Setting }) {
  const { view, focused, announcement } = screen
  const { actions, org } = setting
  const { choice } = view
  if (view.status === 'signed_out') return <SignedOut choice={choice} />
  return (
    <>
      <div class="head">
        <h1>Pages</h1>
        <State status={view.status} words={connectionWords[view.status]} />
        <Search
          q={choice.q}
          label="Search by title"
          maxLength={limits.titleChars}
          onSearch={q => actions.choose({ q })}
        />
      </div>
      <div class="tools">
        <Lists choice={choice} org={org} choose={actions.choose} />
        <Sort choice={choice} choose={actions.choose} />
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
      <Listed view={view} setting={setting} />
      <Older older={view.older} onLoad={actions.loadOlder} />
      <p class="sr" aria-live="polite">
        {announcement}
      </p>
    </>
  )
}

function Listed({ view, setting }: { view: View; setting: Setting }) {
  const { choice, isRead, rows, older, closed, barred } = view
  const { actions, stills, publicUrl, email, org } = setting
  if (rows.length === 0 && older === 'none') {
    return isRead ? (
      <Nothing
        choice={choice}
        choose={actions.choose}
        closed={closed}
        barred={barred}
        org={org}
        publicUrl={publicUrl}
        email={email}
      />
    ) : (
      <p class="quiet loading">Loading …</p>
    )
  }
  return (
    // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
    <ul class="artifacts" role="list" aria-busy={!isRead}>
      {rows.map(row => (
        <Row
          key={row.artifact.id}
          row={row}
          isMine={choice.list === 'mine'}
          org={org}
          stills={stills}
          onDelete={actions.remove}
          announce={actions.announce}
        />
      ))}
    </ul>
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
  if (!view.failing) return view.barred && view.rows.length > 0 ? <Barred why={view.barred} /> : null
  return (
    <p class="amiss" role="status">
      <span>
        <b>The list could not be read.</b> It may not be current. Galley is trying again by itself.
      </span>
    </p>
  )
}

/** Where there is nothing to list, that says it itself. */
const Barred = ({ why }: { why: string }) => (
  <p class="amiss" role="status">
    <span>
      <b>You cannot publish now.</b> {why}
    </span>
  </p>
)

function Older({ older, onLoad }: { older: View['older']; onLoad: () => void }) {
  if (older === 'none') return null
  return (
    <p class="older">
      <button type="button" aria-disabled={older === 'loading'} onClick={onLoad}>
        {older === 'loading' ? 'Loading …' : 'More pages'}
      </button>
      {older === 'failed' && <span role="alert">They could not be loaded. Try again.</span>}
    </p>
  )
}

const SignedOut = ({ choice }: { choice: Choice }) => (
  <section class="signed-out" role="alert">
    <h1>You are signed out</h1>
    <p class="quiet">Sign in to see your pages again.</p>
    <a class="button primary" href={`/sign-in?next=${encodeURIComponent(addressOf(choice))}`}>
      Sign in
    </a>
  </section>
)
