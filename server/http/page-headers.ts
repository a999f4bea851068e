import type { Response } from 'express'

export interface PageSecurity {
  /** Origin of the app. */
  publicUrl: string
  /** Origins of the frames, on the viewer page and in the gallery; the other pages hold none. */
  contentUrls: readonly string[]
  /** Fresh for each answer. */
  nonce: string
}

/**
 * The app's own wall (ISOLATION §1). `frame-src` is the only thing that stops a published page from sending data out
 * by navigating itself, so it names the content origins and nothing else; the app's own origin must never be in it.
 */
function pagePolicy({ publicUrl, contentUrls, nonce }: PageSecurity): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    // Older engines do not read 'self' as the websocket of the same host.
    `connect-src 'self' ${publicUrl.replace(/^http/, 'ws')}`,
    `frame-src ${contentUrls.join(' ') || "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/**
 * `clipboard-write=*`: limited to named origins, Copy fails in Chromium from inside the sandbox, whose origin is opaque.
 * The rest is denied here because a frame can be granted no more than the page that holds it.
 */
const permissions = [
  'clipboard-write=*',
  ...['camera', 'microphone', 'geolocation', 'display-capture', 'payment', 'usb', 'serial', 'hid', 'midi'].map(
    feature => `${feature}=()`,
  ),
].join(', ')

export function setPageHeaders(res: Response, security: PageSecurity): void {
  res.set({
    'Content-Security-Policy': pagePolicy(security),
    'Permissions-Policy': permissions,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Origin-Agent-Cluster': '?1',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  })
  if (security.publicUrl.startsWith('https:')) res.set('Strict-Transport-Security', 'max-age=31536000')
}
