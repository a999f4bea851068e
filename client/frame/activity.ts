import { frameLimits } from '../../shared/limits.ts'
import { listen, page } from './natives.ts'

/** What the viewer is in the middle of, where a swap would take it out of their hands. */
let dragging = false
let composing = false
let last = Number.NEGATIVE_INFINITY

export function watchActivity(): void {
  const on = (types: string, note: (event: Event) => void) => {
    for (const type of types.split(' ')) listen(type, note, { capture: true, passive: true })
  }
  on('pointerdown dragstart', () => {
    dragging = true
  })
  on('pointerup pointercancel dragend', () => {
    dragging = false
  })
  on('compositionstart', () => {
    composing = true
  })
  on('compositionend', () => {
    composing = false
  })
  on('keydown wheel touchmove', ({ isTrusted }) => {
    if (isTrusted) last = performance.now()
  })
}

export const isBusy = (): boolean =>
  dragging ||
  composing ||
  performance.now() - last < frameLimits.frameActivity ||
  page.querySelector(':modal') !== null ||
  isSelectOpen() ||
  hasSelection() ||
  [...page.querySelectorAll<HTMLMediaElement>('audio,video')].some(isHeard)

/** Videos without sound are decoration more often than not, and would put off every version. */
const isHeard = (media: HTMLMediaElement): boolean =>
  !media.paused && !media.ended && !media.muted && media.readyState > 1

function isSelectOpen(): boolean {
  try {
    return page.querySelector('select:open') !== null
  } catch {
    // An engine that does not know `:open`.
    return false
  }
}

function hasSelection(): boolean {
  const field = page.activeElement
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) {
    return field.selectionStart !== field.selectionEnd
  }
  return getSelection()?.isCollapsed === false
}
