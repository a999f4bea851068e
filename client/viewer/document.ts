import type { Artifact, Shown } from '../../shared/api.ts'
import {
  type ArtifactEvent,
  type Have,
  type InlineDelta,
  isNewer,
  type Position,
  type VersionEvent,
} from '../../shared/events.ts'

/**
 * What the viewer knows, wants and shows, as a pure machine: a state and an event give a state and effects. It takes
 * only what is newer, drops the answers to what it no longer wants, and ends with the newest on screen whatever is
 * lost, doubled or reordered on the way (docs/PROTOCOL.md, rules D).
 */

export interface Page {
  number: number
  sha256: string
  bytes: Uint8Array<ArrayBuffer>
}

/** How a body is to be had: from the news itself, from a delta over HTTP, or whole. */
export type Way = { kind: 'inline'; base: Page; delta: string } | { kind: 'delta'; base: Page } | { kind: 'page' }

export interface Download {
  id: number
  of: Shown
  way: Way
  loaded: number
  /** Of the body on the wire; 0 until known. */
  total: number
}

/** `no_delta`: fetch it whole. `spoiled`: its hash is another. `unreachable`: try later. `gone`: not to be had (any more). */
export type Miss = 'no_delta' | 'spoiled' | 'unreachable' | 'gone'

export interface Document {
  hidden: boolean
  /** Newest position heard of, and what it says. */
  known?: Position
  about?: ArtifactEvent
  /** What the server says is current. */
  wanted?: Shown
  /** A version that a publisher looks at in its place, whatever is published meanwhile. */
  chosen?: Shown
  /** Came with the news of `wanted`. */
  inline?: InlineDelta
  who?: Pick<Artifact, 'id' | 'author' | 'role' | 'waiting'>
  /** Who have it open, counted when last told; null: nobody is told. */
  people?: number | null
  download?: Download
  downloads: number
  /** Downloads that failed in a row. */
  misses: number
  /** The newest page whose bytes are there: the base of the next delta. */
  held?: Page
  /** Handed to the frame, oldest first, and not yet reported back. */
  given: readonly Shown[]
  shown?: Shown
  /** This page could not be had or shown: not again by itself. */
  failed?: { sha256: string; why: 'spoiled' | 'unframed' }
}

export type DocumentEvent =
  | { kind: 'current'; artifact: Artifact; inline?: InlineDelta }
  | { kind: 'version'; event: VersionEvent }
  | { kind: 'artifact'; event: ArtifactEvent }
  | { kind: 'presence'; people: number | null }
  | { kind: 'requests'; waiting: number }
  | { kind: 'visibility'; hidden: boolean }
  /** Undefined: at what is current, as ever. */
  | { kind: 'look'; at: Shown | undefined }
  | { kind: 'progress'; download: number; loaded: number; total: number }
  | { kind: 'assembled'; download: number; page: Page }
  | { kind: 'missed'; download: number; why: Miss }
  | { kind: 'shown'; sha256: string }
  | { kind: 'unshown'; sha256: string }
  /** The server answers again after it did not. */
  | { kind: 'reached' }
  | { kind: 'retry' }

/** Before a download: none; a random part of limits.fetchSpread; or one that grows with the misses. */
export type Wait = 'none' | 'spread' | { misses: number }

export type Effect =
  | { kind: 'download'; download: Download; wait: Wait }
  | { kind: 'abort'; download: number }
  | { kind: 'show'; page: Page }
  /** Ask the server what is current. */
  | { kind: 'ask' }

export type Step = readonly [Document, readonly Effect[]]

export const emptyDocument = (hidden: boolean): Document => ({ hidden, downloads: 0, misses: 0, given: [] })

