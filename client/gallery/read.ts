import type { Artifact, ArtifactList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { call, type Http } from '../network/http.ts'
import { isBelow, type List } from './list.ts'

/** `code` is the problem's own; 'unreachable' where no Galley answered. */
export type Read = { ok: true; list: ArtifactList } | { ok: false; code: string }

/** One's artifacts, from the newest down to the lowest of those that are shown. Never rejects. */
export async function readList(http: Http, shown: List): Promise<Read> {
  const lowest = shown.rows.at(-1)?.artifact
  const missing = new Set(shown.rows.map(({ artifact }) => artifact.id))
  const pages: ArtifactList[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    // No more than is shown: a list that is read again and again must not grow by that.
    const limit = pages.length > 0 ? missing.size : Math.max(missing.size, limits.pageSize)
    const page = await readPage(http, { limit: Math.min(limit, limits.pageSizeMax), cursor })
    if (!page.ok) return page
    pages.push(page.list)
    for (const { id } of page.list.artifacts) missing.delete(id)
    const last = page.list.artifacts.at(-1)
    cursor = page.list.nextCursor
    if (missing.size === 0 || !lowest || !last || isBelow(last, lowest)) break
  }
  // What was published while it was read moved from a page to come to one already read, and is at the top now.
  if (pages.length > 1 && missing.size > 0) {
    const top = await readPage(http)
    if (!top.ok) return top
    pages.unshift(top.list)
  }
  return { ok: true, list: { artifacts: unique(pages), nextCursor: pages.at(-1)?.nextCursor ?? null } }
}

/** Never rejects. */
export async function readPage(
  http: Http,
  { limit = limits.pageSize, cursor }: { limit?: number; cursor?: string | undefined } = {},
): Promise<Read> {
  const query = new URLSearchParams({ scope: 'mine', limit: String(limit), ...(cursor !== undefined && { cursor }) })
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
