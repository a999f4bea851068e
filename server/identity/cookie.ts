import { parseCookie, stringifySetCookie } from 'cookie'

/** `__Host-`: browsers take it only with Secure, Path=/ and no Domain, so no sister host can plant one (RFC 6265bis §4.1.3.2). */
export const cookieName = '__Host-galley'

const attributes = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const

/** The session's JWT in a Cookie header; undefined when there is none. The first of several counts. */
export const readSessionCookie = (cookieHeader: string | undefined): string | undefined =>
  // A JWT needs no decoding, and none is done: what was percent-encoded is not what this server has set.
  parseCookie(cookieHeader ?? '', { decode: value => value })[cookieName] || undefined

/** @param maxAge seconds: until the session ends, far beyond the JWT, which is renewed against its row. */
export const sessionCookieLine = (jwt: string, maxAge: number): string =>
  stringifySetCookie({ name: cookieName, value: jwt, maxAge, ...attributes })

export const clearedCookieLine = (): string => sessionCookieLine('', 0)