export function step(state: Document, event: DocumentEvent): Step {
  switch (event.kind) {
    case 'current':
      return onCurrent(state, event.artifact, event.inline)
    case 'version':
      return onVersion(state, event.event)
    case 'artifact':
      return isNewer(event.event, state.known) ? [{ ...state, ...news(event.event) }, []] : [state, []]
    case 'presence':
      return [{ ...state, people: event.people }, []]
    case 'requests':
      return [state.who ? { ...state, who: { ...state.who, waiting: event.waiting } } : state, []]
    case 'visibility':
      return pursue({ ...state, hidden: event.hidden })
    case 'look':
      return pursue(looking(state, event.at))
    case 'progress':
      return ofDownload(state, event.download, download => {
        const { loaded, total } = event
        return [{ ...state, download: { ...download, loaded, total } }, []]
      })
    case 'assembled':
      return ofDownload(state, event.download, download => onAssembled(state, download, event.page))
    case 'missed':
      return ofDownload(state, event.download, download => onMissed(state, download, event.why))
    case 'shown':
      return [onShown(state, event.sha256), []]
    case 'unshown':
      return [onUnshown(state, event.sha256), []]
    case 'reached':
      return state.misses > 0 && !state.download?.loaded ? afresh(state) : [state, []]
    case 'retry':
      return onRetry(state)
  }
}

/** What is said in `watch`: the page that the next delta may start from. */
export const have = ({ known, held }: Document): Have | undefined =>
  known && held && { ...known, number: held.number, sha256: held.sha256 }

/** An answer, not news: it is taken up also when it says nothing new, because what it says may still be to be had. */
function onCurrent(before: Document, artifact: Artifact, inline: InlineDelta | undefined): Step {
  const { id, author, role, waiting, epoch, rev, title, icon, description, pinned, latest } = artifact
  const who = { id, author, role, ...(waiting !== undefined && { waiting }) }
  // Only publishers may look back, and after a restore the numbers are those of other versions.
  const state = role === 'viewer' || epoch !== before.known?.epoch ? looking(before, undefined) : before
  const sameStream = state.who === undefined || isTold(state.who) === isTold(who)
  if (state.known && sameStream && !isNewer({ epoch, rev }, state.known)) {
    // News of the artifact alone may have been heard, and that of its page lost: an answer has both.
    const isLost = rev === state.known.rev && state.wanted?.sha256 !== artifact.shown.sha256
    return pursue(isLost ? want({ ...state, who }, artifact.shown, inline) : { ...state, who })
  }
  const about = {
    artifactId: id,
    epoch,
    rev,
    title,
    icon,
    description,
    ...(latest !== undefined && { pinned, latest }),
  }
  return pursue(want({ ...state, ...news(about), who }, artifact.shown, inline))
}

/** Publishers are told of every change, viewers of what they see: the two count apart (rule O1). */
const isTold = ({ role }: Pick<Artifact, 'role'>): 'all' | 'seen' => (role === 'viewer' ? 'seen' : 'all')

function onVersion(state: Document, event: VersionEvent): Step {
  if (!isNewer(event, state.known)) return [state, []]
  const { number, sha256, size, publishedAt, note, from, delta, spread, ...about } = event
  const inline = from !== undefined && delta !== undefined ? { from, delta } : undefined
  const wanting = want({ ...state, ...news(about) }, { number, sha256, size, publishedAt, note }, inline)
  return pursue(wanting, spread ? 'spread' : 'none')
}

const news = (about: ArtifactEvent): Pick<Document, 'known' | 'about'> & { known: Position } => ({
  known: { epoch: about.epoch, rev: about.rev },
  about,
})

function want(state: Document, wanted: Shown, inline: InlineDelta | undefined): Document {
  const { inline: _, ...rest } = state
  return { ...rest, wanted, ...(inline && { inline }) }
}

/** What failed before may be tried again: somebody asks for it. */
function looking(state: Document, at: Shown | undefined): Document {
  const { chosen: _, failed: __, ...rest } = state
  return { ...rest, ...(at && { chosen: at }) }
}

/** What is to be on screen. */
export const target = ({ chosen, wanted }: Document): Shown | undefined => chosen ?? wanted

/** The answers of an aborted download come too late to mean anything. */
function ofDownload(state: Document, id: number, then: (download: Download) => Step): Step {
  return state.download?.id === id ? then(state.download) : [state, []]
}

