import type { ElementMap, Key } from './keys.ts'
import { listen, page, plain } from './natives.ts'

export interface Scrolled {
  page: [left: number, top: number]
  boxes: [key: Key, left: number, top: number][]
  /** What was at the top of the view: a new version may be longer or shorter above it. */
  anchor: { key: Key; text: string; top: number } | null
}

/** Noted as they scroll: to look at every element of a large page takes far longer. */
const boxes = new Set<Element>()

export function watchScroll(): void {
  boxes.clear()
  listen(
    'scroll',
    ({ target }) => {
      if (target instanceof Element && target !== page.scrollingElement) boxes.add(target)
    },
    { capture: true, passive: true },
  )
}

export function captureScroll({ keyOf }: ElementMap): Scrolled {
  const scrolled = [...boxes].filter(box => box.isConnected)
  const element = atTop()
  return {
    page: [scrollX, scrollY],
    boxes: scrolled.map(box => [keyOf(box), box.scrollLeft, box.scrollTop]),
    anchor: element && { key: keyOf(element), text: textOf(element), top: element.getBoundingClientRect().top },
  }
}

export function restoreScroll({ page: [left, top], boxes: scrolled, anchor }: Scrolled, { find }: ElementMap): void {
  for (const [key, boxLeft, boxTop] of scrolled) {
    const box = find(key)
    if (!box) continue
    box.scrollTo({ left: boxLeft, top: boxTop, behavior: 'instant' })
    boxes.add(box)
  }
  scrollTo({ left, top, behavior: 'instant' })
  const element = anchor && sameElement(find(anchor.key), anchor.text)
  if (!element) return
  const moved = element.getBoundingClientRect().top - anchor.top
  if (Math.abs(moved) >= 1) scrollerOf(element).scrollBy({ top: moved, behavior: 'instant' })
}

/** What scrolls an element up and down: the innermost box known to scroll, else the page. */
function scrollerOf(element: Element): Element | Window {
  for (let at = plain(element).parentElement; at; at = plain(at).parentElement) if (boxes.has(at)) return at
  return window
}

/**
 * The topmost element in view that scrolls along and is not larger than the view. Null when nothing above it is
 * scrolled out of sight: who looks at the beginning wants to see what is new there.
 */
function atTop(): Element | null {
  for (let y = 1; y < innerHeight; y += innerHeight / 16) {
    for (const x of [0.5, 0.25, 0.1]) {
      const element = page.elementFromPoint(innerWidth * x, y)
      if (!element || plain(element).clientHeight > innerHeight || element === page.body || staysInView(element))
        continue
      const scroller = scrollerOf(element)
      const above = scroller instanceof Element ? scroller.scrollTop : scrollY
      return above > 0 ? element : null
    }
  }
  return null
}

function staysInView(element: Element): boolean {
  for (let at: Element | null = element; at; at = plain(at).parentElement) {
    if (/fixed|sticky/.test(getComputedStyle(at).position)) return true
  }
  return false
}

const textOf = (element: Element): string => (plain(element).textContent ?? '').trim().slice(0, 80)

/** The element that was found, or, where a row was put in before it or taken out, its nearest sibling that reads the same. */
function sameElement(found: Element | undefined, text: string): Element | undefined {
  if (!found || textOf(found) === text) return found
  const row = plain(found).parentElement
  return (row && [...plain(row).children].find(sibling => textOf(sibling) === text)) ?? found
}
