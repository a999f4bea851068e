import './styles.css'
import { render } from 'preact'
import { browserLife, browserNetwork } from '../network/browser.ts'
import { createAnnouncer } from './announcer.ts'
import type { Question } from './dialogs.tsx'
import { outLink } from './link.ts'
import { openLive } from './live.ts'
import { loadDialog, loadHistory, loadNoAccess, loadShareDialog } from './panels.ts'
import { createPrinter } from './print.ts'
import { isOver } from './status.ts'
import { createFrameHost, type FrameHost, type FrameHostOptions, type Page } from './swap.ts'
import { tabIcon } from './tab-icon.ts'
import type { View } from './view.ts'
import { type Actions, type Screen, Viewer } from './viewer.tsx'

/** From the server, in the page (server/http/screens.ts). */
interface Boot {
  artifactId: string
  contentOrigins: readonly string[]
  frameVersion: string
}

/** After an answer the page may not ask again for this long: time to leave one that asks without end. Milliseconds. */
const quiet = 1_000
/** Who refuses this often in a row is asked nothing more until the next version. */
const refusals = 3

function start(root: HTMLElement, { artifactId, contentOrigins, frameVersion }: Boot): void {
  const network = browserNetwork()
  let screen: Screen = {
    view: { status: 'connecting', settings: 0 },
    newer: false,
    silenced: false,
    question: undefined,
    dialog: undefined,
    noAccess: undefined,
    share: undefined,
    panelMissing: false,
    history: undefined,
    announcement: '',
  }
  let quietUntil = 0
  let refused = 0
  let focusBack = false
  const printer = createPrinter(root)
  const draw = (change: Partial<Screen>): void => {
    screen = { ...screen, ...change }
    render(<Viewer screen={screen} actions={actions} artifactId={artifactId} http={network} frames={frames} />, root)
  }
  const announce = createAnnouncer(announcement => draw({ announcement }))
  /** A page asks when the viewer has just done something: what they do in the frame activates this page too. */
  const ask = (question: Question): void => {
    const idle = navigator.userActivation?.isActive === false
    if (idle || performance.now() < quietUntil || screen.question || screen.silenced) return
    focusBack = document.activeElement instanceof HTMLIFrameElement
    draw({ question })
    void openDialog()
  }
  const openDialog = async (): Promise<void> => {
    const dialog = screen.dialog ?? (await loadDialog().catch(() => undefined))
    draw(dialog ? { dialog, panelMissing: false } : { question: undefined, panelMissing: true })
  }
  const openShare = async (): Promise<void> => {
    const share = await loadShareDialog().catch(() => undefined)
    draw({ share, panelMissing: share === undefined })
  }
  const openHistory = async (isOpen: boolean): Promise<void> => {
    const Part = screen.history?.Part ?? (await loadHistory().catch(() => undefined))
    draw({ history: Part && { Part, isOpen }, panelMissing: Part === undefined })
  }
  const on: FrameHostOptions['on'] = {
    shown: sha256 => {
      refused = 0
      draw({ silenced: false })
      live.shown(sha256)
    },
    failed: sha256 => live.failed(sha256),
    // One that was chosen is waited for.
    pending: newer => (newer && screen.view.chosen !== undefined ? host.takeNow() : draw({ newer })),
    link: url => {
      const link = outLink(url)
      if (link) ask({ kind: 'link', link })
    },
    save: ({ name, type, bytes }) => ask({ kind: 'save', file: { name, type, bytes: new Uint8Array(bytes) } }),
    height: printer.height,
    flood: () => draw({ silenced: true }),
  }
  const frames = { contentOrigins, frameVersion, on }
  const actions: Actions = {
    openShare: () => void openShare(),
    closeShare: () => draw({ share: undefined }),
    openHistory: isOpen => void openHistory(isOpen),
    look: at => live.look(at),
    asked: () => live.asked(),
    print: () => void printer.print(),
    retry: () => live.retry(),
    takeNow: () => host.takeNow(),
    answered: accepted => {
      // A dialog that was accepted closes after that.
      if (screen.question === undefined) return
      quietUntil = performance.now() + quiet
      refused = accepted ? 0 : refused + 1
      draw({ question: undefined, silenced: screen.silenced || refused >= refusals })
      // The dialog gives the focus back by itself, but in Firefox not to a frame.
      if (focusBack) host.focus()
    },
  }
  draw({})
  // Preact made it, and nothing in it is Preact's.
  const container = root.querySelector<HTMLElement>('.frames')
  if (!container) return

  const openHost = (): FrameHost => createFrameHost({ ...frames, container, hash: location.hash })
  let host = openHost()
  let isOpen = true
  const frame = { show: (page: Page) => host.show(page) }
  const live = openLive({ artifactId, frame, network, life: browserLife() })

  live.subscribe(view => {
    const { number } = screen.view
    draw({ view })
    dressTab(view)
    if (view.status === 'not_found' && !screen.noAccess) {
      loadNoAccess().then(
        noAccess => draw({ noAccess }),
        // What is there says the same, but for the asking.
        () => {},
      )
    }
    if (view.status === 'closed') {
      // What is only closed stays as it is, unseen, with all that was typed there.
      draw({ question: undefined })
    } else if (isOver(view.status)) {
      isOpen = false
      host.close()
      draw({ question: undefined, share: undefined, history: undefined, newer: false })
    } else if (!isOpen) {
      // They were let in again.
      isOpen = true
      host = openHost()
    } else if (number !== undefined && view.number !== undefined && view.number !== number) {
      announce(`${view.chosen === undefined ? 'Updated to' : 'Showing'} version ${view.number}`)
    }
  })
}

/** Title and icon of the browser's tab. */
function dressTab({ status, artifact }: View): void {
  const known = isOver(status) ? undefined : artifact
  document.title = known?.title ?? 'Galley'
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (icon && known) icon.href = tabIcon(known.icon)
}

const root = document.getElementById('viewer')
if (root?.dataset.boot) start(root, JSON.parse(root.dataset.boot))
