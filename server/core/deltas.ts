import { LRUCache } from 'lru-cache'
import { limits } from '../../shared/limits.ts'
import type { Content, Press } from '../render/press.ts'
import type { Store } from './store-ports.ts'

/** Whether anybody asks for it or not: no node keeps for long what was erased and it has not heard of. */
const kept = { ttl: limits.contentCached, ttlAutopurge: true }

type Between = Uint8Array | 'unknown_base' | 'no_delta'

/**
 * Page bytes and the deltas between them, in two byte-bounded caches over the store. Keys are an artifact's id and, of
 * immutable bytes, content ids and hashes, so nothing here can go stale; who may have them is decided before this is asked.
 */
export class Deltas {
  private readonly store: Pick<Store, 'content' | 'heads' | 'versionBySha256'>
  private readonly press: Press
  private readonly pages = new LRUCache<string, Content>({
    ...kept,
    maxSize: limits.pageCacheBytes,
    sizeCalculation: content => content.bytes.byteLength + 1,
  })
  /** false: it was tried, and none is worth having. */
  private readonly deltas = new LRUCache<string, { bytes: Uint8Array | false }>({
    ...kept,
    maxSize: limits.deltaCacheBytes,
    sizeCalculation: entry => (entry.bytes ? entry.bytes.byteLength : 0) + 100,
  })
  /** What was on its way into memory when its artifact was deleted must not come to stay there. */
  private readonly forgotten = new LRUCache<string, true>({ max: limits.forgottenArtifacts })
  private readonly making = new Map<string, Promise<Between>>()

  constructor(store: Pick<Store, 'content' | 'heads' | 'versionBySha256'>, press: Press) {
    this.store = store
    this.press = press
  }

  /** The stored bytes, undefined when they were erased. */
  async content(orgId: string, artifactId: string, contentId: string): Promise<Content | undefined> {
    const key = keyOf(artifactId, contentId)
    const cached = this.pages.get(key)
    if (cached) return cached
    const content = await this.store.content(orgId, contentId)
    if (content && !this.forgotten.has(artifactId)) this.pages.set(key, content)
    return content
  }

  /** Puts what a publish has just made where the next reader will look. */
  remember(
    artifactId: string,
    page: { contentId: string; content: Content; sha256: string },
    delta?: { from: string; bytes: Uint8Array },
  ): void {
    if (this.forgotten.has(artifactId)) return
    this.pages.set(keyOf(artifactId, page.contentId), page.content)
    if (delta) this.deltas.set(keyOf(artifactId, delta.from, page.sha256), { bytes: delta.bytes })
  }

  /** Nothing of a deleted artifact stays in memory. */
  async forget(artifact: { orgId: string; artifactId: string }): Promise<void> {
    const { artifactId } = artifact
    this.forgotten.set(artifactId, true)
    for (const cache of [this.pages, this.deltas]) {
      for (const key of cache.keys()) if (key.startsWith(keyOf(artifactId, ''))) cache.delete(key)
    }
    await this.recall(artifact)
  }

  /** A deleted artifact may be back. News of either come late, or in the wrong order: the database knows. */
  async recall({ orgId, artifactId }: { orgId: string; artifactId: string }): Promise<void> {
    if (!this.forgotten.has(artifactId)) return
    const [head] = await this.store.heads([{ orgId, artifactId }])
    if (head) this.forgotten.delete(artifactId)
  }

  /**
   * The deflated delta between two pages of one artifact: one worker job, however many ask at once.
   * @returns 'unknown_base' when no version had the page `from`; 'no_delta' when none is worth having.
   */
  async between(orgId: string, artifactId: string, from: string, to: string): Promise<Between> {
    const key = keyOf(artifactId, from, to)
    const cached = this.deltas.get(key)
    if (cached) return cached.bytes || 'no_delta'
    const making = this.making.get(key) ?? this.make(orgId, artifactId, from, to).finally(() => this.making.delete(key))
    this.making.set(key, making)
    return making
  }

  private async make(orgId: string, artifactId: string, from: string, to: string): Promise<Between> {
    const [base, target] = await Promise.all([this.page(orgId, artifactId, from), this.page(orgId, artifactId, to)])
    if (!base) return 'unknown_base'
    if (!target) return 'no_delta'
    const bytes = await this.press.delta(base, target)
    if (!this.forgotten.has(artifactId)) this.deltas.set(keyOf(artifactId, from, to), { bytes: bytes ?? false })
    return bytes ?? 'no_delta'
  }

  private async page(orgId: string, artifactId: string, sha256: string): Promise<Content | undefined> {
    const version = await this.store.versionBySha256(orgId, artifactId, sha256)
    return version && this.content(orgId, artifactId, version.pageContent)
  }
}

const keyOf = (artifactId: string, ...of: readonly string[]): string => [artifactId, ...of].join(' ')
