import type { RequestHandler } from 'express'
import { GalleyError } from '../../shared/errors.ts'

/**
 * The app has one origin: what comes under another name (127.0.0.1 in place of localhost, a name that somebody points
 * here for DNS rebinding) is sent to the right one, or refused where a redirect would lose the body. Not with 421: fetch
 * answers that by sending the request once more by itself, which undici cannot do with a body, and hides the refusal.
 */
export function ownHost(publicUrl: string): RequestHandler {
  const { host } = new URL(publicUrl)
  return (req, res, next) => {
    if (req.headers.host?.toLowerCase() === host) return next()
    const readable = req.method === 'GET' || req.method === 'HEAD'
    if (readable && req.originalUrl.startsWith('/')) return res.redirect(307, publicUrl + req.originalUrl)
    throw new GalleyError('wrong_host', `This server answers at ${publicUrl} only. Send the request there.`)
  }
}
