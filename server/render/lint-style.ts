import { type Finding, leavesPage, shown } from './finding.ts'

/** Comments are stepped over. No two repetitions can share a character, so that no style sheet makes it slow. */
const references = /\/\*[\s\S]*?(?:\*\/|$)|(@import\s+(?:url\(\s*)?|\burl\(\s*)["']?([^"')\s;]+)/gi

export function* lintStyle(css: string): Generator<Finding> {
  for (const { 1: how, 2: url, index } of css.matchAll(references)) {
    if (how === undefined || url === undefined || !leavesPage(url)) continue
    if (how.startsWith('@')) {
      yield {
        at: index,
        rule: 'css-import',
        message: `The style sheet "${shown(url)}" will not load. Put its rules into the page.`,
      }
    } else {
      yield {
        at: index,
        rule: 'css-url',
        message: `"${shown(url)}" in CSS will not load. Put the file into the page as a data: URI.`,
      }
    }
  }
}
