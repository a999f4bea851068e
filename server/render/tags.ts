/** An opening or closing tag, where it stands, and for elements that hold no markup their raw text. */
export interface Tag {
  /** Lower case. */
  name: string
  closing: boolean
  start: number
  /** After the `>`. */
  end: number
  attributes: Attribute[]
  /** Of script, style, title and their like: everything up to their end tag. */
  text?: string
}

export interface Attribute {
  /** Lower case. */
  name: string
  /** As written: character references are not decoded. */
  value: string
  /** Of the value. */
  start: number
}

/** Elements whose content the HTML parser does not read as markup (HTML, "Parsing HTML documents", §13.2.6). */
const rawText = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript'])
const space = /[\t\n\f\r ]*/y
const spaceOrSlash = /[\t\n\f\r /]*/y
const tagName = /[A-Za-z][^\t\n\f\r />]*/y
const attributeName = /[^\t\n\f\r />][^\t\n\f\r />=]*/y
const unquoted = /[^\t\n\f\r >]*/y

/**
 * The tags of a page, in order, without a tree: so that no nesting can exhaust the stack, and in time linear in the
 * page, whatever it holds. Where markup is left open, the rest of the page belongs to it, as in browsers.
 */
export function* tags(html: string): Generator<Tag> {
  for (let at = html.indexOf('<'); at >= 0 && at < html.length; ) {
    const next = html[at + 1]
    if (next === '!' || next === '?') {
      at = html.indexOf('<', afterMarkupDeclaration(html, at))
      continue
    }
    const closing = next === '/'
    const name = match(tagName, html, at + (closing ? 2 : 1)).toLowerCase()
    if (name === '') {
      at = html.indexOf('<', at + 1)
      continue
    }
    const tag = readTag(html, at, name, closing)
    let end = tag.end
    if (!closing && rawText.has(name)) {
      end = endOfRawText(html, tag.end, name)
      tag.text = html.slice(tag.end, end)
    }
    yield tag
    at = html.indexOf('<', end)
  }
}

export const attribute = (tag: Tag, name: string): string | undefined =>
  tag.attributes.find(attribute => attribute.name === name)?.value

function readTag(html: string, start: number, name: string, closing: boolean): Tag {
  const attributes: Attribute[] = []
  let at = start + (closing ? 2 : 1) + name.length
  for (;;) {
    at += match(spaceOrSlash, html, at).length
    if (at >= html.length) return { name, closing, start, end: html.length, attributes }
    if (html[at] === '>') return { name, closing, start, end: at + 1, attributes }
    const attributeStart = at
    at += match(attributeName, html, at).length
    const attribute: Attribute = { name: html.slice(attributeStart, at).toLowerCase(), value: '', start: at }
    attributes.push(attribute)
    const equals = at + match(space, html, at).length
    if (html[equals] !== '=') continue
    at = equals + 1 + match(space, html, equals + 1).length
    const quote = html[at]
    if (quote === '"' || quote === "'") {
      const close = html.indexOf(quote, at + 1)
      attribute.start = at + 1
      attribute.value = html.slice(at + 1, close < 0 ? html.length : close)
      at = close < 0 ? html.length : close + 1
    } else {
      attribute.start = at
      attribute.value = match(unquoted, html, at)
      at += attribute.value.length
    }
  }
}

function afterMarkupDeclaration(html: string, at: number): number {
  const comment = html.startsWith('<!--', at)
  const end = comment ? html.indexOf('-->', at + 2) : html.indexOf('>', at)
  return end < 0 ? html.length : end + (comment ? 3 : 1)
}

function endOfRawText(html: string, start: number, name: string): number {
  const end = new RegExp(`</${name}(?=[\\t\\n\\f\\r />])`, 'gi')
  end.lastIndex = start
  return end.exec(html)?.index ?? html.length
}

function match(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at
  return sticky.exec(text)?.[0] ?? ''
}
