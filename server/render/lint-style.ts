import { type Finding, leavesPage, shown } from './finding.ts'

/** Comments are stepped over; every repetition is bounded or ends for good, so that no style sheet makes it slow. */
const references =
  /\/\*[\s\S]*?(?:\*\/|$)|(@import\s{1,20}(?:url\(\s{0,20})?|\burl\(\s{0,20})["']?([^"')\s;]{1,1000})/gi

export function* lintStyle(css: string): Generator<Finding> {
  for (const { 1: how, 2: url, index } of css.matchAll(references)) {
    if (how === undefined || url === undefined) continue
    if (how.startsWith('@')) {
      yield {
        at: index,
        rule: 'css-import',
        message: `The style sheet "${shown(url)}" will not load. Put its rules into the page.`,
      }
    } else if (leavesPage(url)) {
      yield {
        at: index,
        rule: 'css-url',
        message: `"${shown(url)}" in CSS will not load. Put the file into the page as a data: URI.`,
      }
    }
  }
}
