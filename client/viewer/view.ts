import type { ArtifactEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Ending, Status } from '../network/connection.ts'
import { type Document, target } from './document.ts'

/**
 * What the header draws. `artifact` is the last that was heard and stays through every state but `not_found`; the
 * page on screen stays through all of them.
 */
export interface View {
  status:
    | 'connecting'
    | 'live'
    | 'reconnecting'
    /** The browser says that there is no network. */
    | 'offline'
    /** The socket is blocked on the way: what is current is asked for over HTTP, every few seconds. */
    | 'polling'
    /** The organisation's owners have closed its pages: it comes back by itself. */
    | 'closed'
    | 'signed_out'
    /** There is no such page, or this viewer may not see it (any more). */
    | 'not_found'
    | 'deleted'
    /** This page is of another version than its server: only loading it again helps. */
    | 'outdated'
    /** The wanted version could not be had or shown; `message` says why, `retry` tries again. */
    | 'failed'
  artifact?: ViewedArtifact
  /** The version on screen; absent until one is. */
  number?: number
  /** When that version was published, RFC 3339. */
  publishedAt?: string
  /** What its publisher says is new in it. */
  note?: string
  /** The version that a publisher has chosen to look at, whatever is published meanwhile: on screen, or on its way. */
  chosen?: number
  /** How many people have it open, this one among them; only while that is known. */
  people?: number
  /** Bytes of the body on its way; absent when none is, or when it has been for less than a second. */
  progress?: { loaded: number; total: number }
  /** A sentence for the viewer. */
  message?: string
  /** Another whenever what is set for the organisation, or for this viewer in it, may be other than it was. */
  settings: number
}

export interface ViewedArtifact {
  id: string
  title: string
  icon: string
  description: string
  author: { name: string; email: string }
  role: 'owner' | 'editor' | 'viewer'
  /** Publishers only: the pinned version, null when viewers see the latest, and the newest there is. */
  pinned?: number | null
  latest?: number
  /** The owner only: how many ask to be let in. */
  waiting?: number | undefined
  /** Another whenever something about the artifact has changed. */
  rev: number
}

/** @param slow the download whose progress is worth showing */
export function viewOf(document: Document, status: Status | Ending, slow: number | undefined): Omit<View, 'settings'> {
  const { about, who, shown, chosen, people, download } = document
  const message = status === 'live' || status === 'polling' ? trouble(document) : undefined
  return {
    status: message === undefined ? status : 'failed',
    ...(about && who && status !== 'not_found' && { artifact: headerOf(about, who) }),
    ...(shown && { number: shown.number, publishedAt: shown.publishedAt, ...(shown.note && { note: shown.note }) }),
    ...(chosen && { chosen: chosen.number }),
    ...(people != null && status === 'live' && { people }),
    ...(download &&
      download.id === slow &&
      download.total > 0 && { progress: { loaded: download.loaded, total: download.total } }),
    ...(message !== undefined && { message }),
  }
}

function headerOf(about: ArtifactEvent, who: NonNullable<Document['who']>): ViewedArtifact {
  const { rev, title, icon, description, pinned, latest } = about
  return { ...who, rev, title, icon, description, ...(latest !== undefined && { pinned: pinned ?? null, latest }) }
}

function trouble(document: Document): string | undefined {
  const { failed, misses } = document
  const wanted = target(document)
  if (wanted && failed?.sha256 === wanted.sha256) {
    return failed.why === 'spoiled'
      ? `Version ${wanted.number} arrived damaged twice. Try again.`
      : `Version ${wanted.number} could not be shown. Try again.`
  }
  if (misses < limits.missesUntold) return undefined
  return `Version ${wanted?.number} could not be fetched. It is tried again.`
}
