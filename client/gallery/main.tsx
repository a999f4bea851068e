import './styles.css'
import { render } from 'preact'
import type { ArtifactList } from '../../shared/api.ts'
import { addressOf, type Choice, readChoice } from '../../shared/choice.ts'
import { onSignOut, takeName } from '../elements/sign-out.ts'
import { browserLife, browserNetwork } from '../network/browser.ts'
import { openGallery } from './gallery.ts'
import { type Actions, GalleryScreen, type Screen, type Setting } from './screen.tsx'
import { focusFirstInView, focusRow, holdStill } from './steady.ts'
import { Stills } from './stills.ts'
import { foundWords, listWords } from './words.ts'

/** From the server, in the page (server/http/screens.ts). */
interface Boot {
  choice: Choice
  /** Null: the organisation's owners have closed its pages. */
  list: ArtifactList | null
  /** What keeps this member from publishing; null: nothing does. */
  barred: string | null
  publicUrl: string
  email: string
  org: string
  /** Of the document that draws pages without running them. */
  stillUrl: string
}

function start(root: HTMLElement, { choice, list, barred, stillUrl, ...boot }: Boot): void {
  const network = browserNetwork()
  const gallery = openGallery({ choice, list, barred, network, life: browserLife() })
  let screen: Screen | undefined
  /** Whose row gets the focus as soon as it is back. */
  let returning: string | undefined
  let isLeaving = false

  const draw = (change: Partial<Screen> & Pick<Screen, 'view'>): void => {
    screen = { focused: undefined, announcement: '', ...screen, ...change }
    if (isLeaving) return
    document.title = `${listWords(screen.view.choice.list, boot.org)} · Galley`
    const settle = holdStill(root)
    render(<GalleryScreen screen={screen} setting={setting} />, root)
    settle()
    const row =
      returning === undefined ? null : root.querySelector<HTMLElement>(`li[data-id="${CSS.escape(returning)}"]`)
    if (!row) return
    returning = undefined
    if (document.activeElement === document.body) focusRow(row)
  }
  const redraw = (change: Partial<Screen>): void => {
    if (screen) draw({ view: screen.view, ...change })
  }
  const actions: Actions = {
    choose(change) {
      const { choice } = screen?.view ?? {}
      if (!choice) return
      const chosen = { ...choice, ...change }
      // Back leads to the list before, not letter by letter out of what was searched for.
      const method = chosen.list === choice.list ? 'replaceState' : 'pushState'
      history[method](null, '', addressOf(chosen))
      gallery.choose(chosen)
    },
    remove({ id, title }, byKeyboard) {
      redraw({ focused: byKeyboard ? id : undefined })
      gallery.remove(id, title)
    },
    restore(id) {
      if (document.activeElement?.closest('.notice')) returning = id
      gallery.restore(id)
    },
    dismiss(id) {
      const wasHere = document.activeElement?.closest('.notice')
      gallery.dismiss(id)
      if (wasHere && !wasHere.isConnected) focusFirstInView(root)
    },
    loadOlder: () => gallery.loadOlder(),
    announce: announcement => redraw({ announcement }),
  }
  const setting: Setting = { actions, stills: new Stills(stillUrl, network), ...boot }
  addEventListener('popstate', () => gallery.choose(readChoice(location.search)))
  gallery.subscribe(view => {
    const isFound = view.isRead && screen?.view.isRead === false && view.choice.q !== ''
    draw({ view, ...(isFound && { announcement: foundWords(view.rows.length, view.older !== 'none') }) })
  })
  gallery.subscribe(({ status }) => {
    if (status === 'signed_out') takeName()
  })
  onSignOut({
    leaves: () => {
      isLeaving = true
    },
    stays: () => {
      isLeaving = false
      redraw({})
    },
  })
}

const root = document.getElementById('gallery')
if (root?.dataset.boot) start(root, JSON.parse(root.dataset.boot))
