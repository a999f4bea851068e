/**
 * Opaque ids: a prefix that says what the id is of, and 128 random bits or more in base62. Unguessable, so that
 * an address is no oracle; the prefixes of artifacts and activities are those of COMPLIANCE-API's published shapes.
 */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export const idPrefixes = {
  artifact: 'cart_',
  version: 'cver_',
  content: 'cont_',
  member: 'user_',
  session: 'sess_',
  token: 'atok_',
  activity: 'activity_',
  role: 'role_',
  complianceKey: 'ckey_',
} as const

export type IdKind = keyof typeof idPrefixes

/** Random bytes an id is made from: 22 base62 digits carry 131 bits. */
const digits = 22

/** @param random gives `n` cryptographically random bytes. */
export function newId(kind: IdKind, random: (n: number) => Uint8Array): string {
  let id = ''
  while (id.length < digits) {
    for (const byte of random(32)) {
      // 248 = 4 × 62: bytes above it would favour the first letters.
      if (byte < 248 && id.length < digits) id += alphabet[byte % 62]
    }
  }
  return idPrefixes[kind] + id
}

export const isId = (kind: IdKind, value: unknown): value is string =>
  typeof value === 'string' &&
  value.length === idPrefixes[kind].length + digits &&
  value.startsWith(idPrefixes[kind]) &&
  /^[0-9A-Za-z]+$/.test(value.slice(idPrefixes[kind].length))

/** An organisation's id: RFC 9562 version 4. @param random as above. */
export function newUuid(random: (n: number) => Uint8Array): string {
  const hex = Array.from(random(16), byte => byte.toString(16).padStart(2, '0')).join('')
  const variant = (Number.parseInt(hex.slice(16, 17), 16) & 3) | 8
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant.toString(16)}${hex.slice(17, 20)}-${hex.slice(20)}`
}
