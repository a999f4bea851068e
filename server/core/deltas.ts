import { LRUCache } from 'lru-cache'
import { limits } from '../../shared/limits.ts'
import type { Content, Press } from '../render/press.ts'
import type { Store } from './ports.ts'

/**
 * Page bytes and the deltas between them, in two byte-bounded caches over the store. Keys are content ids and hashes,
 * both of immutable bytes, so nothing here can go stale; who may have them is decided before this is asked.
 */
export class Deltas {
  private readonly store: Pick<Store, 'content' | 'versionBySha256' | 'version'>
  private readonly press: Press
  private readonly pages = new LRUCache<string, Content>({
    maxSize: limits.pageCacheBytes,
    sizeCalculation: content => content.bytes.byteLength + 1,
  })
  /** false: it was tried, and none is worth having. */
  private readonly deltas = new LRUCache<string, { bytes: Uint8Array | false }>({
    maxSize: limits.deltaCacheBytes,
    sizeCalculation: entry => (entry.bytes ? entry.bytes.byteLength : 0) + 100,
  })
  private readonly making = new Map<string, Promise<Uint8Array | undefined>>()

  constructor(store: Pick<Store, 'content' | 'versionBySha256' | 'version'>, press: Press) {
    this.store = store
    this.press = press
  }

  /** The stored bytes, undefined when they were erased. */
  async content(orgId: string, contentId: string): Promise<Content | undefined> {
    const cached = this.pages.get(contentId)
    if (cached) return cached
    const content = await this.store.content(orgId, contentId)
    if (content) this.pages.set(contentId, content)
    return content
  }

  /** Puts what a publish has just made where the next reader will look. */
  remember(
    artifactId: string,
    page: { contentId: string; content: Content; sha256: string },
    delta?: { from: string; bytes: Uint8Array },
  ): void {
    this.pages.set(page.contentId, page.content)
    if (delta) this.deltas.set(keyOf(artifactId, delta.from, page.sha256), { bytes: delta.bytes })
  }

  /** Nothing of a deleted artifact stays in memory. */
  forget(artifactId: string, contentIds: readonly string[]): void {
    for (const id of contentIds) this.pages.delete(id)
    for (const key of this.deltas.keys()) if (key.startsWith(`${artifactId} `)) this.deltas.delete(key)
  }

  /**
   * The deflated delta between two pages of one artifact.
   * @returns 'unknown_base' when no version had the page `from`; 'no_delta' when none is worth having.
   */
  async between(
    orgId: string,
    artifactId: string,
    from: string,
    to: string,
  ): Promise<Uint8Array | 'unknown_base' | 'no_delta'> {
    const key = keyOf(artifactId, from, to)
    const cached = this.deltas.get(key)
    if (cached) return cached.bytes || 'no_delta'
    const [base, target] = await Promise.all([this.page(orgId, artifactId, from), this.page(orgId, artifactId, to)])
    if (!base) return 'unknown_base'
    if (!target) return 'no_delta'
    const making = this.making.get(key) ?? this.make(key, base, target)
    return (await making) ?? 'no_delta'
  }

  /** One worker job however many ask at once. */
  private make(key: string, base: Content, target: Content): Promise<Uint8Array | undefined> {
    const making = this.press
      .delta(base, target)
      .then(bytes => {
        this.deltas.set(key, { bytes: bytes ?? false })
        return bytes
      })
      .finally(() => this.making.delete(key))
    this.making.set(key, making)
    return making
  }

  private async page(orgId: string, artifactId: string, sha256: string): Promise<Content | undefined> {
    const version = await this.store.versionBySha256(orgId, artifactId, sha256)
    return version && this.content(orgId, version.pageContent)
  }
}

const keyOf = (artifactId: string, from: string, to: string): string => `${artifactId} ${from} ${to}`
