import { State } from '../elements/state.tsx'
import { Updated } from '../elements/updated.tsx'
import { statusWords } from './status.ts'
import type { View } from './view.ts'

/** Title, icon and author are other people's text: everything here puts them into text nodes and nowhere else. */
export function Header({ view, onPrint }: { view: View; onPrint: (() => void) | undefined }) {
  const { artifact, number, publishedAt } = view
  return (
    <header class="header">
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
      <p class="facts">
        {number !== undefined && <span>version {number}</span>}
        {publishedAt !== undefined && <Updated at={Date.parse(publishedAt)} />}
      </p>
      <State status={view.status} words={statusWords[view.status]} />
      {artifact && <Author name={artifact.author.name} />}
      {onPrint && (
        <button type="button" class="print" aria-label="Print" onClick={onPrint}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M4.5 6V1.75h7V6M4.5 12H2.75a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h10.5a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H11.5" />
            <path d="M4.5 9.75h7v4.5h-7z" />
          </svg>
          <span>Print</span>
        </button>
      )}
    </header>
  )
}

function Author({ name }: { name: string }) {
  return (
    <p class="author">
      <span class="initials" aria-hidden="true">
        {initials(name)}
      </span>
      <span class="name">
        <span class="sr">by </span>
        <bdi>{name}</bdi>
      </span>
    </p>
  )
}

/** First letters of the first and the last word. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  const first = words[0] ?? ''
  const last = words.length > 1 ? (words.at(-1) ?? '') : ''
  return ([...first].slice(0, 1).join('') + [...last].slice(0, 1).join('')).toUpperCase()
}

const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    <rect x="5" y="3" width="14" height="18" rx="2" />
    <path d="M9 8h6M9 12h6" />
    <circle cx="9.75" cy="16.5" r="1.25" />
  </svg>
)
