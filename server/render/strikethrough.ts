import type { Delimiter, MarkdownIt, StateInline } from 'markdown-it'

const tilde = 126
/** Delimiters match only their like, so one tilde and two go by different markers. */
const markerOf = (length: number): number => -length

/** GFM's strikethrough: one or two tildes on either side, as many on the one as on the other; three are text. */
export function strikethrough(md: MarkdownIt): void {
  md.inline.ruler.at('strikethrough', (state, silent) => {
    if (silent || state.src.charCodeAt(state.pos) !== tilde) return false
    const { length, can_open, can_close } = state.scanDelims(state.pos, true)
    state.push('text', '', 0).content = '~'.repeat(length)
    if (length <= 2) {
      const token = state.tokens.length - 1
      state.delimiters.push({ marker: markerOf(length), length: 0, token, end: -1, open: can_open, close: can_close })
    }
    state.pos += length
    return true
  })
  md.inline.ruler2.at('strikethrough', state => {
    mark(state, state.delimiters)
    for (const meta of state.tokens_meta) if (meta?.delimiters) mark(state, meta.delimiters)
    return true
  })
}

function mark(state: StateInline, delimiters: readonly Delimiter[]): void {
  for (const opening of delimiters) {
    const closing = opening.marker < 0 && opening.end >= 0 ? delimiters[opening.end] : undefined
    if (!closing) continue
    for (const [delimiter, nesting] of [
      [opening, 1],
      [closing, -1],
    ] as const) {
      const token = state.tokens[delimiter.token]
      if (!token) continue
      token.type = nesting === 1 ? 's_open' : 's_close'
      token.tag = 'del'
      token.nesting = nesting
      token.markup = token.content
      token.content = ''
    }
  }
}
