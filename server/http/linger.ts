import type { RequestHandler } from 'express'
import { limits } from '../../shared/limits.ts'

/**
 * A body that was refused early is still on its way. To close at once would reset the connection under the answer, so
 * what comes is thrown away, for a while.
 */
export const linger: RequestHandler = (req, res, next) => {
  res.once('finish', () => {
    if (req.complete) return
    const timer = setTimeout(() => req.socket.destroy(), limits.refusedBodyLinger)
    req.once('close', () => clearTimeout(timer)).resume()
  })
  next()
}
