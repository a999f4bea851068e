import { expect } from 'chai'
import fc from 'fast-check'
import { parseDuration } from '../../server/operator/duration.ts'

describe('a duration', () => {
  it('is days, hours and minutes, in this order', () => {
    fc.assert(
      fc.property(
        fc.option(fc.nat(10_000)),
        fc.option(fc.nat(10_000)),
        fc.option(fc.nat(10_000)),
        fc.constantFrom('', ' '),
        (days, hours, minutes, between) => {
          const text = [days !== null && `${days}d`, hours !== null && `${hours}h`, minutes !== null && `${minutes}m`]
          const expected = (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000
          expect(parseDuration(text.filter(Boolean).join(between))).to.equal(expected || undefined)
        },
      ),
    )
  })

  it('is nothing else', () => {
    for (const text of ['', ' ', '30', 'd', '0d', '-1d', '1.5h', '30D', '1w', '30 d', '1h1d', '1d1d', '1e3d', '٣d']) {
      expect(parseDuration(text), text).to.equal(undefined)
    }
    expect(parseDuration(`${'9'.repeat(20)}d`)).to.equal(undefined)
    expect(parseDuration(`${'9'.repeat(400)}d`)).to.equal(undefined)
  })

  it('is read from any text without a fault', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(parseDuration(text) ?? 1).to.be.greaterThan(0)
      }),
    )
  })
})
