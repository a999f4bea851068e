import type { Request, Response } from 'express'
import type { Bytes } from '../core/read.ts'
import type { Press } from '../render/press.ts'
import { answeredNotModified } from './conditional.ts'

/** Whatever a browser makes of published bytes, it is nothing of the app's, and loads nothing. */
export const hostilePolicy = "sandbox; default-src 'none'"

/**
 * Published bytes are hostile, and this is the app's origin: they are never a document here, whatever asks for them.
 * Always revalidated, because an immutable answer was served from the cache after access had been taken away.
 */
function setHostile(res: Response, filename: string): void {
  res.set({
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${filename}"`,
    'Content-Security-Policy': hostilePolicy,
    'Cache-Control': 'private, no-cache',
  })
}

export async function sendBytes(
  req: Request,
  res: Response,
  press: Press,
  bytes: Bytes,
  filename: string,
): Promise<void> {
  setHostile(res, filename)
  res.vary('Accept-Encoding')
  if (answeredNotModified(req, res, bytes.sha256)) return
  const content = await bytes.load()
  if (content.encoding === 'br' && req.acceptsEncodings('br') === 'br') {
    res.set('Content-Encoding', 'br').send(content.bytes)
  } else {
    res.send(await press.plain(content))
  }
}

/** As they are: a delta is deflated for the one who asked to inflate it. */
export function sendDelta(req: Request, res: Response, delta: Uint8Array, etag: string, filename: string): void {
  setHostile(res, filename)
  if (!answeredNotModified(req, res, etag)) res.send(delta)
}
