import type { ComponentType } from 'preact'
import type { Http } from '../network/http.ts'
import type { DialogProps, Question } from './dialogs.tsx'
import { Header } from './header.tsx'
import type { HistoryProps } from './history/history.tsx'
import type { NoAccessProps } from './no-access.tsx'
import type { ShareProps } from './share/dialog.tsx'
import { Beside, Instead, Progress, Skeleton } from './states.tsx'
import { beside, type Explanation, instead, isOver } from './status.ts'
import type { View } from './view.ts'

/** All that is on the screen, but for the page itself. */
export interface Screen {
  view: View
  /** A version waits until the viewer has finished with what they do in the page. */
  newer: boolean
  /** The page talked too much, or asked too often, and is not listened to until its next version. */
  silenced: boolean
  question: Question | undefined
  /** What questions are asked with, once that was loaded. */
  dialog: ComponentType<DialogProps> | undefined
  /** What this viewer may not see is said with, once that was loaded. */
  noAccess: ComponentType<NoAccessProps> | undefined
  /** Open over the page. */
  share: ComponentType<ShareProps> | undefined
  /** Its script could not be had. */
  panelMissing: boolean
  /** Versions, beside the page: for publishers. */
  history: { Part: ComponentType<HistoryProps>; isOpen: boolean } | undefined
  /** For screen readers. */
  announcement: string
}

export interface Actions {
  print: () => void
  retry: () => void
  takeNow: () => void
  answered: (accepted: boolean) => void
  openShare: () => void
  closeShare: () => void
  openHistory: (isOpen: boolean) => void
  look: HistoryProps['onLook']
  /** The owner was asked to let this viewer in. */
  asked: () => void
}

interface Shown {
  screen: Screen
  actions: Actions
  artifactId: string
  http: Http
  /** How pages are framed, here and wherever else two are shown. */
  frames: HistoryProps['frames']
}

export function Viewer({ screen, actions, artifactId, http, frames }: Shown) {
  const {
    view,
    newer,
    silenced,
    question,
    dialog: Dialog,
    noAccess: NoAccess,
    share: ShareDialog,
    panelMissing,
    history,
    announcement,
  } = screen
  const over = isOver(view.status)
  const shown = view.number !== undefined && !over
  const isRefused = NoAccess !== undefined && view.status === 'not_found'
  const missing = shown ? undefined : instead(view)
  const amiss = shown ? (beside(view) ?? (panelMissing ? noPanel : silenced ? tooLoud : undefined)) : undefined
  const tells = publishersView(view)
  const looksBack = history && shown && tells && (history.isOpen || view.chosen !== undefined)
  return (
    <div class="viewer">
      <Header
        view={over ? { status: view.status, settings: view.settings } : view}
        onPrint={shown ? actions.print : undefined}
        onShare={actions.openShare}
        onHistory={shown && tells ? () => actions.openHistory(!history?.isOpen) : undefined}
        isHistoryOpen={history?.isOpen === true}
      />
      <main class={looksBack ? 'stage with-history' : 'stage'}>
        <div class="frames" hidden={missing !== undefined} />
        {isRefused && <NoAccess artifactId={artifactId} http={http} onAsked={actions.asked} />}
        {missing && !isRefused && <Instead about={missing} onRetry={actions.retry} />}
        {!missing && !shown && <Skeleton />}
        {view.progress && !over && <Progress {...view.progress} />}
        {newer && shown && (
          <button type="button" class="newer primary" onClick={actions.takeNow}>
            New version
          </button>
        )}
        {looksBack && (
          <history.Part
            artifact={tells}
            view={view}
            http={http}
            isOpen={history.isOpen}
            onClose={() => actions.openHistory(false)}
            onLook={actions.look}
            frames={frames}
          />
        )}
      </main>
      {amiss && <Beside key={amiss.title} about={amiss} onRetry={actions.retry} />}
      {ShareDialog && view.artifact && !over && (
        <ShareDialog artifact={view.artifact} http={http} onClose={actions.closeShare} />
      )}
      {question && Dialog && <Dialog question={question} onDone={actions.answered} />}
      <p class="sr" aria-live="polite">
        {announcement}
      </p>
    </div>
  )
}

/** Of every version only publishers are told. */
const publishersView = ({ artifact }: View): HistoryProps['artifact'] | undefined =>
  artifact?.latest === undefined ? undefined : { ...artifact, latest: artifact.latest }

const noPanel: Explanation = {
  title: 'That could not be opened.',
  text: 'Galley is out of reach, or was updated meanwhile.',
  remedy: 'reload',
}

const tooLoud: Explanation = {
  title: 'This page asks too much.',
  text: 'Its links and its saving of files are off until its next version.',
}
