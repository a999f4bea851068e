import type { IncomingMessage } from 'node:http'
import express, { type Request } from 'express'
import type { HttpOptions } from './app.ts'

/**
 * Where a request came from that no route sees, because it becomes a websocket: found as Express finds `req.ip`, in the
 * same headers, by the same trust.
 */
export function addressThrough(trustProxy: HttpOptions['trustProxy']): (request: IncomingMessage) => string | null {
  const app = express().set('trust proxy', trustProxy)
  return ({ headers, socket }) => {
    const request: Request = Object.assign(Object.create(app.request), { headers, socket })
    return request.ip ?? null
  }
}
