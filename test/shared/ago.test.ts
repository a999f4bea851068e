import { expect } from 'chai'
import fc from 'fast-check'
import { ago } from '../../shared/ago.ts'

const now = Date.UTC(2030, 0, 31)
const past = (ms: number) => ago(now - ms, now).words

describe('How long ago', () => {
  it('is said in one unit', () => {
    expect(past(0)).to.equal('just now')
    expect(past(4_999)).to.equal('just now')
    expect(past(12_400)).to.equal('12 s ago')
    expect(past(60_000)).to.equal('1 min ago')
    expect(past(59 * 60_000)).to.equal('59 min ago')
    expect(past(3 * 3_600_000)).to.equal('3 h ago')
    expect(past(24 * 3_600_000)).to.equal('1 day ago')
    expect(past(29 * 24 * 3_600_000)).to.equal('29 days ago')
    expect(past(30 * 24 * 3_600_000)).to.equal('on 2030-01-01')
  })

  it('is now for what lies ahead: clocks differ', () => {
    expect(past(-3_600_000)).to.equal('just now')
  })

  it('names the moment at which the words become others, and not an earlier one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * 24 * 3_600_000 }), ms => {
        const { words, next } = ago(now - ms, now)
        if (next === Number.POSITIVE_INFINITY) return
        expect(next).to.be.above(0)
        expect(ago(now - ms, now + next - 1).words).to.equal(words)
        expect(ago(now - ms, now + next).words).not.to.equal(words)
      }),
    )
  })
})
