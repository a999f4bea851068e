import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { call, type Http } from '../network/http.ts'
import { openStill, type Still } from './still.ts'

/** What is to be seen of an artifact. */
export type Pictured = Pick<Artifact, 'id'> & Pick<Artifact['shown'], 'number' | 'sha256' | 'size'>

/** Draws the pages that are in sight, limits.stills of them at most: a page costs a document, and can be a heavy one. */
export class Stills {
  private readonly slots = new Map<Element, Slot>()
  private readonly url: string
  private readonly http: Http
  private readonly observer = new IntersectionObserver(entries => this.look(entries), {
    threshold: [0, 0.25, 0.5, 0.75, 1],
  })
  private resting: ReturnType<typeof setTimeout> | undefined

  /** @param url of the content origin's `/still` */
  constructor(url: string, http: Http) {
    this.url = url
    this.http = http
  }

  /** @param element empty, and with an extent as long as there is to be a still in it */
  add(element: HTMLElement, page: Pictured): Slot {
    const slot = new Slot(element, page, this.url, this.http, () => this.settle())
    this.slots.set(element, slot)
    this.observer.observe(element)
    return slot
  }

  remove(element: HTMLElement): void {
    this.observer.unobserve(element)
    this.slots.get(element)?.sleep()
    this.slots.delete(element)
    this.settle()
  }

  private look(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, intersectionRatio, time } of entries) this.slots.get(target)?.sighted(intersectionRatio, time)
    this.settle()
  }

  /** Once scrolling rests. What was in sight last keeps its still for as long as none needs the room. */
  private settle(): void {
    clearTimeout(this.resting)
    this.resting = setTimeout(() => {
      const ranked = [...this.slots.values()].filter(slot => slot.isWanted).sort((one, other) => other.rank - one.rank)
      for (const slot of ranked.slice(limits.stills)) slot.sleep()
      for (const slot of ranked.slice(0, limits.stills)) slot.wake()
    }, limits.stillRest)
  }
}

/** Room for one still. */
class Slot {
  private readonly element: HTMLElement
  private readonly url: string
  private readonly http: Http
  private readonly changed: () => void
  private page: Pictured
  /** The part of it that is in sight, of 1, and when that was last looked at. */
  private ratio = 0
  private seen = 0
  private still: Still | undefined
  private drawn = Number.NEGATIVE_INFINITY
  /** Hash of the page that the still was handed last, and of one of which there was nothing to be seen. */
  private handed: string | undefined
  private bare: string | undefined
  private drawing = new AbortController()

  constructor(element: HTMLElement, page: Pictured, url: string, http: Http, changed: () => void) {
    this.element = element
    this.page = page
    this.url = url
    this.http = http
    this.changed = changed
  }

  /** What was never in sight is not drawn ahead of need, and others have the room of what shows nothing. */
  get isWanted(): boolean {
    return this.seen > 0 && this.page.size <= limits.stillBytes && this.page.sha256 !== this.bare
  }

  /** What is in sight first, then what was so last. */
  get rank(): number {
    return this.ratio > 0 ? this.ratio : -1 / this.seen
  }

  sighted(ratio: number, time: number): void {
    this.ratio = ratio
    if (ratio > 0 || this.seen > 0) this.seen = time
  }

  show(page: Pictured): void {
    if (page.sha256 === this.page.sha256) return
    this.page = page
    if (!this.isWanted) this.sleep()
    else if (this.still) void this.draw(this.still)
    this.changed()
  }

  wake(): void {
    if (this.still) return
    this.still = openStill(this.element, this.url, () => this.giveUp())
    void this.draw(this.still)
  }

  private giveUp(): void {
    this.bare = this.handed
    // Another version may be on its way already.
    if (this.isWanted) return
    this.sleep()
    this.changed()
  }

  sleep(): void {
    this.drawing.abort()
    this.still?.close()
    this.still = undefined
    this.drawn = Number.NEGATIVE_INFINITY
  }

  private async draw(still: Still): Promise<void> {
    this.drawing.abort()
    this.drawing = new AbortController()
    const { signal } = this.drawing
    const wait = Math.max(0, this.drawn + limits.stillAgain - performance.now())
    await new Promise(resolve => setTimeout(resolve, wait))
    if (signal.aborted) return
    this.drawn = performance.now()
    const { id, number, sha256 } = this.page
    try {
      const answer = await call(this.http, `/api/v1/artifacts/${id}/versions/${number}/page?as=preview`, { signal })
      const bytes = answer.ok ? await answer.response.arrayBuffer() : undefined
      if (!bytes || signal.aborted) return
      this.handed = sha256
      still.show(bytes)
    } catch {
      // Without a picture it is listed all the same.
    }
  }
}
