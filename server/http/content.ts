import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * What a page in the frame may do, from the document's own side (ISOLATION §1). Inline script has all power inside
 * anyway; nothing here lets a byte out. `Connection-Allowlist` is what also bars WebRTC, preconnect and DNS, where it is known.
 */
const framePolicy = (appOrigin: string): string =>
  [
    "default-src 'none'",
    "script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:",
    "style-src 'unsafe-inline' data: blob:",
    'img-src data: blob:',
    'font-src data:',
    'media-src data: blob:',
    'worker-src blob:',
    'connect-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${appOrigin}`,
    'sandbox allow-scripts allow-forms',
    "webrtc 'block'",
  ].join('; ')

/** What a page in a still may do (ISOLATION §2): look like itself. The one script is ours, by its hash. */
const stillPolicy = (appOrigin: string, html: string): string =>
  [
    "default-src 'none'",
    `script-src '${scriptHash(html)}'`,
    "style-src 'unsafe-inline' data:",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${appOrigin}`,
    'sandbox allow-scripts',
    "webrtc 'block'",
  ].join('; ')

/** CSP3 §2.3.1, of the one inline script that the document has. */
function scriptHash(html: string): string {
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
  return `sha256-${createHash('sha256').update(script).digest('base64')}`
}

/** All that Chromium 156 and Firefox 153 can grant a document, but for `clipboard-write`. */
const deniedFeatures =
  `accelerometer ambient-light-sensor aria-notify attribution-reporting autoplay battery bluetooth browsing-topics
  camera captured-surface-control clipboard-read compute-pressure cross-origin-isolated deferred-fetch deferred-fetch-minimal
  digital-credentials-create digital-credentials-get display-capture document-domain encrypted-media fullscreen gamepad geolocation
  gyroscope hid identity-credentials-get idle-detection interest-cohort join-ad-interest-group keyboard-map language-detector
  language-model local-fonts local-network local-network-access loopback-network magnetometer media-playback-while-not-visible
  microphone midi on-device-speech-recognition otp-credentials payment picture-in-picture private-state-token-issuance
  private-state-token-redemption publickey-credentials-create publickey-credentials-get run-ad-auction screen-wake-lock serial
  shared-storage speaker-selection storage-access summarizer sync-xhr translator unload usb web-share window-management
  xr-spatial-tracking`.split(/\s+/)

const denied = deniedFeatures.map(feature => `${feature}=()`)

const nothing = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

const seconds = 365 * 24 * 60 * 60

/** The documents that the content origins serve, as built. */
export interface ContentDocuments {
  /** Holds a page, with its scripts. */
  frame: string
  /** Draws pages without them. */
  still: string
}

/**
 * Serves `/frame` and `/still` and nothing else, on every content origin. It sets no cookie and reads none, and never
 * redirects: a redirect would be a way for a page to send data past the `frame-src` of the page around it.
 *
 * @param appOrigin the only origin whose pages may hold them. Each document, asked for with `?v=` and its
 *   `documentVersion`, is kept by browsers for good.
 */
export function contentHandler({ appOrigin, frame, still }: { appOrigin: string } & ContentDocuments) {
  const served = new Map([
    ['/frame', servedAs(frame, framePolicy(appOrigin), [...denied, 'clipboard-write=*'])],
    ['/still', servedAs(still, stillPolicy(appOrigin, still), [...denied, 'clipboard-write=()'])],
  ])
  return (req: IncomingMessage, res: ServerResponse): void => {
    const [path = '', query] = (req.url ?? '').split('?')
    const document = served.get(path)
    const destination = req.headers['sec-fetch-dest']
    // At top level there is no `frame-src` around the page.
    const isFrame = destination === undefined || destination === 'iframe'
    if (!document || !isFrame || (req.method !== 'GET' && req.method !== 'HEAD')) {
      res.writeHead(404, nothing).end('There is nothing here.\n')
      return
    }
    const { version, headers, body } = document
    const cache = query === `v=${version}` ? `public, max-age=${seconds}, immutable` : 'no-cache'
    const isKnown = req.headers['if-none-match'] === headers.ETag
    res.writeHead(isKnown ? 304 : 200, { ...headers, 'Cache-Control': cache })
    res.end(isKnown || req.method === 'HEAD' ? undefined : body)
  }
}

function servedAs(html: string, policy: string, permissions: readonly string[]) {
  const version = documentVersion(html)
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Connection-Allowlist': '()',
    'Permissions-Policy': permissions.join(', '),
    'X-DNS-Prefetch-Control': 'off',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    // It is held by a page of another site, by design.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Origin-Agent-Cluster': '?1',
    ETag: `"${version}"`,
    // Else a cached answer to a frame would be given to a tab, too.
    Vary: 'Sec-Fetch-Dest',
  }
  return { version, headers, body: Buffer.from(html) }
}

/** Names the document by its content. */
export const documentVersion = (html: string): string => createHash('sha256').update(html).digest('hex').slice(0, 16)
