import { Initials } from '../elements/initials.tsx'
import { State } from '../elements/state.tsx'
import { Updated } from '../elements/updated.tsx'
import { statusWords } from './status.ts'
import type { View, ViewedArtifact } from './view.ts'

interface Shown {
  view: View
  /** While there is a page to print. */
  onPrint: (() => void) | undefined
  onShare: () => void
  /** For who is told of every version. */
  onHistory: (() => void) | undefined
  isHistoryOpen: boolean
}

/** Title, icon and author are other people's text: everything here puts them into text nodes and nowhere else. */
export function Header({ view, onPrint, onShare, onHistory, isHistoryOpen }: Shown) {
  const { artifact, people = 0 } = view
  const isOwner = artifact?.role === 'owner'
  return (
    <header class={isOwner ? 'header own' : 'header'}>
      <a class="home" href="/" aria-label="Your pages">
        <Mark />
      </a>
      {artifact && (
        <>
          <span class="icon" aria-hidden="true">
            {artifact.icon}
          </span>
          <h1 class="title" title={artifact.title}>
            <bdi>{artifact.title}</bdi>
          </h1>
        </>
      )}
      <Facts view={view} onShare={isOwner ? onShare : undefined} />
      {people > 1 && <Presence people={people} />}
      <State status={view.status} words={statusWords[view.status]} />
      {artifact && <Author name={artifact.author.name} isSelf={isOwner} />}
      {onHistory && (
        <button
          type="button"
          class="tool versions"
          aria-label="Versions"
          aria-expanded={isHistoryOpen}
          onClick={onHistory}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M2.4 5.2A6.3 6.3 0 1 1 1.7 8M2 1.9v3.4h3.4M8 4.5V8l2.5 1.6" />
          </svg>
          <span>Versions</span>
        </button>
      )}
      {onPrint && (
        <button type="button" class="tool print" aria-label="Print" onClick={onPrint}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M4.5 6V1.75h7V6M4.5 12H2.75a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h10.5a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H11.5" />
            <path d="M4.5 9.75h7v4.5h-7z" />
          </svg>
          <span>Print</span>
        </button>
      )}
      {isOwner && <ShareButton artifact={artifact} onClick={onShare} />}
    </header>
  )
}

/** @param onShare for whoever can change what viewers see */
function Facts({ view, onShare }: { view: View; onShare: (() => void) | undefined }) {
  const { artifact, number, publishedAt, note } = view
  const pinned = artifact?.pinned ?? undefined
  const theirs = `viewers see version ${pinned}`
  return (
    <p class={pinned === undefined ? 'facts' : 'facts pinned'}>
      {number !== undefined && (
        <span>
          {pinned !== undefined && <span class="you">You see </span>}
          <span>version {number}</span>
        </span>
      )}
      {pinned !== undefined && (
        <span>
          {onShare ? (
            <button type="button" class="link" onClick={onShare}>
              {theirs}
            </button>
          ) : (
            theirs
          )}
        </span>
      )}
      {publishedAt !== undefined && <Updated at={Date.parse(publishedAt)} />}
      {note && (
        <span class="note" title={note}>
          {note}
        </span>
      )}
    </p>
  )
}

const Presence = ({ people }: { people: number }) => (
  <p class="presence" title={`${people} people have this page open`}>
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="6" cy="5.25" r="2.5" />
      <path d="M1.5 13.25c0-2.5 2-4.25 4.5-4.25s4.5 1.75 4.5 4.25M10.5 3a2.4 2.4 0 0 1 0 4.5M12 9.4c1.6.6 2.6 2 2.6 3.85" />
    </svg>
    {people}
    <span> people here</span>
  </p>
)

function ShareButton({ artifact: { waiting = 0 }, onClick }: { artifact: ViewedArtifact; onClick: () => void }) {
  const asking = waiting === 1 ? '1 person asks for access' : `${waiting} people ask for access`
  return (
    <button
      type="button"
      class="share primary"
      aria-haspopup="dialog"
      {...(waiting > 0 && { title: asking })}
      onClick={onClick}
    >
      Share
      {waiting > 0 && (
        <>
          <span class="badge" aria-hidden="true">
            {waiting}
          </span>
          <span class="sr">, {asking}</span>
        </>
      )}
    </button>
  )
}

function Author({ name, isSelf }: { name: string; isSelf: boolean }) {
  return (
    <p class="author" title={name}>
      <Initials name={name} />
      <span class="name">
        {isSelf ? <span class="sr">by </span> : 'Shared by '}
        <bdi>{name}</bdi>
      </span>
    </p>
  )
}

const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    <rect x="5" y="3" width="14" height="18" rx="2" />
    <path d="M9 8h6M9 12h6" />
    <circle cx="9.75" cy="16.5" r="1.25" />
  </svg>
)
