import type { Request, RequestHandler, Response } from 'express'
import { limits } from '../../shared/limits.ts'
import type { Outcomes } from '../core/ports.ts'
import type { World } from '../core/world.ts'

const header = 'X-Request-Id'

export const requestIdOf = (res: Response): string => String(res.get(header))

/** Asked every few seconds by nobody: they would be most of what is counted. */
const probes: readonly string[] = ['/healthz', '/readyz', '/metrics']

/** … and screens with what they load, as long as all is well with them. */
const isUsual = (path: string, status: number): boolean =>
  probes.includes(path) || (status < 400 && !path.startsWith('/api/') && !path.startsWith('/v1/'))

/**
 * An id for each request, and one line about it when it is over, at `debug` when it is usual. Without the query, which
 * holds titles, notes and what an identity provider says.
 */
export const requestLog =
  ({ log, metrics, random }: Pick<World, 'log' | 'metrics' | 'random'>): RequestHandler =>
  (req, res, next) => {
    const requestId = idGiven(req) ?? `req_${Buffer.from(random(12)).toString('base64url')}`
    const begun = performance.now()
    const path = req.originalUrl.split('?', 1)[0] ?? ''
    res.set(header, requestId)
    res.once('close', () => {
      const ms = performance.now() - begun
      const outcome = outcomeOf(res)
      const line = {
        requestId,
        method: req.method,
        path,
        status: res.statusCode,
        ms: Math.round(ms),
        ip: req.ip,
        ...(outcome === 'aborted' && { aborted: true }),
      }
      if (!probes.includes(path)) {
        metrics.outcome('http_responses', outcome)
        metrics.time('http_request', ms)
      }
      if (res.statusCode === 429) metrics.count('rate_limited')
      if (isUsual(path, res.statusCode)) log.debug(line, 'request')
      else log.info(line, 'request')
    })
    next()
  }

const wellFormed = new RegExp(`^[\\w-]{1,${limits.requestIdChars}}$`)

/** A proxy's own, so that its log and this one can be laid side by side; of anybody else, none. */
function idGiven(req: Request): string | undefined {
  const given = req.get(header)
  // Empty, unless the one who connected is believed (GALLEY_TRUST_PROXY), and says for whom.
  const isBelieved = req.ips.length > 0
  return isBelieved && given !== undefined && wellFormed.test(given) ? given : undefined
}

function outcomeOf(res: Response): Outcomes['http_responses'] {
  if (!res.writableFinished) return 'aborted'
  return (['2xx', '3xx', '4xx', '5xx'] as const)[Math.floor(res.statusCode / 100) - 2] ?? '5xx'
}
