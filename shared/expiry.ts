import { limits } from './limits.ts'

const day = 24 * 60 * 60 * 1000

/**
 * What its author is told of a page that will soon be past its retention; undefined while there is time.
 * @param expiresAt RFC 3339; undefined: it is kept
 * @param now milliseconds since 1970
 */
export function expiryWords(expiresAt: string | undefined, now: number): string | undefined {
  if (expiresAt === undefined) return undefined
  const left = Date.parse(expiresAt) - now
  if (left > limits.expiryTold) return undefined
  const days = Math.floor(left / day)
  if (days < 1) return 'Will be deleted within a day'
  return `Will be deleted in ${days} ${days === 1 ? 'day' : 'days'}`
}
