import { expect } from 'chai'
import fc from 'fast-check'
import { readFrameMessage } from '../../shared/frame.ts'
import { frameLimits, limits } from '../../shared/limits.ts'

const file = { name: 'table.csv', type: 'text/csv', bytes: new ArrayBuffer(3) }

describe('What a hostile page says over its port', () => {
  it('is taken when it has the shape of a message', () => {
    const messages = [
      { type: 'loaded' },
      { type: 'ready' },
      { type: 'painted' },
      { type: 'answer', id: 1, busy: false, text: '{}' },
      { type: 'leaving', start: '' },
      { type: 'link', url: 'https://example.com/' },
      { type: 'save', file },
      { type: 'height', px: 1200.5 },
    ]
    for (const message of messages) expect(readFrameMessage(message)).to.deep.equal(message)
  })

  it('is passed on without anything that does not belong to it', () => {
    expect(readFrameMessage({ type: 'link', url: 'https://example.com/', trusted: true })).to.deep.equal({
      type: 'link',
      url: 'https://example.com/',
    })
    expect(readFrameMessage({ type: 'save', file: { ...file, path: '/etc' } })).to.deep.equal({ type: 'save', file })
  })

  it('is dropped when it has not', () => {
    const messages: unknown[] = [
      ...[null, undefined, 'loaded', 7, [], {}],
      ...[{ type: 'boot' }, { type: 'toString' }, { type: 'answer', id: '1', busy: false, text: '' }],
      ...[
        { type: 'link', url: { href: 'https://example.com/' } },
        { type: 'height', px: '100%' },
      ],
      ...[
        { type: 'height', px: Number.NaN },
        { type: 'height', px: -1 },
      ],
      ...[{ type: 'save', file: { ...file, bytes: 'text' } }, { type: 'save' }],
    ]
    for (const message of messages) expect(readFrameMessage(message)).to.equal(undefined)
  })

  it('is dropped when it is over a limit', () => {
    const text = (length: number) => 'x'.repeat(length)
    const over = [
      { type: 'link', url: text(limits.linkChars + 1) },
      { type: 'height', px: limits.frameHeight + 1 },
      { type: 'save', file: { ...file, bytes: new ArrayBuffer(limits.savedFileBytes + 1) } },
    ]
    for (const message of over) expect(readFrameMessage(message)).to.equal(undefined)
  })

  it('is an answer without text, at once, where the text is too long or none', () => {
    for (const text of ['x'.repeat(frameLimits.frameStateChars + 1), 7, undefined]) {
      expect(readFrameMessage({ type: 'answer', id: 1, busy: true, text })).to.deep.equal({
        type: 'answer',
        id: 1,
        busy: true,
        text: '',
      })
      expect(readFrameMessage({ type: 'leaving', start: text })).to.deep.equal({ type: 'leaving', start: '' })
    }
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), message => void readFrameMessage(message)))
    const typed = fc.record({
      type: fc.constantFrom('answer', 'leaving', 'link', 'save', 'height'),
      file: fc.anything(),
    })
    fc.assert(fc.property(typed, message => void readFrameMessage(message)))
  })
})
