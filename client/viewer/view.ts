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
    | 'signed_out'
    /** There is no such page, or this viewer may not see it (any more). */
    | 'not_found'
    | 'deleted'
    /** The wanted version could not be had or shown; `message` says why, `retry` tries again. */
    | 'failed'
  artifact?: ViewedArtifact
  /** The version on screen; absent until one is. */
  number?: number
  /** When that version was published, RFC 3339. */
  publishedAt?: string
  /** Bytes of the body on its way; absent when none is, or when it has been for less than a second. */
  progress?: { loaded: number; total: number }
  /** A sentence for the viewer. */
  message?: string
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
}
