import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { limits } from '../../shared/limits.ts'
import { tags } from './tags.ts'

/** Of a heading's markup, this much is read. */
const headingChars = 10_000

/**
 * @returns the first `<title>` that says something, else the first heading that does: plain text with character
 * references decoded and white space collapsed, at most limits.titleChars long; undefined when there is neither.
 */
export function titleOf(html: string): string | undefined {
  let heading: string | undefined
  let inSvg = 0
  for (const tag of tags(html)) {
    // Inside SVG, <title> is a tooltip.
    if (tag.name === 'svg') inSvg += tag.closing ? -1 : 1
    if (tag.closing || inSvg > 0) continue
    if (tag.name === 'title') {
      const title = asTitle(textOf(`<textarea>${tag.text}`))
      if (title) return title
    } else if (heading === undefined && /^h[1-6]$/.test(tag.name)) {
      const rest = html.slice(tag.end, tag.end + headingChars)
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
  const waiting: DefaultTreeAdapterTypes.ChildNode[] = [...parseFragment(html.slice(0, headingChars)).childNodes]
  let text = ''
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    if ('value' in node) text += node.value
    else if ('childNodes' in node && !['script', 'style', 'svg', 'template'].includes(node.nodeName)) {
      waiting.unshift(...node.childNodes)
    }
  }
  return text
}
