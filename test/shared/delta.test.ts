import { deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { applyDelta, DeltaError, makeDelta } from '../../shared/delta.ts'
import { KiB, limits, MiB } from '../../shared/limits.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cheap on megabytes, where chai's deep comparison is not. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** A report with a table: what is published most. */
const page = (rows: number, cell: (row: number) => string = row => `${(row * 7919) % 10007} ms`): string => {
  const lines = Array.from({ length: rows }, (_, row) => `<tr><td>job-${row}</td><td>${cell(row)}</td></tr>`)
  return `<!doctype html>\n<title>Report</title>\n<table>\n${lines.join('\n')}\n</table>\n`
}

const apply = (from: Uint8Array, delta: Uint8Array): Uint8Array => applyDelta(from, delta, limits.pageBytes)

function madeDelta(from: Uint8Array, to: Uint8Array): Uint8Array {
  const delta = makeDelta(from, to)
  if (!delta) throw new Error('No delta was made.')
  return delta
}

describe('delta', () => {
  it('carries a one-line edit of a large page in few bytes', () => {
    for (const rows of [2_500, 25_000]) {
      const from = bytes(page(rows))
      const to = bytes(page(rows, row => (row === 1_234 ? 'failed' : `${(row * 7919) % 10007} ms`)))
      const delta = madeDelta(from, to)
      expect(same(apply(from, delta), to)).to.equal(true)
      expect(deflateRawSync(delta).length).to.be.below(150)
    }
  })

  it('carries edits at both ends, moved blocks and inserted ones', () => {
    const row = (n: number) => `<tr><td>job-${n}</td><td>${(n * 7919) % 10007} ms</td></tr>\n`
    const block = (start: number, end: number) => Array.from({ length: end - start }, (_, n) => row(start + n)).join('')
    const from = bytes(`<p>09:00</p>\n${block(0, 900)}<footer>09:00</footer>`)
    const to = bytes(
      `<p>09:05</p>\n${block(600, 900)}<h2>New</h2>\n${block(0, 300)}${block(300, 600)}<footer>09:05</footer>`,
    )
    const delta = madeDelta(from, to)
    expect(same(apply(from, delta), to)).to.equal(true)
    expect(delta.length).to.be.below(100)
  })

  it('finds what is alike inside a long run without line or tag ends', () => {
    const base64 = Buffer.from(Array.from({ length: 60_000 }, (_, n) => (n * n * 31 + n) >> 3)).toString('base64')
    const edited = `${base64.slice(0, 100)}!${base64.slice(101, -100)}!${base64.slice(-99)}`
    const from = bytes(`<p>1</p><img src="data:image/png;base64,${base64}"><p>1</p>`)
    const to = bytes(`<p>2</p><img src="data:image/png;base64,${edited}"><p>2</p>`)
    // The run is one segment that matches nowhere; its ends still come from its neighbours' matches.
    const delta = makeDelta(from, to)
    expect(delta === undefined || same(apply(from, delta), to)).to.equal(true)
    const oneEdit = bytes(`<p>2</p><img src="data:image/png;base64,${base64}"><p>2</p>`)
    expect(madeDelta(from, oneEdit).length).to.be.below(120)
  })

  it('gives up when more than half of the page is new', () => {
    expect(makeDelta(bytes(page(2_000)), bytes('<p>Quite another page, with nothing of the first.</p>'))).to.equal(
      undefined,
    )
    const from = bytes('a'.repeat(100))
    expect(makeDelta(from, bytes(`${'a'.repeat(100)}${'b'.repeat(100)}`))).not.to.equal(undefined)
    expect(makeDelta(from, bytes(`${'a'.repeat(100)}${'b'.repeat(101)}`))).to.equal(undefined)
  })

  it('handles empty and equal pages', () => {
    const some = bytes(page(10))
    const none = new Uint8Array(0)
    expect(same(apply(some, madeDelta(some, some)), some)).to.equal(true)
    expect(apply(some, madeDelta(some, none)).length).to.equal(0)
    expect(apply(none, madeDelta(none, none)).length).to.equal(0)
    expect(makeDelta(none, some)).to.equal(undefined)
  })

  it('is not slowed by pages that repeat one segment', () => {
    const from = bytes('<div class="cell empty"></div>\n'.repeat(60_000))
    const to = bytes(`<p>x</p>${'<div class="cell empty"></div>\n'.repeat(59_000)}<p>y</p>`)
    expect(same(apply(from, madeDelta(from, to)), to)).to.equal(true)
  })

  it('works on views that start anywhere in their buffer', () => {
    const from = bytes(`xyz${page(50)}`).subarray(3)
    const to = bytes(`x${page(50, () => 'same')}`).subarray(1)
    const edited = bytes(`ab${page(50)}<p>more</p>`).subarray(2)
    expect(same(apply(from, madeDelta(from, edited)), edited)).to.equal(true)
    const delta = makeDelta(from, to)
    if (delta) expect(same(apply(from, delta), to)).to.equal(true)
  })

  describe('for any edits', () => {
    const edit = fc.record({
      at: fc.nat(20_000),
      remove: fc.oneof(fc.nat(40), fc.nat(5_000)),
      insert: fc.oneof(fc.string(), fc.constantFrom('<tr><td>', '</td></tr>\n', '}\n', page(20))),
    })

    it('leads from the old page to the new', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 400 }), fc.array(edit, { maxLength: 8 }), (rows, edits) => {
          const old = page(rows)
          const edited = edits.reduce((text, { at, remove, insert }) => {
            const start = at % (text.length + 1)
            return text.slice(0, start) + insert + text.slice(start + remove)
          }, old)
          const from = bytes(old)
          const to = bytes(edited)
          const delta = makeDelta(from, to)
          return delta === undefined || same(apply(from, delta), to)
        }),
        { numRuns: 300 },
      )
    })

    it('leads from any bytes to any others', () => {
      const soup = fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.constantFrom(bytes('<li>one and the same item</li>\n'), bytes(';')),
        ),
        { maxLength: 30 },
      )
      fc.assert(
        fc.property(soup, soup, fc.boolean(), (a, b, shared) => {
          const from = Buffer.concat(a)
          const to = Buffer.concat(shared ? [...b, ...a, ...b] : b)
          const delta = makeDelta(from, to)
          return delta === undefined || same(apply(from, delta), to)
        }),
        { numRuns: 500 },
      )
    })
  })

  describe('malformed', () => {
    const from = bytes('0123456789')
    /** Each from a well-formed delta of the page above by one fault. */
    const corpus: Record<string, number[]> = {
      'nothing at all': [],
      'a length that does not end': [0x80],
      'a length of five bytes': [0x81, 0x80, 0x80, 0x80, 0x00],
      'a length that never ends': Array.from({ length: 40 }, () => 0xff),
      'no operations for a page that has bytes': [5],
      'an operation that does not end': [5, 0x80],
      'a literal that runs past the delta': [5, 10, 65, 66],
      'a literal that runs past the page': [2, 6, 65, 66, 67],
      'an empty literal': [1, 0, 2, 65],
      'an empty copy': [1, 1, 0, 2, 65],
      'a copy without its distance': [5, 11],
      'a copy whose distance does not end': [5, 11, 0x80],
      'a copy from before the old page': [5, 11, 1],
      'a copy from past the old page': [5, 11, 12],
      'a copy that starts far past the old page': [5, 11, 0xfe, 0xff, 0xff, 0x7f],
      'a copy that runs past the page': [2, 11, 0],
      'a second copy that runs off the end': [10, 11, 0, 11, 2],
      'bytes after the end': [5, 11, 0, 0],
      'bytes after an empty page': [0, 0],
    }
    for (const [fault, delta] of Object.entries(corpus)) {
      it(`refuses ${fault}`, () => {
        expect(() => apply(from, Uint8Array.from(delta)))
          .to.throw(DeltaError)
          .with.property('code', 'bad_delta')
      })
    }

    it('refuses a page over the cap before it allocates', () => {
      const old = bytes(page(100))
      const delta = madeDelta(old, old)
      expect(applyDelta(old, delta, old.length).length).to.equal(old.length)
      expect(() => applyDelta(old, delta, old.length - 1)).to.throw(DeltaError)
      const claims128MiB = Uint8Array.from([0xff, 0xff, 0xff, 0x3f])
      const before = process.memoryUsage().arrayBuffers
      for (let n = 0; n < 100; n += 1) expect(() => applyDelta(old, claims128MiB, MiB)).to.throw(DeltaError)
      expect(process.memoryUsage().arrayBuffers - before).to.be.below(64 * MiB)
    })

    it('never fails but by its own error, nor makes more than it may, whatever the delta', () => {
      const hostile = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .tuple(fc.nat(64), fc.array(fc.nat(40), { maxLength: 60 }))
          .map(([size, operations]) => Uint8Array.from([size, ...operations])),
        fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => {
          const old = bytes(page(40))
          const delta = Uint8Array.from(madeDelta(old, bytes(`${page(30)}${page(40)}<p>new</p>`)))
          delta[at % delta.length] = value
          return delta
        }),
      )
      fc.assert(
        fc.property(hostile, fc.nat(4 * KiB), (delta, cap) => {
          try {
            return applyDelta(bytes(page(40)), delta, cap).length <= cap
          } catch (error) {
            return error instanceof DeltaError
          }
        }),
        { numRuns: 2_000 },
      )
    })
  })

  it('makes none of pages too large for its numbers', () => {
    const huge = { length: 2 ** 27 } as Uint8Array
    expect(makeDelta(huge, bytes('x'))).to.equal(undefined)
  })
})
