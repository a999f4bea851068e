import type { MarkdownIt, Token } from 'markdown-it'
import { asTitle } from './title.ts'

export interface Heading {
  level: number
  /** Plain. */
  text: string
  /** Unique in the page. */
  slug: string
}

/** Gives every heading an id made as GitHub makes it, and a link to itself; collects them in `env.headings`. */
export function headings(md: MarkdownIt): void {
  md.core.ruler.push('headings', state => {
    const found: Heading[] = []
    const used = new Map<string, number>()
    for (const [index, token] of state.tokens.entries()) {
      const inline = state.tokens[index + 1]
      if (token.type !== 'heading_open' || !inline?.children) continue
      const text = textOf(inline.children)
      const slug = unique(slugOf(text), used)
      token.attrSet('id', slug)
      found.push({ level: Number(token.tag.slice(1)), text: asTitle(text) ?? '', slug })
      const link = new state.Token('html_inline', '', 0)
      const href = md.utils.escapeHtml(`#${encodeURIComponent(slug)}`)
      const label = md.utils.escapeHtml(`Link to “${asTitle(text) ?? slug}”`)
      link.content = `<a class="anchor" href="${href}" aria-label="${label}">#</a>`
      inline.children.push(link)
    }
    state.env.headings = found
  })
}

/** GitHub's: letters, digits, marks, `_` and `-` of any script stay, lower case; each space becomes `-`. */
const slugOf = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-') || 'section'

function unique(slug: string, used: Map<string, number>): string {
  let candidate = slug
  while (used.has(candidate)) {
    const count = (used.get(slug) ?? 0) + 1
    used.set(slug, count)
    candidate = `${slug}-${count}`
  }
  used.set(candidate, 0)
  return candidate
}

function textOf(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    if (token.type === 'image') text += textOf(token.children ?? [])
    else if (token.type === 'text' || token.type === 'code_inline') text += token.content
    else if (token.type === 'softbreak' || token.type === 'hardbreak') text += ' '
  }
  return text
}
