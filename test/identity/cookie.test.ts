import { expect } from 'chai'
import { parseSetCookie } from 'cookie'
import fc from 'fast-check'
import { clearedCookieLine, cookieName, readSessionCookie, sessionCookieLine } from '../../server/identity/cookie.ts'

/** RFC 6265 §4.1.1: a cookie's name and its value. */
const letters = [...'abcXYZ019!#$&*+-.^_|~']
const name = fc.string({ unit: fc.constantFrom(...letters), minLength: 1 })
const value = fc.string({ unit: fc.constantFrom(...letters, '%', '=', '/') })
const jwt = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.'), minLength: 1 })

describe('the session cookie', () => {
  it('is found among any others', () => {
    const others = fc.array(fc.tuple(name, value).map(pair => pair.join('=')))
    fc.assert(
      fc.property(others, jwt, others, fc.constantFrom('; ', ';', ' ;  '), (before, jwt, after, between) => {
        const header = [...before, `${cookieName}=${jwt}`, ...after].join(between)
        expect(readSessionCookie(header)).to.equal(jwt)
      }),
    )
  })

  it('is not found where it is not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value).map(pair => pair.join('='))), pairs => {
        expect(readSessionCookie(pairs.join('; '))).to.equal(undefined)
      }),
    )
    expect(readSessionCookie(undefined)).to.equal(undefined)
  })

  it('is read from any header without a fault, and is never decoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        readSessionCookie(text)
        readSessionCookie(`${cookieName}=${text}`)
      }),
    )
    expect(readSessionCookie(`${cookieName}=%41`)).to.equal('%41')
    expect(readSessionCookie(`${cookieName}=first; ${cookieName}=second`)).to.equal('first')
  })

  it('comes back as it was set', () => {
    fc.assert(
      fc.property(jwt, fc.nat(), (jwt, maxAge) => {
        const line = sessionCookieLine(jwt, maxAge)
        expect(readSessionCookie(line.split(';')[0])).to.equal(jwt)
        expect(parseSetCookie(line).maxAge).to.equal(maxAge)
      }),
    )
    expect(readSessionCookie(clearedCookieLine().split(';')[0])).to.equal(undefined)
  })
})
