import { fragmentStyle, markdownStyle } from './style.ts'

export interface Shell {
  title: string
  /** BCP 47. */
  lang?: string | undefined
}

/**
 * A document begins, after white space, comments and an XML declaration, with a doctype, `<html>`, `<head>` or
 * `<body>`. It is shown byte for byte as it was published; anything else is a fragment.
 */
export function isDocument(html: string): boolean {
  let at = 0
  for (;;) {
    at += /^[\uFEFF\s]*/.exec(html.slice(at, at + 4096))?.[0].length ?? 0
    const end = html.startsWith('<!--', at) ? '-->' : html.startsWith('<?', at) ? '>' : undefined
    if (end === undefined && !/^\s/.test(html.slice(at, at + 1))) break
    if (end === undefined) continue
    const close = html.indexOf(end, at + 2)
    if (close < 0) return false
    at = close + end.length
  }
  return /^<(?:!doctype|html|head|body)(?=[\s/>])/i.test(html.slice(at, at + 10))
}

export const wrapFragment = (fragment: string, shell: Shell): string => wrap(fragment, fragmentStyle, shell)

export const wrapMarkdown = (html: string, shell: Shell): string => wrap(`<main>\n${html}</main>`, markdownStyle, shell)

const wrap = (body: string, style: string, { title, lang }: Shell): string =>
  `<!doctype html>
<html lang="${lang ?? 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
