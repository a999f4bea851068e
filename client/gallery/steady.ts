/** How long a row takes to its new place, and how long a click may still be meant for what was there before. Milliseconds. */
const moving = 240
const settling = 300

let settledAt = 0

/** Rows have just changed places: a click on its way may hit another one than was meant. */
export const isSettling = (): boolean => performance.now() < settledAt

interface Place {
  /** Tells a row that was changed, and so was moved, from one that others moved. */
  rev: string
  /** Where it belongs, in pixels from the top of the viewport. */
  layout: number
  /** Where it is seen, which differs from that while it moves. */
  seen: DOMRect
}

/**
 * Called before the rows are drawn anew, and what it returns after that: then what is looked at is where it was, the
 * focus is too, and what moves is seen moving. The browser's own scroll anchoring takes a row that jumps to the top for
 * what is looked at, and Safari's has none.
 */
export function holdStill(root: HTMLElement): () => void {
  const before = placesIn(root)
  const focus = focusIn(root)
  return () => {
    for (const row of rowsIn(root)) for (const move of row.getAnimations()) move.cancel()
    focus.keep()
    holdScroll(root, before)
    showMoves(root, before)
  }
}

const rowsIn = (root: HTMLElement): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('li[data-id]')]

function placesIn(root: HTMLElement): Map<string, Place> {
  const top = root.querySelector('ul')?.getBoundingClientRect().top ?? 0
  return new Map(
    rowsIn(root).map(row => {
      const seen = row.getBoundingClientRect()
      return [row.dataset.id ?? '', { rev: row.dataset.rev ?? '', layout: top + row.offsetTop, seen }]
    }),
  )
}

/** Taking a row out of the document and putting it back elsewhere takes the focus from what is in it. */
function focusIn(root: HTMLElement): { keep(): void } {
  const focused = document.activeElement
  const row = focused?.closest<HTMLElement>('li[data-id]')
  const at = row ? rowsIn(root).indexOf(row) : -1
  return {
    keep() {
      if (!(focused instanceof HTMLElement) || document.activeElement === focused) return
      if (focused.isConnected) focused.focus({ preventScroll: true })
      else if (at >= 0) focusRow(rowsIn(root)[at] ?? rowsIn(root).at(-1))
    },
  }
}

export const focusRow = (row: HTMLElement | null | undefined): void =>
  row?.querySelector('a')?.focus({ preventScroll: true })

/** For whoever had the focus in something that is gone. */
export const focusFirstInView = (root: HTMLElement): void =>
  focusRow(rowsIn(root).find(row => row.getBoundingClientRect().bottom > 0))

function holdScroll(root: HTMLElement, before: ReadonlyMap<string, Place>): void {
  const list = root.querySelector('ul')
  // Whoever sees the top of the list wants to see what comes in there.
  if (!list || list.getBoundingClientRect().top >= 0) return
  const after = placesIn(root)
  for (const [id, was] of before) {
    const now = after.get(id)
    if (was.layout + was.seen.height <= 0 || !now || now.rev !== was.rev) continue
    window.scrollBy({ top: now.layout - was.layout, behavior: 'instant' })
    return
  }
}

function showMoves(root: HTMLElement, before: ReadonlyMap<string, Place>): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  for (const row of rowsIn(root)) {
    const was = before.get(row.dataset.id ?? '')
    if (!was) continue
    const now = row.getBoundingClientRect()
    const inView = ({ top, bottom }: DOMRect): boolean => bottom > 0 && top < innerHeight
    const isMoved = Math.abs(was.seen.top - now.top) >= 1 || Math.abs(was.seen.left - now.left) >= 1
    if (!isMoved || !(inView(was.seen) || inView(now))) continue
    settledAt = performance.now() + settling
    if (still) continue
    // From no further than just outside: what comes from far away is not seen the longer for it.
    const left = was.seen.left - now.left
    const top = Math.min(Math.max(was.seen.top, -now.height), innerHeight) - now.top
    const front = was.rev === row.dataset.rev ? 0 : 1
    row.animate(
      [
        { transform: `translate(${left}px, ${top}px)`, zIndex: front },
        { transform: 'none', zIndex: front },
      ],
      { duration: moving, easing: 'cubic-bezier(0.2, 0, 0, 1)' },
    )
  }
}
