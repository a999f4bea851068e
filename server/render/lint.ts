import type { Warning } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import type { Finding } from './finding.ts'
import { lintScript } from './lint-script.ts'
import { lintStyle } from './lint-style.ts'
import { attributeFindings } from './lint-tags.ts'
import { attribute, type Tag, tags } from './tags.ts'

export interface Lint {
  warnings: Warning[]
  /** Found beyond limits.warnings, and only counted. */
  moreWarnings: number
}

/**
 * Names what the sandbox around a page will block, so that the author learns it when publishing and not from a viewer.
 * Advice, not a wall: what it misses is blocked all the same. Linear in the page.
 * @param html the source; for Markdown its raw HTML, images and links, on their lines.
 */
export function lint(html: string): Lint {
  const warnings: Warning[] = []
  const said = new Set<string>()
  let moreWarnings = 0
  const lineAt = lineCounter(html)
  for (const finding of findings(html)) {
    const line = lineAt(finding.at)
    const key = `${line} ${finding.message}`
    if (said.has(key)) continue
    if (said.size < limits.warnings) {
      said.add(key)
      warnings.push({ line, rule: finding.rule, message: finding.message })
    } else moreWarnings += 1
  }
  return { warnings, moreWarnings }
}

function* findings(html: string): Generator<Finding> {
  for (const tag of tags(html)) {
    if (tag.closing) continue
    const inTag = [...attributeFindings(tag)]
    for (const { name, value, start } of tag.attributes) {
      if (name === 'style') inTag.push(...shifted(lintStyle(value), start))
      else if (name.startsWith('on')) inTag.push(...shifted(lintScript(value), start))
    }
    yield* inTag.sort((a, b) => a.at - b.at)
    if (tag.text === undefined) continue
    if (tag.name === 'style') yield* shifted(lintStyle(tag.text), tag.end)
    else if (isScript(tag)) yield* shifted(lintScript(tag.text), tag.end)
  }
}

/** JSON, templates and import maps are data. */
const isScript = (tag: Tag): boolean =>
  tag.name === 'script' &&
  /^(?:|module|(?:text|application)\/(?:x-)?(?:java|ecma)script.*)$/i.test(attribute(tag, 'type')?.trim() ?? '')

function* shifted(findings: Iterable<Finding>, by: number): Generator<Finding> {
  for (const finding of findings) yield { ...finding, at: finding.at + by }
}

/** Lines from 1, for offsets that do not go back; where one does, the line of the one before stands for it. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let next = text.indexOf('\n')
  return offset => {
    for (; next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) line += 1
    return line
  }
}
