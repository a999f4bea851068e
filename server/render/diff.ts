import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatch, type StructuredPatchHunk, structuredPatch } from 'diff'
import { limits } from '../../shared/limits.ts'
import { unpack } from './content.ts'
import type { Content, TextDiff } from './press.ts'

/** Lines around each change. */
const context = 3

/**
 * The unified diff of two texts. Two that have little in common take time with the square of what differs: past
 * limits.diffTime, or limits.diffLines, all that stands between their common beginning and end counts as replaced,
 * which is as true.
 * @param names what the two are called in its head
 */
export function diffNow(from: Content, to: Content, names: readonly [string, string]): TextDiff {
  const [before, after] = [textOf(from), textOf(to)]
  if (before === after) return { unified: '', added: 0, removed: 0 }
  const patch =
    (hasManyLines(before) || hasManyLines(after) ? undefined : compared(names, before, after)) ??
    replaced(names, before, after)
  const count = (sign: string): number =>
    patch.hunks.reduce((sum, hunk) => sum + hunk.lines.filter(line => line.startsWith(sign)).length, 0)
  return {
    unified: formatPatch(patch, FILE_HEADERS_ONLY),
    added: count('+'),
    removed: count('-'),
  }
}

const textOf = (content: Content): string => new TextDecoder().decode(unpack(content))

function hasManyLines(text: string): boolean {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1 && lines <= limits.diffLines; at = text.indexOf('\n', at + 1)) lines++
  return lines > limits.diffLines
}

const compared = ([before, after]: readonly [string, string], from: string, to: string): StructuredPatch | undefined =>
  structuredPatch(before, after, from, to, undefined, undefined, { context, timeout: limits.diffTime })

function replaced(
  [oldFileName, newFileName]: readonly [string, string],
  before: string,
  after: string,
): StructuredPatch {
  const [old, now] = [linesOf(before), linesOf(after)]
  const least = Math.min(old.length, now.length)
  let start = 0
  while (start < least && old[start] === now[start]) start++
  let end = 0
  while (end < least - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++
  const lead = Math.min(context, start)
  const tail = Math.min(context, end)
  const hunk: StructuredPatchHunk = {
    oldStart: start - lead + 1,
    newStart: start - lead + 1,
    oldLines: old.length - end - start + lead + tail,
    newLines: now.length - end - start + lead + tail,
    lines: [
      ...signed(' ', old.slice(start - lead, start)),
      ...signed('-', old.slice(start, old.length - end)),
      ...signed('+', now.slice(start, now.length - end)),
      ...signed(' ', old.slice(old.length - end, old.length - end + tail)),
    ],
  }
  return { oldFileName, newFileName, oldHeader: undefined, newHeader: undefined, hunks: [hunk] }
}

/** Each with its line end, if it has one. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** As `diff -u` writes them: what ends without a line end says so. */
const signed = (sign: string, lines: readonly string[]): string[] =>
  lines.flatMap(line =>
    line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
  )
