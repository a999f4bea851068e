import type { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'

/** The place in a list that a caller hands back: opaque to it, and checked like everything that comes in. */

export const writeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** @throws GalleyError invalid_request */
export function readCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw new GalleyError('invalid_request', 'This cursor is not one that was given out. Start again without it.')
  }
}
