import type { RequestHandler } from 'express'

/** Nothing that the API answers is a document, is framed, or is kept by anybody; screens set their own (page-headers.ts). */
export function apiHeaders(publicUrl: string): RequestHandler {
  const headers = {
    'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-DNS-Prefetch-Control': 'off',
    'Cache-Control': 'no-store',
    ...(publicUrl.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
  return (_req, res, next) => {
    res.set(headers)
    next()
  }
}
