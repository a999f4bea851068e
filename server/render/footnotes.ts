import type { MarkdownIt, StateCore, Token } from 'markdown-it'
import footnote from 'markdown-it-footnote'

/** What the plugin keeps in `env` while it parses: the notes in the order of their first references. */
interface Footnotes {
  list?: { label: string; count: number }[]
}

/** Footnotes as on GitHub: the plugin, without its inline notes and in linear time, with names for its links. */
export function footnotes(md: MarkdownIt): void {
  md.use(footnote)
  // GitHub has none; and nested ones would make the parser recurse without bound.
  md.inline.ruler.disable('footnote_inline')
  skipUnclosed(md)
  md.core.ruler.at('footnote_tail', moveToEnd)
  renderFootnotes(md)
}

/** As in cmark-gfm, except that no label holds a bracket: so each `[^` is looked at up to the next one only. */
const reference = /\[\^[^\s[\]]+\]/y

/** `[^` that begins no reference is text. The plugin would look for the end of each through all that follows. */
function skipUnclosed(md: MarkdownIt): void {
  md.inline.ruler.before('footnote_ref', 'footnote_unclosed', (state, silent) => {
    if (!state.src.startsWith('[^', state.pos)) return false
    reference.lastIndex = state.pos
    if (reference.test(state.src)) return false
    if (!silent) state.pending += '['
    state.pos += 1
    return true
  })
}

/** As the plugin does it, which copies all that it has for each note. */
function moveToEnd(state: StateCore): void {
  const { list } = (state.env as { footnotes?: Footnotes }).footnotes ?? {}
  const bodies = takeBodies(state)
  if (!list) return
  const put = (type: string, nesting: 1 | 0 | -1, meta?: Record<string, unknown>): void => {
    const token = new state.Token(type, '', nesting)
    if (meta) token.meta = meta
    state.tokens.push(token)
  }
  put('footnote_block_open', 1)
  for (const [id, { label, count }] of list.entries()) {
    put('footnote_open', 1, { id, label })
    for (const token of bodies.get(label) ?? []) state.tokens.push(token)
    // The links back stand at the end of the last paragraph.
    const paragraphEnd = state.tokens.at(-1)?.type === 'paragraph_close' ? state.tokens.pop() : undefined
    for (let subId = 0; subId < Math.max(1, count); subId += 1) put('footnote_anchor', 0, { id, subId, label })
    if (paragraphEnd) state.tokens.push(paragraphEnd)
    put('footnote_close', -1)
  }
  put('footnote_block_close', -1)
}

/** Takes the notes out of the text, by label. */
function takeBodies(state: StateCore): Map<string, Token[]> {
  const bodies = new Map<string, Token[]>()
  let body: Token[] | undefined
  state.tokens = state.tokens.filter(token => {
    if (token.type === 'footnote_reference_open') {
      body = []
      bodies.set((token.meta as { label: string }).label, body)
    } else if (token.type === 'footnote_reference_close') body = undefined
    else {
      body?.push(token)
      return body === undefined
    }
    return false
  })
  return bodies
}

/** The plugin's links, with names for those who do not see the arrow. */
function renderFootnotes(md: MarkdownIt): void {
  md.renderer.rules.footnote_block_open = () => '<section class="footnotes" aria-label="Footnotes">\n<ol>\n'
  md.renderer.rules.footnote_block_close = () => '</ol>\n</section>\n'
  md.renderer.rules.footnote_caption = (tokens, index) => `${footnoteOf(tokens, index).id + 1}`
  md.renderer.rules.footnote_anchor = (tokens, index) => {
    const { id, subId } = footnoteOf(tokens, index)
    const nth = subId > 0 ? `:${subId}` : ''
    return ` <a href="#fnref${id + 1}${nth}" class="footnote-backref" aria-label="Back to the text">↩\uFE0E</a>`
  }
}

/** What the plugin says of a reference: which note, and how many references to it came before; both from 0. */
const footnoteOf = (tokens: readonly Token[], index: number): { id: number; subId: number } =>
  (tokens[index]?.meta ?? { id: 0, subId: 0 }) as { id: number; subId: number }
