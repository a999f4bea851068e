import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Version } from '../../../shared/api.ts'
import { shortCommit } from '../../../shared/text.ts'
import { Ago } from '../../elements/ago.tsx'
import { sizeWords } from '../size.ts'
import type { ViewedArtifact } from '../view.ts'
import { type Archive, sourceAddress } from './archive.ts'
import type { Versions } from './versions.ts'
import { Viewers } from './viewers.tsx'

interface PanelProps {
  artifact: ViewedArtifact & { latest: number }
  /** The version that is looked at. */
  at: number
  /** Others where somebody may have looked since, or where who looks may be kept no more. */
  since: readonly unknown[]
  archive: Archive
  versions: Versions
  onLook: (number: number) => void
  onChanges: (number: number) => void
  onClose: () => void
}

/** Beside the page, on a phone below it: it follows what is chosen here. */
export function VersionsPanel({ archive, since, onClose, ...list }: PanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useGivenFocus(heading)
  return (
    <section
      class="history"
      aria-labelledby="versions"
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header>
        <h2 id="versions" tabIndex={-1} ref={heading}>
          Versions
        </h2>
        <button type="button" class="close" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <span class="sr">Close the versions</span>
        </button>
      </header>
      <div class="scroll">
        <VersionList {...list} />
        <Viewers archive={archive} since={since} />
      </div>
    </section>
  )
}

/** The focus goes there, and back to where it was when this is gone. */
function useGivenFocus(to: { current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    const before = document.activeElement
    to.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [to])
}

type ListProps = Omit<PanelProps, 'archive' | 'since' | 'onClose'>

/** One stop for Tab; within it ↑, ↓, Home and End move, and Enter shows. */
function VersionList({ artifact, at, versions: { known, hasMore, trouble, readMore }, onLook, onChanges }: ListProps) {
  const list = useRef<HTMLOListElement>(null)
  const [focused, setFocused] = useState(at)
  // A row that steps or the back button lead to is looked at, and entered by Tab.
  useEffect(() => {
    setFocused(at)
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const onKey = (event: KeyboardEvent) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('.version') ?? [])]
    const now = document.activeElement instanceof HTMLElement ? rows.indexOf(document.activeElement) : -1
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: rows.length - 1 }[event.key]
    if (now === -1 || to === undefined) return
    event.preventDefault()
    rows[to]?.focus()
  }
  const tabStop = known?.some(({ number }) => number === focused) ? focused : known?.[0]?.number
  return (
    <>
      {!known && !trouble && <p class="quiet">Reading the versions …</p>}
      {trouble && (
        <p class="quiet" role="alert">
          {trouble}
        </p>
      )}
      <ol ref={list} onKeyDown={onKey}>
        {known?.map(version => (
          <Row
            key={version.number}
            version={version}
            artifact={artifact}
            isAt={version.number === at}
            isTabStop={version.number === tabStop}
            onFocus={() => setFocused(version.number)}
            onLook={() => onLook(version.number)}
            onChanges={() => onChanges(version.number)}
          />
        ))}
      </ol>
      {hasMore && (
        <button type="button" class="more" onClick={readMore}>
          Show older versions
        </button>
      )}
    </>
  )
}

interface RowProps {
  version: Version
  artifact: ViewedArtifact & { latest: number }
  isAt: boolean
  isTabStop: boolean
  onFocus: () => void
  onLook: () => void
  onChanges: () => void
}

function Row({ version, artifact: { id, latest, pinned }, isAt, isTabStop, onFocus, onLook, onChanges }: RowProps) {
  const { number, note, author, createdAt } = version
  return (
    <li>
      <button
        type="button"
        class="version"
        {...(isAt && { 'aria-current': true })}
        tabIndex={isTabStop ? 0 : -1}
        onFocus={onFocus}
        onClick={onLook}
      >
        <span class="name">
          <b>Version {number}</b>
          {number === latest && <span class="tag">latest</span>}
          {number === (pinned ?? latest) && <span class="tag seen">viewers see this</span>}
        </span>
        {note && <span class="note">{note}</span>}
        <span class="by">
          <bdi>{author.name}</bdi> · <Ago at={Date.parse(createdAt)} />
        </span>
        <span class="from">{originOf(version)}</span>
      </button>
      {isAt && (
        <p class="acts">
          {number > 1 && (
            <button type="button" class="link" onClick={onChanges}>
              What changed
            </button>
          )}
          <a class="link" href={sourceAddress(id, number)} download>
            Download source
          </a>
        </p>
      )}
    </li>
  )
}

/** Where it came from, as far as that was said, and how large it is. */
const originOf = ({ provenance, size }: Version): string =>
  [
    provenance?.host,
    provenance?.tool,
    provenance?.commit && shortCommit(provenance.commit),
    sizeWords(size).replace(' ', '\u00a0'),
  ]
    .filter(Boolean)
    .join(' · ')
