import hljs from 'highlight.js/lib/common'
import createMarkdownIt, { type MarkdownIt } from 'markdown-it'
import alerts from 'markdown-it-github-alerts'
import { limits } from '../../shared/limits.ts'
import { autolinks } from './autolinks.ts'
import { footnotes } from './footnotes.ts'
import { readFrontMatter } from './front-matter.ts'
import { type Heading, headings } from './headings.ts'
import { markupOf, notePlaces } from './markup.ts'
import { strikethrough } from './strikethrough.ts'
import { taskLists } from './task-lists.ts'
import { asTitle } from './title.ts'

export interface Rendered {
  html: string
  /** From the front matter, else the first heading. */
  title: string | undefined
  /** From the front matter, BCP 47. */
  lang: string | undefined
  headings: readonly Heading[]
  /** The source's raw HTML, images and links alone, each on the line where the source has it: what the lint looks at. */
  markup: string
}

/**
 * CommonMark 0.31 and GFM, with footnotes and alerts as on GitHub, to HTML for the shell (docs/markdown.md has the
 * differences). Raw HTML stays as it is: the page is sandboxed.
 */
export function renderMarkdown(source: string): Rendered {
  const front = readFrontMatter(source)
  const body = front.lines > 0 ? withoutLines(source, front.lines) : source.replace(/^\uFEFF/, '')
  const env: { headings?: Heading[]; highlighted: number } = { highlighted: 0 }
  const tokens = markdownIt.parse(body, env as Record<string, unknown>)
  const found = env.headings ?? []
  return {
    html: markdownIt.renderer.render(tokens, markdownIt.options, env as Record<string, unknown>),
    title: asTitle(front.title ?? '') ?? found.find(heading => heading.text !== '')?.text,
    lang: front.lang,
    headings: found,
    markup: markupOf(tokens, front.lines),
  }
}

const markdownIt = createMarkdownIt({ html: true, xhtmlOut: true })
  .use(notePlaces)
  .use(footnotes)
  .use(alerts)
  .use(strikethrough)
  .use(taskLists)
  .use(autolinks)
  .use(headings)
// The page is sandboxed: what its links may do is decided there, and images as data: URIs of any type are wanted.
markdownIt.validateLink = () => true
renderScrolling(markdownIt)

/**
 * Highlighted when it is published, so that the page needs no script for it. What may scroll inside itself, code and
 * tables, can have the keyboard's focus, or those without a mouse could not scroll it.
 */
function renderScrolling(md: MarkdownIt): void {
  md.renderer.rules.code_block = (tokens, index) =>
    `<pre tabindex="0"><code>${md.utils.escapeHtml(tokens[index]?.content ?? '')}</code></pre>\n`
  md.renderer.rules.table_open = () => '<div class="table" role="group" aria-label="Table" tabindex="0">\n<table>\n'
  md.renderer.rules.table_close = () => '</table>\n</div>\n'
  md.renderer.rules.fence = (tokens, index, _options, env) => {
    const token = tokens[index]
    if (!token) return ''
    const language = md.utils.unescapeAll(token.info).trim().split(/\s+/)[0] ?? ''
    const code =
      highlight(token.content, language, env as { highlighted: number }) ?? md.utils.escapeHtml(token.content)
    const name = language === '' ? '' : ` class="language-${md.utils.escapeHtml(language)}"`
    return `<pre tabindex="0"><code${name}>${code}</code></pre>\n`
  }
}

function highlight(code: string, language: string, env: { highlighted: number }): string | undefined {
  if (!hljs.getLanguage(language)) return undefined
  env.highlighted += code.length
  if (env.highlighted > limits.highlightChars) return undefined
  return hljs.highlight(code, { language, ignoreIllegals: true }).value
}

function withoutLines(source: string, lines: number): string {
  let at = 0
  for (let line = 0; line < lines; line += 1) {
    const newline = source.indexOf('\n', at)
    if (newline < 0) return ''
    at = newline + 1
  }
  return source.slice(at)
}
