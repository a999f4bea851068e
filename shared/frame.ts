import { frameLimits, limits } from './limits.ts'

/**
 * What the viewer page and the document in its frame say to each other, over one MessagePort a frame. The page in the
 * frame is hostile and can take the port over, so whatever comes out of it passes `readFrameMessage`. The other way
 * needs no guard: only the viewer page holds the other end.
 */

/** Posted to the parent window by a fresh frame, which is then sent its port. Raised when old and new would misread each other. */
export const bootMessage = 'galley-frame-1'

export type ToFrame =
  /** Become this page. `start` is what its scripts may read as they start (`startAt`, or an answer to that question). */
  | { type: 'page'; bytes: ArrayBuffer; start: string }
  /** `start`: hash and storage. `state`: all that the viewer did. Both are text that only the frames understand. */
  | { type: 'ask'; id: number; about: 'start' | 'state' }
  /** Take over this state, then say `ready`; empty when there is none. */
  | { type: 'restore'; state: string }
  /** The viewer sees this frame now: say `painted`, and from now on the height. */
  | { type: 'shown' }
  /** The frame before is about to go; `state` is the last from it. Media may start, and with `focus` an element take it. */
  | { type: 'settle'; state: string; focus: boolean }

export interface Answer {
  type: 'answer'
  id: number
  /** The viewer is in the middle of something that a swap would break. */
  busy: boolean
  /** Empty when it was over limits.frameStateChars, or no text. */
  text: string
}

export const milestones = ['loaded', 'ready', 'painted'] as const
export type Milestone = (typeof milestones)[number]

export type FromFrame =
  | { type: Milestone }
  | Answer
  /** The document is about to be navigated away; `start` is for the frame that replaces it. */
  | { type: 'leaving'; start: string }
  | { type: 'link'; url: string }
  | { type: 'save'; file: SavedFile }
  /** Of the whole document, in CSS pixels. */
  | { type: 'height'; px: number }

/** A file that the page made. Name and type are the page's word for it. */
export interface SavedFile {
  name: string
  type: string
  bytes: ArrayBuffer
}

/** The start of a page that follows no other. `hash` with its `#`, or empty. */
export const startAt = (hash: string): string => JSON.stringify({ hash })

/** @returns the message, made of nothing but its known members; undefined for anything else and for what is over a limit. */
export function readFrameMessage(data: unknown): FromFrame | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const said: { [member: string]: unknown } = { ...data }
  const { type } = said
  switch (type) {
    case 'loaded':
    case 'ready':
    case 'painted':
      return { type }
    case 'answer':
      return typeof said.id === 'number' && typeof said.busy === 'boolean'
        ? { type, id: said.id, busy: said.busy, text: orNothing(said.text) }
        : undefined
    case 'leaving':
      return { type, start: orNothing(said.start) }
    case 'link':
      return isText(said.url, limits.linkChars) ? { type, url: said.url } : undefined
    case 'save':
      return readSavedFile(said.file)
    case 'height':
      return typeof said.px === 'number' && said.px >= 0 && said.px <= limits.frameHeight
        ? { type, px: said.px }
        : undefined
    default:
      return undefined
  }
}

/** Somebody waits for it: what is no text, or too much of it, is as good as none. */
const orNothing = (text: unknown): string => (isText(text, frameLimits.frameStateChars) ? text : '')

const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value.length <= most

function readSavedFile(file: unknown): FromFrame | undefined {
  if (typeof file !== 'object' || file === null) return undefined
  const { name, type, bytes }: { name?: unknown; type?: unknown; bytes?: unknown } = file
  const isWhole = isText(name, limits.linkChars) && isText(type, limits.linkChars) && bytes instanceof ArrayBuffer
  return isWhole && bytes.byteLength <= limits.savedFileBytes
    ? { type: 'save', file: { name, type, bytes } }
    : undefined
}
