import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Response } from 'express'
import type { Problem } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import type { Log } from '../core/ports.ts'
import { requestIdOf } from './request-log.ts'
import { statusOf } from './status.ts'

/** Seconds to wait, for `Retry-After`. */
export const retryAfterOf = (error: unknown): string =>
  String((error instanceof GalleyError ? error.facts.retryAfter : undefined) ?? 5)

/** Every refusal of the API, as RFC 9457 has it, with the stable code. What was not foreseen is logged, not told. */
export function problems(log: Log): ErrorRequestHandler {
  return (thrown: unknown, _req, res, next) => {
    const error = toGalleyError(thrown)
    if (error.code === 'internal') log.error({ err: thrown, requestId: requestIdOf(res) }, 'A request failed.')
    if (res.headersSent) return next(thrown)
    sendProblem(res, error)
  }
}

function sendProblem(res: Response, error: GalleyError): void {
  const status = statusOf[error.code]
  const problem: Problem = {
    ...error.facts,
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    requestId: requestIdOf(res),
  }
  if (status === 401 || error.code === 'insufficient_scope') res.set('WWW-Authenticate', challenge(error))
  if (status === 429 || status === 503) res.set('Retry-After', retryAfterOf(error))
  res.status(status).type('application/problem+json').send(JSON.stringify(problem))
}

/** RFC 6750 §3: without any credential only the scheme, else what was wrong with it. */
export function challenge({ code }: GalleyError): string {
  if (code === 'not_signed_in') return 'Bearer realm="Galley"'
  return `Bearer realm="Galley", error="${code === 'insufficient_scope' ? code : 'invalid_token'}"`
}

/** What was not foreseen is `internal`. */
export function toGalleyError(thrown: unknown): GalleyError {
  if (thrown instanceof GalleyError) return thrown
  // The router's, for a percent sign in the path that starts no UTF-8.
  if (thrown instanceof URIError) return new GalleyError('invalid_request', 'This address is not well-formed.')
  return new GalleyError(
    'internal',
    'Something went wrong here. Try again; the request id helps to find it in the log.',
  )
}
