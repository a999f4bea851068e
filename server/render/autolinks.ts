import type { MarkdownIt, StateInline, Token } from 'markdown-it'

/**
 * GFM's extended autolinks (spec 0.29, §6.9): www., http(s):// and ftp:// addresses are found while inlines are
 * parsed, since they bind more tightly than emphasis; e-mail addresses afterwards, in what is left as text.
 * One addition: a closing bracket that nothing in the address opens is left out, like a closing parenthesis.
 */
export function autolinks(md: MarkdownIt): void {
  md.inline.ruler.at('text', textUntilAddress)
  md.inline.ruler.before('text', 'autolink_extended', address)
  md.core.ruler.push('autolink_email', state => {
    for (const token of state.tokens) {
      if (token.children?.some(child => child.type === 'text' && child.content.includes('@'))) {
        token.children = withEmails(token.children, (type, tag, nesting) => new state.Token(type, tag, nesting))
      }
    }
  })
}

/** Characters that may begin something else (markdown-it's own set). */
const special = new Set(Array.from('\n!#$%&*+-:<=>@[\\]^_`{}~', character => character.charCodeAt(0)))
const addressStart = /(?:www\.|(?:https?|ftp)(?=:\/\/))/giy

/** Looks at nothing beyond what it takes: a line of addresses would take the square of its length. */
function textUntilAddress(state: StateInline, silent: boolean): boolean {
  let end = state.pos
  for (; end < state.posMax; end += 1) {
    const code = state.src.charCodeAt(end)
    if (special.has(code)) break
    const letter = code | 32
    // w, h and f are where an address may start.
    const mayStart = letter === 119 || letter === 104 || letter === 102
    if (mayStart && end > state.pos && startsAddress(state.src, end)) break
  }
  if (end === state.pos) return false
  if (!silent) state.pending += state.src.slice(state.pos, end)
  state.pos = end
  return true
}

/** www. only after white space and `*_~(`; a scheme after anything but a letter or digit, as on github.com. */
function startsAddress(source: string, at: number): boolean {
  addressStart.lastIndex = at
  const start = addressStart.exec(source)?.[0]
  if (start === undefined) return false
  const before = source[at - 1] ?? ' '
  return start.endsWith('.') ? /[\s*_~(]/.test(before) : !/[\p{L}\p{N}]/u.test(before)
}

const domain = /^[\w-]+(?:\.[\w-]+)*/
/** No longer one exists (RFC 1035 §3.1); where `_` follows `_`, each could be the start of one. */
const domainChars = 253
const rest = /[^\s<]*/y

function address(state: StateInline, silent: boolean): boolean {
  // While a bracket's end is sought (silent), an address must not hide it.
  if (silent || state.linkLevel > 0 || !startsAddress(state.src, state.pos)) return false
  const scheme = /^(?:https?|ftp):\/\//i.exec(state.src.slice(state.pos, state.pos + 8))?.[0] ?? ''
  const start = state.pos + scheme.length
  const host = domain.exec(state.src.slice(start, start + domainChars + 1))?.[0] ?? ''
  if (host.length > domainChars || !validDomain(host)) return false
  rest.lastIndex = start + host.length
  const path = rest.exec(state.src)?.[0] ?? ''
  const text = trimmed(state.src.slice(state.pos, Math.min(start + host.length + path.length, state.posMax)))
  if (text.length <= scheme.length) return false
  const href = state.md.normalizeLink(scheme === '' ? `http://${text}` : text)
  state.push('link_open', 'a', 1).attrSet('href', href)
  state.push('text', '', 0).content = text
  state.push('link_close', 'a', -1)
  state.pos += text.length
  return true
}

/** At least one period, and no underscore in the last two segments. */
function validDomain(host: string): boolean {
  const segments = host.split('.')
  return segments.length > 1 && !segments.slice(-2).some(segment => segment.includes('_'))
}

/** "Extended autolink path validation". */
function trimmed(link: string): string {
  let end = link.length
  const surplus = { ')': excess(link, '(', ')'), ']': excess(link, '[', ']') }
  for (;;) {
    const last = link[end - 1] ?? ''
    if ((last === ')' || last === ']') && surplus[last] > 0) surplus[last] -= 1
    else if (last === ';') {
      const entity = /&[A-Za-z0-9]+;$/.exec(link.slice(Math.max(0, end - 40), end))?.[0]
      if (!entity) return link.slice(0, end)
      end -= entity.length - 1
    } else if (!/[?!.,:*_~'"]/.test(last)) return link.slice(0, end)
    end -= 1
  }
}

const excess = (text: string, open: string, close: string): number => text.split(close).length - text.split(open).length

/** The part before the `@` is bounded, so that a run of letters is not scanned again for each of its positions. */
const email = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?![\w-])/g

function withEmails(
  children: readonly Token[],
  make: (type: string, tag: string, nesting: 1 | 0 | -1) => Token,
): Token[] {
  const made: Token[] = []
  let links = 0
  for (const child of children) {
    if (child.type === 'link_open' || (child.type === 'html_inline' && /^<a[\s>]/i.test(child.content))) links += 1
    if (child.type === 'link_close' || (child.type === 'html_inline' && /^<\/a\s*>/i.test(child.content))) links -= 1
    if (child.type !== 'text' || links > 0) {
      made.push(child)
      continue
    }
    let at = 0
    for (const found of child.content.matchAll(email)) {
      const [address] = found
      if (/[-_]$/.test(address)) continue
      const open = make('link_open', 'a', 1)
      open.attrSet('href', `mailto:${address}`)
      made.push(textToken(make, child.content.slice(at, found.index)), open)
      made.push(textToken(make, address), make('link_close', 'a', -1))
      at = found.index + address.length
    }
    made.push(at === 0 ? child : textToken(make, child.content.slice(at)))
  }
  return made
}

function textToken(make: (type: string, tag: string, nesting: 1 | 0 | -1) => Token, content: string): Token {
  const token = make('text', '', 0)
  token.content = content
  return token
}
