import { RateLimiterRes } from 'rate-limiter-flexible'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Clock, Log, Quota, Quotas } from '../core/ports.ts'
import { NodeCount, type Size } from './node-count.ts'
import { type RedisCommands, SharedCount } from './shared-count.ts'

export interface QuotaOptions {
  clock: Clock
  log: Log
  /** That all nodes share; without it, this node is alone. */
  redis?: RedisCommands | undefined
  /** In place of those of shared/limits.ts. */
  sizes?: Partial<Sizes>
  /** Milliseconds that Redis has to answer; limits.quotaAnswer unless said otherwise. */
  answer?: number
}

export type Sizes = Readonly<Record<Quota, Size>>

const windowed = (points: number): Size => ({ points, window: limits.quotaWindow })

const usual: Sizes = {
  requests: windowed(limits.requestsPerCredential),
  publishes: windowed(limits.publishesPerCredential),
  org_publishes: windowed(limits.publishesPerOrg),
  org_bytes: windowed(limits.uploadedBytesPerOrg),
  failed_proofs: { points: limits.failedProofs, window: limits.failedProofsWindow },
  codes: { points: limits.codesTried, window: limits.failedProofsWindow },
  compliance_requests: { points: limits.complianceRequests, window: limits.complianceWindow },
}

/** What to do; when is said by Retry-After. */
const sentences: Readonly<Record<Quota, string>> = {
  requests: 'Too many requests came with one sign-in or access token. Wait a moment, then go on.',
  publishes: 'Too many pages were published with one sign-in or access token. Wait a moment, then try again.',
  org_publishes: 'Your organisation has published too many pages in a short time. Wait a moment, then try again.',
  org_bytes: 'Your organisation has published too much in a short time. Wait a moment, then try again.',
  failed_proofs: 'Too many sign-ins, tokens and codes of yours were wrong. Wait a moment.',
  codes: 'You have tried too many codes. Wait a moment.',
  compliance_requests: 'Too many requests came with the compliance keys of your organisation. Wait, then go on.',
}

/**
 * Counts in Redis for all nodes, and by itself, each node the whole quota, while Redis does not answer: neither waits
 * for it longer than limits.quotaAnswer, nor fails for want of it. What is refused counts too: who goes on all the same
 * has to wait as long as who does not, until the window ends.
 *
 * In Redis, for a window: ids and addresses as they are. An address's hash would be no secret, there being so few.
 */
export function openQuotas({ clock, log, redis, sizes, answer = limits.quotaAnswer }: QuotaOptions): Quotas {
  const all = { ...usual, ...sizes }
  const shared = redis && new SharedCount(redis, { clock, log, answer })
  const limiterOf = (quota: Quota) => {
    const own = new NodeCount(quota, all[quota])
    return shared?.limiter(quota, all[quota], own) ?? own
  }
  const limiters: Readonly<Record<Quota, ReturnType<typeof limiterOf>>> = {
    requests: limiterOf('requests'),
    publishes: limiterOf('publishes'),
    org_publishes: limiterOf('org_publishes'),
    org_bytes: limiterOf('org_bytes'),
    failed_proofs: limiterOf('failed_proofs'),
    codes: limiterOf('codes'),
    compliance_requests: limiterOf('compliance_requests'),
  }
  const consume = (quota: Quota, key: string, points: number): Promise<{ now: RateLimiterRes; over: boolean }> =>
    limiters[quota].consume(key, points).then(
      now => ({ now, over: false }),
      refused => {
        if (refused instanceof RateLimiterRes) return { now: refused, over: true }
        throw refused
      },
    )

  return {
    async take(quota, key, points = 1) {
      const { now, over } = await consume(quota, key, points)
      if (over) throw tooMuch(quota, now)
    },
    async count(quota, key) {
      const { now, over } = await consume(quota, key, 1)
      return {
        points: all[quota].points,
        left: now.remainingPoints,
        endsAt: clock.now() + now.msBeforeNext,
        refused: over ? tooMuch(quota, now) : undefined,
      }
    },
    async check(quota, key, points = 1) {
      const { now, over } = await consume(quota, key, 0)
      if (over || now.remainingPoints < points) throw tooMuch(quota, now)
    },
  }
}

const tooMuch = (quota: Quota, { msBeforeNext }: RateLimiterRes): GalleyError =>
  new GalleyError('rate_limited', sentences[quota], { retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1000)) })
