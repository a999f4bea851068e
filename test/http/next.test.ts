import { expect } from 'chai'
import fc from 'fast-check'
import { safeNext } from '../../server/http/next.ts'

const origin = 'https://galley.example'

describe('Where signing in leads', () => {
  it('keeps a path of this origin, with its query and fragment', () => {
    for (const path of ['/', '/a/cart_1', '/a/cart_1?x=1&y=2', '/a/cart_1#part-2'])
      expect(safeNext(path)).to.equal(path)
  })

  it('falls back to the start for what browsers read as another origin', () => {
    const evil = [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n\\evil.example',
      '\t//evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      'javascript:alert(1)',
      '///evil.example',
      '@evil.example',
      '.evil.example',
      '',
      undefined,
      ['/a', '/b'],
      { path: '/a' },
    ]
    for (const next of evil) expect(safeNext(next), JSON.stringify(next)).to.equal('/')
  })

  it('never leaves this origin, whatever it is given', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '@',
      ':',
      'evil.example',
      '\t',
      '\r\n',
      ' ',
      '?',
      '#',
      'http:',
    )
    const address = fc.oneof(
      fc.array(piece).map(pieces => `/${pieces.join('')}`),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(address, next => {
        const url = new URL(safeNext(next), origin)
        expect(url.origin).to.equal(origin)
        // Said again, as the browser does when it resolves it, it stays.
        expect(safeNext(safeNext(next))).to.equal(safeNext(next))
      }),
      { numRuns: 2000 },
    )
  })
})
