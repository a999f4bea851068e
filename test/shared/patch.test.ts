import { expect } from 'chai'
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'
import fc from 'fast-check'
import { readPatch } from '../../shared/patch.ts'

describe('a unified diff, read again', () => {
  const unified = (from: string, to: string, context: number) =>
    formatPatch(structuredPatch('a', 'b', from, to, undefined, undefined, { context }), FILE_HEADERS_ONLY)
  const words = ['a', 'b', 'c', '', '-- a', '++ b', '@@ -1 +1 @@', '\\ No newline at end of file', ' d', 'é\r']
  const text = fc
    .array(fc.constantFrom(...words), { maxLength: 30 })
    .chain(lines => fc.constantFrom('', '\n').map(end => lines.join('\n') + end))

  /** Each line with its line end, if it has one. */
  const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

  it('has every line of both texts at its number, and says which are new and which are gone', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (from, to, context) => {
        const [old, now] = [linesOf(from), linesOf(to)]
        const lines = readPatch(unified(from, to, context)).flatMap(hunk => hunk.lines)
        for (const line of lines) {
          const whole = line.endless ? line.text : `${line.text}\n`
          if (line.old !== undefined) expect(whole).to.equal(old[line.old - 1])
          if (line.now !== undefined) expect(whole).to.equal(now[line.now - 1])
          expect(line.kind).to.equal(line.old === undefined ? 'added' : line.now === undefined ? 'removed' : 'same')
        }
        const gone = new Set(lines.flatMap(line => (line.kind === 'removed' ? (line.old ?? []) : [])))
        const added = new Map(lines.flatMap(line => (line.kind === 'added' ? [[line.now, line]] : [])))
        const rest = old.filter((_, index) => !gone.has(index + 1))
        const made = now.map((whole, index) => (added.has(index + 1) ? whole : rest.shift()))
        expect(made).to.deep.equal(now)
        expect(rest).to.deep.equal([])
      }),
      { numRuns: 500 },
    )
  })

  it('says where each part begins, of an empty text too', () => {
    expect(readPatch('--- a\n+++ b\n@@ -0,0 +1,1 @@\n+one\n')).to.deep.equal([
      { old: 1, now: 1, lines: [{ kind: 'added', text: 'one', now: 1 }] },
    ])
    expect(readPatch('@@ -7 +7 @@\n-a\n+b\n').map(({ old, now }) => [old, now])).to.deep.equal([[7, 7]])
  })

  it('makes nothing of what is none, and ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'@-+ 019,\n\\a') }), text => readPatch(text).length >= 0),
    )
    expect(readPatch('')).to.deep.equal([])
    expect(readPatch('<!doctype html>')).to.deep.equal([])
    expect(readPatch('@@ -1,999999999 +1,999999999 @@\n a\n')[0]?.lines.length).to.be.lessThan(4)
  })
})
