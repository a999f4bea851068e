import type { Artifact } from '../../shared/api.ts'
import { get, type Http, isSignedOut } from './http.ts'

/** What `GET …/current` said. `same`: nothing since `etag`. */
export type Current =
  | { kind: 'artifact'; artifact: Artifact; etag: string }
  | { kind: 'same' }
  | { kind: 'ended'; why: 'signed_out' | 'not_found' }
  | { kind: 'unreachable' }

/** The way around a blocked socket. Never rejects. */
export async function fetchCurrent(http: Http, artifactId: string, etag: string): Promise<Current> {
  try {
    const path = `/api/v1/artifacts/${artifactId}/current`
    const answer = await get(http, path, etag ? { headers: { 'If-None-Match': etag } } : {})
    if (!answer.ok) {
      if (answer.code === 'not_found') return { kind: 'ended', why: 'not_found' }
      return isSignedOut(answer.code) ? { kind: 'ended', why: 'signed_out' } : { kind: 'unreachable' }
    }
    if (answer.response.status === 304) return { kind: 'same' }
    const artifact: unknown = await answer.response.json()
    // A proxy's own page, answered with 200, is not our server.
    if (!isArtifact(artifact)) return { kind: 'unreachable' }
    return { kind: 'artifact', artifact, etag: answer.response.headers.get('etag') ?? '' }
  } catch {
    return { kind: 'unreachable' }
  }
}

/** That it is an artifact at all; what is in it, our own server vouches for (zod would cost a third of the viewer). */
const isArtifact = (value: unknown): value is Artifact =>
  typeof value === 'object' && value !== null && 'id' in value && 'epoch' in value && 'rev' in value && 'shown' in value
