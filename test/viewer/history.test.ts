import { expect } from 'chai'
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'
import fc from 'fast-check'
import { piecesOf } from '../../client/viewer/history/pieces.ts'
import { linesOf, rowsOf } from '../../client/viewer/history/rows.ts'
import { readPatch } from '../../shared/patch.ts'

describe('a diff on screen', () => {
  const hunksOf = (from: string, to: string) =>
    readPatch(formatPatch(structuredPatch('a', 'b', from, to, undefined, undefined, { context: 3 }), FILE_HEADERS_ONLY))
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`)
  const edited = (lines: readonly string[], ...numbers: number[]) =>
    lines.map((line, index) => (numbers.includes(index + 1) ? `${line}, edited` : line))

  describe('folds what is the same', () => {
    const lines = numbered(100)
    const [from, to] = [lines, edited(lines, 20, 60)].map(lines => `${lines.join('\n')}\n`)
    const hunks = hunksOf(from ?? '', to ?? '')

    it('before, between and after the changes, and says how much', () => {
      const folds = rowsOf(hunks).filter(row => row.kind === 'fold')
      expect(folds).to.deep.equal([
        { kind: 'fold', id: 0, old: 1, now: 1, count: 16 },
        { kind: 'fold', id: 1, old: 24, now: 24, count: 33 },
        { kind: 'fold', id: 2, old: 64, now: 64 },
      ])
    })

    it('and unfolds it from the newer text', () => {
      const source = linesOf(to ?? '')
      const rows = rowsOf(hunks, new Set([0, 1, 2]), source)
      expect(rows.filter(row => row.kind === 'fold')).to.deep.equal([])
      const now = rows.flatMap(row => (row.kind !== 'fold' && row.kind !== 'removed' ? [row.text] : []))
      expect(now).to.deep.equal(source)
      for (const row of rows) if (row.kind !== 'fold' && row.now) expect(source[row.now - 1]).to.equal(row.text)
      expect(rowsOf(hunks, new Set([1]), source).filter(row => row.kind === 'fold')).to.have.length(2)
    })

    it('and nothing where a text begins or ends', () => {
      const short = numbered(5)
      const rows = rowsOf(hunksOf(`${short.join('\n')}\n`, `${edited(short, 2, 4).join('\n')}\n`))
      expect(rows.map(row => row.kind)).not.to.include('fold')
    })
  })

  it('leads to the newer text line by line, whatever is unfolded', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 40 })
      .chain(lines => fc.constantFrom('', '\n').map(end => lines.join('\n') + end))
    fc.assert(
      fc.property(text, text, (from, to) => {
        const hunks = hunksOf(from, to)
        fc.pre(hunks.length > 0 && to !== '')
        const all = new Set(Array.from({ length: hunks.length + 1 }, (_, id) => id))
        const rows = rowsOf(hunks, all, linesOf(to))
        expect(rows.flatMap(row => (row.kind === 'fold' || row.kind === 'removed' ? [] : [row.text]))).to.deep.equal(
          linesOf(to),
        )
      }),
      { numRuns: 500 },
    )
  })

  describe('draws of a line', () => {
    const texts = (text: string, other?: string, most = 1000) =>
      piecesOf(text, other, most).map(({ is, text }) => `${is}: ${text}`)

    it('what differs from the one it replaced, apart', () => {
      expect(texts('<p>35 failed', '<p>49 failed')).to.deep.equal(['same: <p>', 'changed: 35', 'same:  failed'])
      expect(texts('one more', 'one')).to.deep.equal(['same: one', 'changed:  more'])
    })

    it('nothing apart where little is the same', () => {
      expect(texts('something', 'else')).to.deep.equal(['same: something'])
    })

    it('a part about the change, of one as long as a page', () => {
      const long = `${'a'.repeat(5000)}X${'b'.repeat(5000)}`
      const pieces = texts(long, long.replace('X', 'Y'))
      expect(pieces).to.deep.equal([
        'left out: 4,920 more characters',
        `same: ${'a'.repeat(80)}`,
        'changed: X',
        `same: ${'b'.repeat(919)}`,
        'left out: 4,081 more characters',
      ])
      expect(texts(long)[1]).to.equal('left out: 9,001 more characters')
    })

    it('what would turn, hide or erase text, as what it is', () => {
      expect(texts('a\u202eb\u0000\r\tc')).to.deep.equal(['same: a<U+202E>b␀␍\tc'])
    })

    it('no half of a character, and all of the line, wherever it is cut', () => {
      const text = fc.string({ unit: fc.constantFrom('a', '😀', '🚢', 'é'), maxLength: 60 })
      fc.assert(
        fc.property(text, fc.option(text, { nil: undefined }), fc.integer({ min: 4, max: 70 }), (text, other, most) => {
          const pieces = piecesOf(text, other, most)
          for (const piece of pieces) expect(piece.text).not.to.match(/\p{Surrogate}/u)
          const drawn = pieces.filter(({ is }) => is !== 'left out').map(({ text }) => text)
          expect(text).to.contain(drawn.join(''))
          if (text.length <= most) expect(drawn.join('')).to.equal(text)
        }),
        { numRuns: 1000 },
      )
    })
  })
})
