import type { RequestHandler, Response } from 'express'
import type { Log, Random } from '../core/ports.ts'

const header = 'X-Request-Id'

export const requestIdOf = (res: Response): string => String(res.get(header))

/** Probes, asked every few seconds by nobody; and screens with what they load, as long as all is well with them. */
const isUsual = (path: string, status: number): boolean =>
  path === '/healthz' || path === '/readyz' || (status < 400 && !path.startsWith('/api/'))

/** An id for each request, and one line about it when it is over, at `debug` when it is usual. Without the query, which holds titles and notes. */
export const requestLog =
  (log: Log, random: Random): RequestHandler =>
  (req, res, next) => {
    const requestId = `req_${Buffer.from(random(12)).toString('base64url')}`
    const begun = performance.now()
    const path = req.originalUrl.split('?', 1)[0] ?? ''
    res.set(header, requestId)
    res.once('close', () => {
      const line = {
        requestId,
        method: req.method,
        path,
        status: res.statusCode,
        ms: Math.round(performance.now() - begun),
        ip: req.ip,
        ...(!res.writableFinished && { aborted: true }),
      }
      if (isUsual(path, res.statusCode)) log.debug(line, 'request')
      else log.info(line, 'request')
    })
    next()
  }
