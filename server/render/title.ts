import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { limits } from '../../shared/limits.ts'
import { tags } from './tags.ts'

/** Of a title's or heading's markup, this much is read … */
const readChars = 2_000
/** … and of all that say nothing, this much: so that a page of nothing else takes no longer. */
const readInAll = 20_000

/**
 * @returns the first `<title>` that says something, else the first heading that does: plain text with character
 * references decoded and white space collapsed, at most limits.titleChars long; undefined when there is neither.
 */
export function titleOf(html: string): string | undefined {
  let heading: string | undefined
  let inSvg = 0
  let left = readInAll
  for (const tag of tags(html)) {
    // Inside SVG, <title> is a tooltip.
    if (tag.name === 'svg') inSvg += tag.closing ? -1 : 1
    const isTitle = tag.name === 'title'
    if (tag.closing || inSvg > 0 || !(isTitle || (heading === undefined && /^h[1-6]$/.test(tag.name)))) continue
    if (left <= 0) break
    const markup = isTitle ? `<textarea>${tag.text?.slice(0, readChars)}` : headingAt(html, tag.end)
    // Even to find nothing is some work.
    left -= Math.max(markup.length, 50)
    const text = asTitle(textOf(markup))
    if (isTitle && text) return text
    heading ??= text
  }
  return heading
}

function headingAt(html: string, start: number): string {
  const rest = html.slice(start, start + readChars)
  const end = rest.search(/<\/h[1-6]/i)
  return end < 0 ? rest : rest.slice(0, end)
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
  const waiting: DefaultTreeAdapterTypes.ChildNode[] = [...parseFragment(html).childNodes]
  let text = ''
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    if ('value' in node) text += node.value
    else if ('childNodes' in node && !['script', 'style', 'svg', 'template'].includes(node.nodeName)) {
      waiting.unshift(...node.childNodes)
    }
  }
  return text
}
