import { setTimeout } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'
import { ApiError, type Publishing, UnreachableError } from '../sdk/client.ts'
import { messageOf } from './message.ts'
import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** A publish that has ended without having worked, around why: ApiError, UnreachableError or why it was interrupted. */
export class SendError extends Error {
  override readonly name = 'SendError'
  /** The server has decided: it was not kept, and would be refused again. */
  readonly isRefused: boolean
  /** All of it went out, and nothing was decided: the server may have kept it. */
  readonly mayBeKept: boolean

  /** @param wentOut all of it, in any of the tries, and no answer came */
  constructor(cause: unknown, wentOut: boolean) {
    super(messageOf(cause), { cause })
    this.isRefused = cause instanceof ApiError && isDecision(cause.problem.status)
    this.mayBeKept = wentOut && !this.isRefused
  }
}

/**
 * Sends a page until the server has answered, or has not for `limits.sendTries`.
 * @param size of what `post` sends, in bytes
 * @param post has to give each try the same Idempotency-Key: one that was kept while its answer was lost is then
 *   answered again, and not kept twice
 * @param noteRetry hears why another try is made, and in how many milliseconds
 * @throws SendError
 */
export async function send<T>(
  terminal: Terminal,
  size: number,
  post: (publishing: Publishing) => Promise<T>,
  noteRetry: (why: unknown, pause: number) => void,
): Promise<T> {
  let wentOut = false
  const attempt = async () => {
    const progress = new Progress(terminal.stderr, size)
    try {
      const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(limits.sendTry)])
      return await post({ onSent: bytes => progress.at(bytes), signal })
    } catch (error) {
      if (progress.isWhole && !isAnswered(error)) wentOut = true
      throw isTimeout(error) ? new UnreachableError('The server did not answer in time.', { cause: error }) : error
    } finally {
      progress.end()
    }
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      const pause = tries < limits.sendTries ? pauseAfter(error, tries) : undefined
      if (pause === undefined) throw new SendError(error, wentOut)
      noteRetry(error, pause)
      await setTimeout(pause, undefined, { signal: terminal.signal }).catch(() => {
        throw new SendError(terminal.signal.reason, wentOut)
      })
    }
  }
}

/**
 * Of this try the server has kept nothing: it says so itself, or a proxy has refused to hand it on (RFC 9110 §15.5).
 * Another try may have been kept all the same.
 */
const isAnswered = (error: unknown): boolean =>
  error instanceof ApiError || (error instanceof UnreachableError && isClientError(error.status ?? 0))

/**
 * A refusal of the page itself. A server that turned the sender away (401, 403), did not get it in time (408) or is
 * too busy (429) has not looked whether it was kept before.
 */
const isDecision = (status: number): boolean => isClientError(status) && ![401, 403, 408, 429].includes(status)

const isClientError = (status: number): boolean => status >= 400 && status < 500

/** @returns milliseconds; undefined when another try would end alike */
function pauseAfter(error: unknown, tries: number): number | undefined {
  if (error instanceof ApiError) {
    const isBusy = error.problem.status === 429 || error.problem.status === 503
    const pause = isBusy && error.retryAfter !== undefined ? error.retryAfter * 1000 : Number.POSITIVE_INFINITY
    return pause <= limits.sendRetryMost ? pause : undefined
  }
  if (!(error instanceof UnreachableError)) return undefined
  // A proxy that has lost its server, perhaps for a moment (RFC 9110 §15.6), is as good as nobody there.
  const isGone = error.status === undefined || [502, 503, 504].includes(error.status)
  return isGone ? limits.sendRetry * 2 ** (tries - 1) : undefined
}

/** @param pause in milliseconds */
export const retryInWords = (why: unknown, pause: number): string =>
  `${messageOf(why)} Trying again in ${pause / 1000} s …`

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'
