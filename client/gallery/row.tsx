import { useEffect, useState } from 'preact/hooks'
import type { Artifact } from '../../shared/api.ts'
import { expiryWords } from '../../shared/expiry.ts'
import { Ago } from '../elements/ago.tsx'
import { Initials } from '../elements/initials.tsx'
import type { Row as RowOf } from './list.ts'
import { Picture } from './picture.tsx'
import { isSettling } from './steady.ts'
import type { Stills } from './stills.ts'
import { askingWords, seenByWords } from './words.ts'

/** How long a button says what it has done. Milliseconds. */
const said = 2_000

interface Shown {
  row: RowOf
  /** Whose list it is says who made it. */
  isMine: boolean
  org: string
  stills: Stills
  /** @param byKeyboard then the focus goes where that can be undone */
  onDelete: (artifact: Artifact, byKeyboard: boolean) => void
  announce: (sentence: string) => void
}

/**
 * A card where there is room for a picture, else a line. Title, icon and names are people's text: everything here puts
 * them into text nodes and attributes that are no code.
 */
export function Row({ row: { artifact, changes }, isMine, org, stills, onDelete, announce }: Shown) {
  const { id, icon, title, url, updatedAt, role } = artifact
  return (
    <li data-id={id} data-rev={artifact.rev}>
      <Picture artifact={artifact} stills={stills} />
      {changes > 0 && <span class="wash" key={changes} />}
      <a class="page" href={`/a/${id}`}>
        <span class="icon" aria-hidden="true">
          {icon}
        </span>
        <span class="title" title={title}>
          <bdi>{title}</bdi>
        </span>
        <span class="facts">
          {isMine ? <span>{seenByWords(artifact, org)}</span> : <Author of={artifact} />}
          <span>version {artifact.shown.number}</span>
          <Ago at={Date.parse(updatedAt)} />
        </span>
        <Marks of={artifact} />
      </a>
      <span class="acts">
        <CopyLink url={url} title={title} announce={announce} />
        {role === 'owner' && (
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
        )}
      </span>
    </li>
  )
}

function Author({ of: { author, role } }: { of: Artifact }) {
  return (
    <span class="author">
      <Initials name={author.name} />
      <bdi>{role === 'owner' ? 'You' : author.name}</bdi>
    </span>
  )
}

/** What is out of the ordinary about it. */
function Marks({ of: { waiting = 0, pinned, role, expiresAt } }: { of: Artifact }) {
  const expiry = expiryWords(expiresAt, Date.now())
  if (waiting === 0 && pinned === null && role !== 'editor' && expiry === undefined) return null
  return (
    <span class="marks">
      {expiry !== undefined && (
        <span class="note" title="Unless you publish a new version of it">
          {expiry}
        </span>
      )}
      {waiting > 0 && <span class="note asking">{askingWords(waiting)}</span>}
      {pinned !== null && <span class="note">Viewers see version {pinned}</span>}
      {role === 'editor' && <span class="note">You may publish</span>}
    </span>
  )
}

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
