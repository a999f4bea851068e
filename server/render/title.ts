import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { limits } from '../../shared/limits.ts'
import { tags } from './tags.ts'

/** Of a title's or heading's markup, this much is read … */
const readChars = 2_000
/** … and of those that say nothing, this many are tried: so that a page of nothing else takes no longer. */
const tries = 100

/**
 * @returns the first `<title>` that says something, else the first heading that does: plain text with character
 * references decoded and white space collapsed, at most limits.titleChars long; undefined when there is neither.
 */
export function titleOf(html: string): string | undefined {
  let heading: string | undefined
  let inSvg = 0
  let tried = 0
  for (const tag of tags(html)) {
    // Inside SVG, <title> is a tooltip.
    if (tag.name === 'svg') inSvg += tag.closing ? -1 : 1
    const isTitle = tag.name === 'title'
    if (tag.closing || inSvg > 0 || !(isTitle || (heading === undefined && /^h[1-6]$/.test(tag.name)))) continue
    tried += 1
    if (tried > tries) break
    if (isTitle) {
      const title = asTitle(textOf(`<textarea>${tag.text}`))
      if (title) return title
    } else {
      const rest = html.slice(tag.end, tag.end + readChars)
      const end = rest.search(/<\/h[1-6]/i)
      heading = asTitle(textOf(end < 0 ? rest : rest.slice(0, end)))
    }
  }
  return heading
}

/** Collapses white space and cuts to limits.titleChars, between characters; undefined when nothing is left. */
export function asTitle(text: string): string | undefined {
  const collapsed = text.replace(/\s+/g, ' ').trim()
  if (collapsed === '') return undefined
  if (collapsed.length <= limits.titleChars) return collapsed
  const cut = collapsed.slice(0, limits.titleChars - 1)
  // Half of a surrogate pair is no character.
  return `${cut.replace(/[\uD800-\uDBFF]$/, '').trimEnd()}…`
}

/** Of a short piece of markup; scripts, styles and what is hidden from readers do not count. */
function textOf(html: string): string {
  const waiting: DefaultTreeAdapterTypes.ChildNode[] = [...parseFragment(html.slice(0, readChars)).childNodes]
  let text = ''
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    if ('value' in node) text += node.value
    else if ('childNodes' in node && !['script', 'style', 'svg', 'template'].includes(node.nodeName)) {
      waiting.unshift(...node.childNodes)
    }
  }
  return text
}
