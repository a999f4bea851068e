/** What a Markdown file may say of itself above its first line (YAML, as Jekyll and GitHub read it). */
export interface FrontMatter {
  title: string | undefined
  /** BCP 47. */
  lang: string | undefined
  /** How many lines of the source it takes; 0: there is none. */
  lines: number
}

const line = /^(?:[\w-]+:(?:\s.*)?|[ \t].*|-(?:\s.*)?|#.*)?$/

/**
 * Finds front matter: a first line `---`, lines that look like a YAML mapping with at least one key, and a line
 * `---` or `...`. Anything else that starts with `---` is Markdown (a thematic break).
 */
export function readFrontMatter(source: string): FrontMatter {
  const none = { title: undefined, lang: undefined, lines: 0 }
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(source)
  if (!opening) return none
  const values = new Map<string, string>()
  let lines = 1
  for (let at = opening[0].length; at < source.length; ) {
    const newline = source.indexOf('\n', at)
    const end = newline < 0 ? source.length : newline
    const text = source.slice(at, end).replace(/\r$/, '')
    lines += 1
    if (/^(?:---|\.\.\.)[ \t]*$/.test(text)) {
      return values.size > 0 ? { title: values.get('title'), lang: language(values.get('lang')), lines } : none
    }
    if (!line.test(text)) return none
    const [, key, value] = /^([\w-]+):(?:\s+(.*))?$/.exec(text) ?? []
    if (key !== undefined) values.set(key.toLowerCase(), scalar(value ?? ''))
    at = end + 1
  }
  return none
}

/** A plain or quoted one-line scalar, which is what titles are. */
function scalar(value: string): string {
  const trimmed = value.trim()
  const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(trimmed)
  if (quoted?.[1] === "'") return (quoted[2] ?? '').replaceAll("''", "'")
  if (quoted?.[2] !== undefined) return quoted[2].replace(/\\(["\\])/g, '$1')
  const comment = trimmed.search(/\s#/)
  return comment < 0 ? trimmed : trimmed.slice(0, comment).trimEnd()
}

const language = (value: string | undefined): string | undefined =>
  value !== undefined && /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/.test(value) ? value : undefined
