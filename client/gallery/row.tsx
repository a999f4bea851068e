import { useEffect, useState } from 'preact/hooks'
import type { Artifact } from '../../shared/api.ts'
import { Updated } from '../elements/updated.tsx'
import type { Row as RowOf } from './list.ts'
import { isSettling } from './steady.ts'

/** How long a button says what it has done. Milliseconds. */
const said = 2_000

const audienceWords: Record<Artifact['audience'], string> = {
  private: 'Private',
  people: 'Some people',
  org: 'Everyone here',
}

interface Shown {
  row: RowOf
  /** @param byKeyboard then the focus goes where that can be undone */
  onDelete: (artifact: Artifact, byKeyboard: boolean) => void
  announce: (sentence: string) => void
}

/** Title and icon are people's text: everything here puts them into text nodes and attributes that are no code. */
export function Row({ row: { artifact, changes }, onDelete, announce }: Shown) {
  const { id, icon, title, url, updatedAt } = artifact
  return (
    <li data-id={id} data-rev={artifact.rev}>
      {changes > 0 && <span class="wash" key={changes} />}
      <a class="page" href={`/a/${id}`}>
        <span class="icon" aria-hidden="true">
          {icon}
        </span>
        <span class="title" title={title}>
          <bdi>{title}</bdi>
        </span>
        <span class="facts">
          <span>{audienceWords[artifact.audience]}</span>
          <span>{versionWords(artifact)}</span>
          <Updated at={Date.parse(updatedAt)} />
        </span>
      </a>
      <CopyLink url={url} title={title} announce={announce} />
      <button
        type="button"
        class="act"
        title="Delete"
        aria-label={`Delete ${title}`}
        onClick={event => {
          const byKeyboard = event.detail === 0
          if (byKeyboard || !isSettling()) onDelete(artifact, byKeyboard)
        }}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M2.75 4.25h10.5M6 4V2.5h4V4M4 4.25l.6 9h6.8l.6-9M6.6 7v3.6M9.4 7v3.6" />
        </svg>
      </button>
    </li>
  )
}

const versionWords = ({ shown, pinned }: Artifact): string =>
  pinned === null ? `version ${shown.number}` : `version ${shown.number}, shown: ${pinned}`

function CopyLink({ url, title, announce }: { url: string; title: string; announce: Shown['announce'] }) {
  const [copied, setCopied] = useState<'' | 'Copied' | 'Not copied'>('')
  useEffect(() => {
    if (copied === '') return
    const timer = setTimeout(() => setCopied(''), said)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url)
      setCopied('Copied')
      announce('Link copied')
    } catch {
      setCopied('Not copied')
      announce('Your browser did not let Galley copy')
    }
  }
  return (
    <button
      type="button"
      class={`act ${copied === 'Copied' ? 'done' : ''}`}
      title={copied || 'Copy link'}
      aria-label={`Copy the link to ${title}`}
      onClick={() => void copy()}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {copied === 'Copied' ? (
          <path d="m3 8.5 3.25 3.25L13 5" />
        ) : (
          <path d="M6.75 9.25a2.5 2.5 0 0 0 3.6.1l2.3-2.3a2.5 2.5 0 0 0-3.6-3.6l-.9.9M9.25 6.75a2.5 2.5 0 0 0-3.6-.1l-2.3 2.3a2.5 2.5 0 0 0 3.6 3.6l.9-.9" />
        )}
      </svg>
    </button>
  )
}
