import { page } from './natives.ts'

/** Style that the page wears until it is alone on the screen. The sheets are not in the document, where its scripts could trip over them. */

/** A smooth scroll to the hash would still be under way when the viewer's own place is restored, and add to it. */
const still = sheetOf('*{scroll-behavior:auto!important}')
/** A page without a background is see-through: over the version before, both could be read at once. */
const backdrop = sheetOf('html{background:Canvas}')

function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  return sheet
}

export function dressStill(): void {
  page.adoptedStyleSheets = [still]
}

export function dressOpaque(): void {
  const isSeeThrough = [page.documentElement, page.body].every(element => {
    const { backgroundColor = '', backgroundImage = 'none' } = element ? getComputedStyle(element) : {}
    return backgroundImage === 'none' && /^(transparent|rgba\(0, 0, 0, 0\)|)$/.test(backgroundColor)
  })
  if (isSeeThrough) page.adoptedStyleSheets = [...page.adoptedStyleSheets, backdrop]
}

export function undress(): void {
  page.adoptedStyleSheets = page.adoptedStyleSheets.filter(sheet => sheet !== still && sheet !== backdrop)
}
