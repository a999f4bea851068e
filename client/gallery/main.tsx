import './styles.css'
import { render } from 'preact'
import type { ArtifactList } from '../../shared/api.ts'
import { browserLife, browserNetwork } from '../network/browser.ts'
import { openGallery } from './gallery.ts'
import { type Actions, GalleryScreen, type Screen } from './screen.tsx'
import { onSignOut, takeName } from './sign-out.ts'
import { focusFirstInView, focusRow, holdStill } from './steady.ts'

/** From the server, in the page (server/http/screens.ts). */
interface Boot {
  list: ArtifactList
  publicUrl: string
  email: string
}

function start(root: HTMLElement, { list, publicUrl, email }: Boot): void {
  const gallery = openGallery({ list, network: browserNetwork(), life: browserLife() })
  let screen: Screen | undefined
  /** Whose row gets the focus as soon as it is back. */
  let returning: string | undefined
  let isLeaving = false

  const draw = (change: Partial<Screen> & Pick<Screen, 'view'>): void => {
    screen = { focused: undefined, announcement: '', ...screen, ...change }
    if (isLeaving) return
    const settle = holdStill(root)
    render(<GalleryScreen screen={screen} actions={actions} publicUrl={publicUrl} email={email} />, root)
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
  gallery.subscribe(view => draw({ view }))
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
