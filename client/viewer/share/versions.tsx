import { useEffect, useState } from 'preact/hooks'
import type { Sharing, Version, VersionList } from '../../../shared/api.ts'
import { Ago } from '../../elements/ago.tsx'
import { call, type Http } from '../../network/http.ts'
import type { Desk } from './desk.ts'
import { atVersion } from './edits.ts'
import { versionWords } from './words.ts'

interface Shown {
  sharing: Sharing
  desk: Desk
  artifactId: string
  http: Http
}

export function WhichVersion({ sharing, desk, artifactId, http }: Shown) {
  const { version, latest } = sharing
  const follows = version === 'latest'
  const share = (to: Sharing['version']) =>
    desk.change(
      atVersion(to),
      to === 'latest' ? `Viewers see version ${latest} and all that follow.` : `Viewers see version ${to} now.`,
    )
  return (
    <section class="which" aria-label="Which version viewers see">
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={follows}
        aria-describedby="which"
        onClick={() => share(follows ? latest : 'latest')}
      >
        <b>Always share latest version</b>
        <span class="track" />
      </button>
      <p class="quiet" id="which">
        {versionWords(sharing)}
      </p>
      {!follows && (
        <VersionPicker shared={version} latest={latest} artifactId={artifactId} http={http} onPick={share} />
      )}
    </section>
  )
}

interface Picking {
  shared: number
  latest: number
  artifactId: string
  http: Http
  onPick: (number: number) => void
}

function VersionPicker({ shared, latest, artifactId, http, onPick }: Picking) {
  const [isOpen, setOpen] = useState(false)
  const { versions, more, isFailing, loadMore } = useVersions(http, artifactId, isOpen ? latest : undefined)
  return (
    <div class="versions">
      <button type="button" class="chosen" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Sharing version {shared}
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="m4 6 4 4 4-4" />
        </svg>
      </button>
      {isOpen && (
        <fieldset class="choice" aria-label="Version that viewers see">
          {versions.map(version => (
            <VersionButton
              key={version.number}
              version={version}
              isShared={version.number === shared}
              isLatest={version.number === latest}
              onPick={() => onPick(version.number)}
            />
          ))}
          {(more || isFailing) && (
            <button type="button" class="more" onClick={loadMore}>
              {isFailing ? 'Not loaded. Try again' : 'Older versions'}
            </button>
          )}
        </fieldset>
      )}
    </div>
  )
}

function VersionButton(props: { version: Version; isShared: boolean; isLatest: boolean; onPick: () => void }) {
  const { version, isShared, isLatest, onPick } = props
  return (
    <button type="button" aria-pressed={isShared} onClick={() => isShared || onPick()}>
      <span class="tick" />
      <b>
        Version {version.number}
        {isLatest && <span class="quiet"> · latest</span>}
      </b>
      {version.note !== null && (
        <span class="note">
          <bdi>{version.note}</bdi>
        </span>
      )}
      <span class="quiet">
        <bdi>{version.author.name}</bdi>, <Ago at={Date.parse(version.createdAt)} />
      </span>
    </button>
  )
}

interface Read {
  versions: readonly Version[]
  /** Where it goes on below the lowest of them; null at the end. */
  cursor: string | null
}

/** Newest first, a page at a time. @param latest once it is wanted; another one means that there are newer */
function useVersions(http: Http, artifactId: string, latest: number | undefined) {
  const [{ versions, cursor }, setRead] = useState<Read>({ versions: [], cursor: null })
  const [isFailing, setFailing] = useState(false)
  const load = async (after: string | null): Promise<void> => {
    const path = `/api/v1/artifacts/${encodeURIComponent(artifactId)}/versions`
    const answer = await call(http, after === null ? path : `${path}?cursor=${after}`).catch(() => undefined)
    setFailing(!answer?.ok)
    if (!answer?.ok) return
    const list: VersionList = await answer.response.json()
    setRead(before => extended(before, list))
  }
  useEffect(() => {
    if (latest !== undefined) void load(null)
  }, [latest])
  return { versions, more: cursor !== null, isFailing, loadMore: () => void load(cursor) }
}

/** What was read further down stays read. */
function extended({ versions, cursor }: Read, list: VersionList): Read {
  const byNumber = new Map([...versions, ...list.versions].map(version => [version.number, version]))
  const all = [...byNumber.values()].sort((a, b) => b.number - a.number)
  const reachesEnd = all.at(-1)?.number === list.versions.at(-1)?.number
  return { versions: all, cursor: reachesEnd ? list.nextCursor : cursor }
}
