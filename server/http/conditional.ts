import type { Request, Response } from 'express'

/**
 * Answers with 304 when the caller has it (RFC 9110 §13.1.2, compared weakly). Not `req.fresh`, for which a request's
 * `Cache-Control: no-cache` overrules If-None-Match: browsers add that to every fetch whose script sets If-None-Match.
 * @param etag without its quotes
 * @returns whether that was the answer
 */
export function answeredNotModified(req: Request, res: Response, etag: string): boolean {
  res.set('ETag', `"${etag}"`)
  const known = req.get('If-None-Match')
  if (known === undefined) return false
  const tags = known.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  if (!tags.includes('*') && !tags.includes(`"${etag}"`)) return false
  res.status(304).end()
  return true
}