/** The one place that decides what to do next to get what is wanted on screen. */
function pursue(state: Document, wait: Wait = 'none'): Step {
  const { held, download, failed } = state
  const wanted = target(state)
  // A hidden tab notes what is newest, and gets that once when it is looked at.
  if (!wanted || state.hidden || failed?.sha256 === wanted.sha256) return [state, []]
  // What could not be had is not wanted any more: no failure is left to tell of.
  if (lastGiven(state)?.sha256 === wanted.sha256) return stop({ ...renamed(state, wanted), misses: 0 })
  if (held?.sha256 === wanted.sha256) return then(stop({ ...state, misses: 0 }), stopped => give(stopped, wanted, held))
  if (download && (download.of.sha256 === wanted.sha256 || isMostlyThere(download))) return [state, []]
  return then(stop(state), stopped => start(stopped, wanted, wayTo(stopped), wait))
}

/** A deploy publishes fast and viewers' lines are slow: what is mostly there is shown before what is newer is begun. */
const isMostlyThere = ({ loaded, total }: Download): boolean => loaded * 2 > total && total > 0

const lastGiven = (state: Document): Shown | undefined => state.given.at(-1) ?? state.shown

/** The bytes are on screen already, or on their way to it; the version that they are of has another number now. */
function renamed(state: Document, wanted: Shown): Document {
  return state.given.length === 0
    ? { ...state, shown: wanted }
    : { ...state, given: [...state.given.slice(0, -1), wanted] }
}

function wayTo({ held, inline }: Document): Way {
  if (!held) return { kind: 'page' }
  return inline?.from === held.sha256
    ? { kind: 'inline', base: held, delta: inline.delta }
    : { kind: 'delta', base: held }
}

function start(state: Document, of: Shown, way: Way, wait: Wait): Step {
  const download: Download = { id: state.downloads + 1, of, way, loaded: 0, total: 0 }
  return [
    { ...state, download, downloads: download.id },
    [{ kind: 'download', download, wait: way.kind === 'inline' ? 'none' : wait }],
  ]
}

function stop(state: Document): Step {
  const { download, ...rest } = state
  return download ? [rest, [{ kind: 'abort', download: download.id }]] : [state, []]
}

function give(state: Document, of: Shown, page: Page): Step {
  return [{ ...state, given: [...state.given, of] }, [{ kind: 'show', page }]]
}

function onAssembled(state: Document, { of }: Download, page: Page): Step {
  const { download: _, ...rest } = state
  const holding = { ...rest, held: page, misses: 0 }
  if (state.hidden || of.sha256 === target(state)?.sha256) return pursue(holding)
  return then(give(holding, of, page), given => pursue(given))
}

function onMissed(state: Document, { of, way }: Download, why: Miss): Step {
  const { download: _, ...rest } = state
  const wanted = target(state)
  if (state.hidden || of.sha256 !== wanted?.sha256) return pursue(rest)
  if (why === 'no_delta' || (why === 'spoiled' && way.kind !== 'page')) {
    return start(rest, wanted, { kind: 'page' }, 'none')
  }
  if (why === 'spoiled') return [{ ...rest, failed: { sha256: of.sha256, why } }, []]
  const misses = state.misses + 1
  return then(start({ ...rest, misses }, wanted, wayTo(rest), { misses }), started => [
    started,
    why === 'gone' ? [{ kind: 'ask' }] : [],
  ])
}

/** A frame that was given several in a row may have shown only the last. */
function onShown(state: Document, sha256: string): Document {
  const at = state.given.findIndex(given => given.sha256 === sha256)
  const shown = state.given[at]
  return shown ? { ...state, shown, given: state.given.slice(at + 1) } : state
}

/** What was on screen and is reported has died there: what takes its place must be handed over again, be it the same. */
function onUnshown(state: Document, sha256: string): Document {
  const { shown, ...rest } = state
  const given = state.given.filter(given => given.sha256 !== sha256)
  const after = { ...rest, given, ...(shown && shown.sha256 !== sha256 && { shown }) }
  return sha256 === target(state)?.sha256 ? { ...after, failed: { sha256, why: 'unframed' } } : after
}

function onRetry(state: Document): Step {
  const { failed: _, ...rest } = state
  return then(afresh(rest), pursued => [pursued, [{ kind: 'ask' }]])
}

/** What failed before makes nothing wait any longer. */
const afresh = (state: Document): Step => then(stop({ ...state, misses: 0 }), stopped => pursue(stopped))

function then([state, effects]: Step, next: (state: Document) => Step): Step {
  const [after, more] = next(state)
  return [after, [...effects, ...more]]
}
