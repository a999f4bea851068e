import type { Artifact } from '../../shared/api.ts'
import type { ArtifactEvent, Have, InlineDelta, VersionEvent } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Subject } from '../network/connection.ts'
import { call, type Http, isSignedOut } from '../network/http.ts'

export type News =
  | { kind: 'current'; artifact: Artifact; inline?: InlineDelta }
  | { kind: 'version'; event: VersionEvent }
  | { kind: 'artifact'; event: ArtifactEvent }
  | { kind: 'presence'; people: number | null }
  | { kind: 'requests'; waiting: number }

export interface WatchingOptions {
  artifactId: string
  http: Http
  /** What the viewer holds, asked each time it is said. */
  have(): Have | undefined
  hear(news: News): void
  resettled(): void
}

export interface WatchAnswer {
  artifact: Artifact
  inline?: InlineDelta
  /** Of an answer over HTTP. */
  etag?: string
}

/** One artifact, as its viewer's connection asks about it. */
export function watching({ artifactId, http, have, hear, resettled }: WatchingOptions): Subject<WatchAnswer> {
  const path = `/api/v1/artifacts/${artifactId}/current`
  /** Of the last answer that counted. */
  let etag = ''
  return {
    artifactId,
    ask(socket, reply) {
      const had = have()
      socket.timeout(limits.pingTimeout).emit('watch', { artifactId, ...(had && { have: had }) }, reply)
    },
    async fetch() {
      try {
        const answer = await call(http, path, etag ? { headers: { 'If-None-Match': etag } } : {})
        if (!answer.ok) {
          if (answer.code === 'publishing_disabled') return { kind: 'closed' }
          if (answer.code === 'not_found') return { kind: 'ended', why: 'not_found' }
          return isSignedOut(answer.code) ? { kind: 'ended', why: 'signed_out' } : { kind: 'unreachable' }
        }
        if (answer.response.status === 304) return { kind: 'same' }
        const artifact: unknown = await answer.response.json()
        // A proxy's own page, answered with 200, is not our server.
        if (!isArtifact(artifact)) return { kind: 'unreachable' }
        return { kind: 'answer', answer: { artifact, etag: answer.response.headers.get('etag') ?? '' } }
      } catch {
        return { kind: 'unreachable' }
      }
    },
    answered(answer) {
      if (answer.etag !== undefined) etag = answer.etag
      const { artifact, inline } = answer
      hear({ kind: 'current', artifact, ...(inline && { inline }) })
    },
    listen(socket) {
      // What was told over another one may not be told any more.
      hear({ kind: 'presence', people: null })
      socket.on('version', event => hear({ kind: 'version', event }))
      socket.on('artifact', event => hear({ kind: 'artifact', event }))
      socket.on('presence', ({ people }) => hear({ kind: 'presence', people }))
      socket.on('requests', ({ waiting }) => hear({ kind: 'requests', waiting }))
    },
    resettled,
  }
}

/** That it is an artifact at all; what is in it, our own server vouches for (zod would cost a third of the viewer). */
const isArtifact = (value: unknown): value is Artifact =>
  typeof value === 'object' && value !== null && 'id' in value && 'epoch' in value && 'rev' in value && 'shown' in value
