/**
 * A page without a background of its own is see-through, and for the moment in which it lies over the version before
 * both could be read at once. A sheet that is not in the document paints its canvas for that long.
 */
const sheet = new CSSStyleSheet()
sheet.replaceSync('html{background:Canvas}')

export function putBackdrop(): void {
  const seeThrough = [document.documentElement, document.body].every(element => {
    const { backgroundColor, backgroundImage } = element ? getComputedStyle(element) : {}
    return !element || (/^transparent$|, 0\)$/.test(backgroundColor ?? '') && backgroundImage === 'none')
  })
  if (seeThrough) document.adoptedStyleSheets.push(sheet)
}

export function takeBackdrop(): void {
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== sheet)
}
