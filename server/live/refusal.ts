import { GalleyError } from '../../shared/errors.ts'
import type { Refusal } from '../../shared/events.ts'
import type { Log } from '../core/ports.ts'

/**
 * What a client is told of what did not work.
 * @param failed says so of what is our own fault, whose reason is for the log alone
 */
export function refusalOf(error: unknown, log: Log, failed: string): Refusal {
  if (!(error instanceof GalleyError)) log.error({ err: error }, failed)
  const { code, message } = error instanceof GalleyError ? error : new GalleyError('internal', `${failed} Try again.`)
  return { code, message }
}
