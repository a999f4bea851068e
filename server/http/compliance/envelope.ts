import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Log } from '../../core/ports.ts'
import { challenge, retryAfterOf, toGalleyError } from '../problem.ts'
import { requestIdOf } from '../request-log.ts'
import { statusOf } from '../status.ts'

/** How the compliance API names requests and refuses them: other than the rest, as its published shapes have it. */

/** One that a proxy gave is marked as what it is; the log has it without. */
function publishedIdOf(res: Response): string {
  const id = requestIdOf(res)
  return id.startsWith('req_') ? id : `req_${id}`
}

export const requestIds: RequestHandler = (_req, res, next) => {
  res.set('request-id', publishedIdOf(res))
  next()
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

const typeOf = (status: number): string => types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

/** What was not foreseen is logged, not told. */
export function envelopes(log: Log): ErrorRequestHandler {
  return (thrown: unknown, _req, res, next) => {
    const error = toGalleyError(thrown)
    if (error.code === 'internal') log.error({ err: thrown, requestId: requestIdOf(res) }, 'A request failed.')
    if (res.headersSent) return next(thrown)
    const status = statusOf[error.code]
    if (status === 401 || status === 403) res.set('WWW-Authenticate', challenge(error))
    if (status === 429 || status === 503) res.set('Retry-After', retryAfterOf(error))
    res.status(status).json({
      type: 'error',
      error: { type: typeOf(status), message: error.message },
      request_id: publishedIdOf(res),
    })
  }
}
