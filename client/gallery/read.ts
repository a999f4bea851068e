import type { Artifact, ArtifactList } from '../../shared/api.ts'
import type { Choice } from '../../shared/choice.ts'
import { limits } from '../../shared/limits.ts'
import { call, type Http } from '../network/http.ts'
import type { List } from './list.ts'

/** `code` is the problem's own; 'unreachable' where no Galley answered. */
export type Read = { ok: true; list: ArtifactList } | { ok: false; code: string }

/** The list from its top down to where it was loaded; all of it, where that was its end. Never rejects. */
export async function readList(http: Http, choice: Choice, shown: List): Promise<Read> {
  const until = shown.nextCursor
  const missing = new Set(shown.rows.map(({ artifact }) => artifact.id))
  const pages: ArtifactList[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    // No more than is shown: a list that is read again and again must not grow by that.
    const limit = until === null && pages.length > 0 ? missing.size : Math.max(missing.size, limits.pageSize)
    const page = await readPage(http, choice, { limit: Math.min(limit, limits.pageSizeMax), cursor, until })
    if (!page.ok) return page
    pages.push(page.list)
    for (const { id } of page.list.artifacts) missing.delete(id)
    cursor = page.list.nextCursor
    if (until === null ? missing.size === 0 : cursor === until) break
  }
  // What was published while it was read moved from a page to come to one already read, and is at the top now.
  if (pages.length > 1 && missing.size > 0) {
    const top = await readPage(http, choice)
    if (!top.ok) return top
    pages.unshift(top.list)
  }
  return { ok: true, list: { artifacts: unique(pages), nextCursor: pages.at(-1)?.nextCursor ?? null } }
}

interface Part {
  limit?: number
  cursor?: string | undefined
  until?: string | null
}

/** Never rejects. */
export async function readPage(http: Http, { list, q, sort }: Choice, part: Part = {}): Promise<Read> {
  const { limit = limits.pageSize, cursor, until } = part
  const query = new URLSearchParams({
    ...{ scope: list, q, sort, limit: String(limit) },
    ...(cursor && { cursor }),
    ...(until && { until }),
  })
  try {
    const answer = await call(http, `/api/v1/artifacts?${query}`)
    if (!answer.ok) return answer
    const list: unknown = await answer.response.json()
    // A proxy's own page, answered with 200, is not our server.
    return isList(list) ? { ok: true, list } : { ok: false, code: 'unreachable' }
  } catch {
    return { ok: false, code: 'unreachable' }
  }
}

/** Of an artifact that is on two pages the newer, which was read for the upper one. */
function unique(pages: readonly ArtifactList[]): Artifact[] {
  const byId = new Map<string, Artifact>()
  for (const artifact of pages.flatMap(({ artifacts }) => artifacts)) {
    if (!byId.has(artifact.id)) byId.set(artifact.id, artifact)
  }
  return [...byId.values()]
}

/** That it is a list at all; what is in it, our own server vouches for (zod would cost as much as the whole page). */
const isList = (value: unknown): value is ArtifactList =>
  typeof value === 'object' && value !== null && 'artifacts' in value && Array.isArray(value.artifacts)
