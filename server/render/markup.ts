import type { MarkdownIt, Token } from 'markdown-it'

/** Where in the text of its block each inline token begins; kept apart, as markdown-it keeps it nowhere. */
const places = new WeakMap<Token, number>()

/** Has the parser note where it is when it makes an inline token, so that `markupOf` can tell its line. */
export function notePlaces(md: MarkdownIt): void {
  md.inline.State = class extends md.inline.State {
    override push(type: string, tag: string, nesting: -1 | 0 | 1): Token {
      const token = super.push(type, tag, nesting)
      places.set(token, this.pos)
      return token
    }
  }
}

/**
 * The raw HTML, the images and the links alone, as HTML, each on the line where the source has it.
 * @param linesBefore of the source, that were not parsed
 */
export function markupOf(tokens: readonly Token[], linesBefore: number): string {
  const found: { line: number; markup: string }[] = []
  let line = 0
  for (const token of tokens) {
    // Cells of a table have no lines of their own, but their row has.
    if (token.map) line = token.map[0]
    if (token.type === 'html_block') found.push({ line, markup: token.content })
    if (token.type !== 'inline') continue
    // Counted from the last line: of an alert the first one, with its mark, is taken away.
    if (token.map) line = token.map[1] - 1 - lineEnds(token.content)
    for (const { at, markup } of inlineMarkup(token)) found.push({ line: line + at, markup })
  }
  // Footnotes were moved to the end.
  found.sort((a, b) => a.line - b.line)
  return onLines(found, linesBefore)
}

/** @returns each with its line, from 0, in the block. */
function* inlineMarkup({ content, children }: Token): Generator<{ at: number; markup: string }> {
  let at = 0
  let counted = 0
  for (const child of children ?? []) {
    const place = places.get(child)
    const markup = place === undefined ? undefined : asMarkup(child)
    if (place === undefined || markup === undefined) continue
    at += lineEnds(content.slice(counted, place))
    counted = Math.max(counted, place)
    yield { at, markup }
  }
}

function asMarkup(token: Token): string | undefined {
  const inQuotes = (name: string): string => `"${String(token.attrGet(name)).replaceAll('"', '%22')}"`
  if (token.type === 'html_inline') return token.content
  if (token.type === 'image') return `<img src=${inQuotes('src')}>`
  if (token.type === 'link_open') return `<a href=${inQuotes('href')}>`
  return undefined
}

function onLines(found: readonly { line: number; markup: string }[], linesBefore: number): string {
  const parts: string[] = []
  let now = 0
  for (const { line, markup } of found) {
    const missing = linesBefore + line - now
    if (missing > 0) parts.push('\n'.repeat(missing))
    parts.push(markup)
    now += Math.max(0, missing) + lineEnds(markup)
  }
  return parts.join('')
}

function lineEnds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
