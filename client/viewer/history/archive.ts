import type { Sharing, Shown, Version, VersionDiff, VersionList, ViewList } from '../../../shared/api.ts'
import { limits } from '../../../shared/limits.ts'
import { call, type Http } from '../../network/http.ts'
import { updateOf } from '../share/edits.ts'

/** A page's versions, and who has seen them, as the API tells publishers. All reject with a sentence for a person. */
export interface Archive {
  /** Newest first. @param cursor of the list before */
  versions(cursor?: string): Promise<VersionList>
  version(number: number): Promise<Version>
  diff(from: number, to: number): Promise<VersionDiff>
  /** As published. */
  source(number: number): Promise<string>
  views(): Promise<ViewList>
  /** Makes it the version that viewers see. @returns how the page was shared until then */
  share(version: Sharing['version']): Promise<Sharing>
}

export function openArchive(http: Http, artifactId: string): Archive {
  const path = `/api/v1/artifacts/${encodeURIComponent(artifactId)}`
  const ask = async (what: string, options: Parameters<typeof call>[2] = {}): Promise<Response> => {
    const answer = await call(http, path + what, options).catch(() => undefined)
    if (answer?.ok) return answer.response
    throw new Error(answer?.detail ?? 'Galley could not be reached.')
  }
  const read = async (what: string) => (await ask(what)).json()
  return {
    versions: cursor => read(`/versions${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`),
    version: number => read(`/versions/${number}`),
    diff: (from, to) => read(`/diff?from=${from}&to=${to}`),
    source: async number => (await ask(`/versions/${number}/source`)).text(),
    views: () => read(`/views?limit=${limits.pageSizeMax}`),
    async share(version) {
      const before: Sharing = await read('/sharing')
      const headers = { 'Content-Type': 'application/json' }
      await ask('/sharing', { method: 'PUT', headers, body: JSON.stringify(updateOf({ ...before, version })) })
      return before
    },
  }
}

/** Where its bytes are saved from, as they were published. */
export const sourceAddress = (artifactId: string, number: number): string =>
  `/api/v1/artifacts/${encodeURIComponent(artifactId)}/versions/${number}/source`

/** What is needed to look at it. */
export const shownOf = ({ number, sha256, size, createdAt, note }: Version): Shown => ({
  number,
  sha256,
  size,
  publishedAt: createdAt,
  note,
})

/** What went wrong, as a sentence. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
