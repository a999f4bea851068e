import type { Artifact, Shown } from './api.ts'
import type { ErrorCode } from './errors.ts'

/** Raised when a client and a server that differ in it could misread each other. */
export const protocolVersion = 1

/** Where the websocket is asked for. */
export const livePath = '/live'

/** Sent by the client with its CONNECT. Who it is, its cookie or its Authorization header says. */
export interface Handshake {
  protocolVersion: number
}

/** The `data` of the error that answers a refused CONNECT. */
export interface Refusal {
  code: ErrorCode
  message: string
}

/** What a viewer says it has. `epoch` and `rev` are those of the last thing it was told, the rest of what it shows. */
export interface Have {
  epoch: string
  rev: number
  number: number
  sha256: string
}

/** A delta that leads from the page with hash `from` to the shown one: deflated (RFC 1951), then base64. */
export interface InlineDelta {
  from: string
  delta: string
}

export interface WatchRequest {
  artifactId: string
  have?: Have
}

/** With neither `inline` nor an equal hash in `have`, the page is fetched over HTTP. */
export type WatchReply =
  | { ok: true; artifact: Artifact; inline?: InlineDelta }
  | { ok: false; code: ErrorCode; message: string }

/** Something about the artifact changed, other than its page. */
export interface ArtifactEvent {
  artifactId: string
  epoch: string
  rev: number
  title: string
  icon: string
  description: string
  /** Publishers only. */
  pinned?: number | null
  latest?: number
}

/** A new page to show: a publish, or a pin that moved. One encoded frame serves the whole room. */
export interface VersionEvent extends ArtifactEvent, Shown, Partial<InlineDelta> {
  /** Many watch this room (limits.fetchSpreadViewers): those that must fetch spread themselves (limits.fetchSpread). */
  spread: boolean
}

/**
 * `all` ends the whole connection (signed out, expired, removed); an artifact's id ends the watching of that one.
 * `publishing_disabled`: the organisation's owners have closed all pages, until `settings` is told. `deleted` is told to
 * those who were watching, and to nobody else ever.
 */
export interface RevokedEvent {
  artifactId: string | 'all'
  code:
    | 'deleted'
    | Extract<ErrorCode, 'not_found' | 'publishing_disabled' | 'not_signed_in' | 'token_expired' | 'token_revoked'>
}

/** The node is going: come back to any other after this many milliseconds. */
export interface DrainEvent {
  retryIn: number
}

/** What it is like now is asked for over HTTP. */
export type GalleryEvent = Record<string, never>

/**
 * The list is fetched over HTTP, before and after: what is told of it is only that it changed.
 * `barred`: what keeps the member from publishing, as a sentence for them, or null; absent where it could not be read.
 */
export type GalleryReply = { ok: true; barred?: string | null } | { ok: false; code: ErrorCode; message: string }

/** What one may do with this artifact has changed: `watch` it anew to know. Until then nothing more is told of it. */
export interface AskEvent {
  artifactId: string
}

/** How many people have it open, counted by person; null: that is told no more. */
export interface PresenceEvent {
  artifactId: string
  people: number | null
}

/** What is set for the organisation, or for this member in it, may be other: who has asked about that asks again. */
export type SettingsEvent = Record<string, never>

/** How many ask to be let in: for the owner alone. */
export interface RequestsEvent {
  artifactId: string
  waiting: number
}

export interface ClientToServer {
  watch: (request: WatchRequest, reply: (reply: WatchReply) => void) => void
  /** The list of one's own artifacts. Repeating it asks whether the connection lives. */
  watchGallery: (reply: (reply: GalleryReply) => void) => void
}

export interface ServerToClient {
  version: (event: VersionEvent) => void
  artifact: (event: ArtifactEvent) => void
  revoked: (event: RevokedEvent) => void
  drain: (event: DrainEvent) => void
  ask: (event: AskEvent) => void
  presence: (event: PresenceEvent) => void
  requests: (event: RequestsEvent) => void
  settings: (event: SettingsEvent) => void
  /** Something in the list of one's own artifacts is not as it was. */
  gallery: (event: GalleryEvent) => void
}

/** The order of everything said of one artifact to one audience (publishers or viewers): never by version number, because a pin may go back. */
export interface Position {
  epoch: string
  rev: number
}

/** A new epoch (a restored database) always counts as newer: the connection it comes over is newer too. */
export const isNewer = (said: Position, known: Position | undefined): boolean =>
  known === undefined || said.epoch !== known.epoch || said.rev > known.rev
