import { Dialog, type Question } from './dialogs.tsx'
import { Header } from './header.tsx'
import { Beside, Instead, Progress, Skeleton } from './states.tsx'
import { beside, instead, isOver } from './status.ts'
import type { View } from './view.ts'

/** All that is on the screen, but for the page itself. */
export interface Screen {
  view: View
  /** A version waits until the viewer has finished with what they do in the page. */
  newer: boolean
  /** The page talked too much, or asked too often, and is not listened to until its next version. */
  silenced: boolean
  question: Question | undefined
  /** For screen readers. */
  announcement: string
}

export interface Actions {
  print: () => void
  retry: () => void
  takeNow: () => void
  answered: (accepted: boolean) => void
}

export function Viewer({ screen, actions }: { screen: Screen; actions: Actions }) {
  const { view, newer, silenced, question, announcement } = screen
  const over = isOver(view.status)
  const shown = view.number !== undefined && !over
  const missing = shown ? undefined : instead(view)
  const amiss = shown ? (beside(view) ?? (silenced ? tooLoud : undefined)) : undefined
  return (
    <div class="viewer">
      <Header view={over ? { status: view.status } : view} onPrint={shown ? actions.print : undefined} />
      <main class="stage">
        <div class="frames" hidden={missing !== undefined} />
        {missing && <Instead about={missing} onRetry={actions.retry} />}
        {!missing && !shown && <Skeleton />}
        {view.progress && !over && <Progress {...view.progress} />}
        {newer && shown && (
          <button type="button" class="newer primary" onClick={actions.takeNow}>
            New version
          </button>
        )}
      </main>
      {amiss && <Beside key={amiss.title} about={amiss} onRetry={actions.retry} />}
      {question && <Dialog question={question} onDone={actions.answered} />}
      <p class="sr" aria-live="polite">
        {announcement}
      </p>
    </div>
  )
}

const tooLoud = {
  title: 'This page asks too much.',
  text: 'Its links and its saving of files are off until its next version.',
}
