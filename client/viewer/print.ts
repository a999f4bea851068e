import { frameLimits } from '../../shared/limits.ts'

/** Between the margins of a sheet of A4; Letter has a little more. CSS pixels. */
const sheetWidth = 718

export interface Printer {
  print(): Promise<void>
  /** The page in the frame says how tall it is now, in CSS pixels. */
  height(px: number): void
}

/**
 * A sandboxed frame may not print, and in its parent's print it ends where the frame ends. So the print styles give it
 * the height of its content: of its content on a sheet, which is narrower than the screen and so makes text longer.
 */
export function createPrinter(root: HTMLElement): Printer {
  let told = 0
  let measured = false
  root.style.setProperty('--sheet-width', `${sheetWidth}px`)
  const setHeight = (px: number): void => root.style.setProperty('--page-height', `${Math.ceil(px)}px`)

  addEventListener('beforeprint', () => {
    // From the browser's own menu there is no time to measure: as tall as running text would become, rather than cut off.
    if (!measured) setHeight(told * Math.max(1, root.clientWidth / sheetWidth))
  })
  addEventListener('afterprint', () => {
    measured = false
    root.classList.remove('measuring')
    setHeight(told)
  })

  return {
    async print() {
      root.classList.add('measuring')
      await new Promise(resolve => setTimeout(resolve, 2 * frameLimits.frameHeightEvery))
      measured = true
      window.print()
    },
    height(px) {
      told = px
      if (!measured) setHeight(px)
    },
  }
}
