import { LRUCache } from 'lru-cache'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Clock } from '../core/ports.ts'

/**
 * Slows down whoever guesses at credentials: a token bucket for each address, from which only failures take, so that
 * nobody is kept out by a neighbour behind the same address.
 */
export class Failures {
  private readonly clock: Clock
  private readonly buckets = new LRUCache<string, { left: number; at: number }>({ max: limits.failedProofAddresses })

  constructor(clock: Clock) {
    this.clock = clock
  }

  /**
   * @returns what the proof comes to.
   * @throws what it throws, or GalleyError rate_limited in place of the one failure too many
   */
  async guard<T>(address: string | null, proof: () => Promise<T>): Promise<T> {
    try {
      return await proof()
    } catch (error) {
      if (error instanceof GalleyError && error.code !== 'not_signed_in') this.count(address ?? '')
      throw error
    }
  }

  private count(address: string): void {
    const now = this.clock.now()
    const bucket = this.buckets.get(address) ?? { left: limits.failedProofBurst, at: now }
    const refilled = Math.max(0, now - bucket.at) / limits.failedProofRefill
    const left = Math.min(limits.failedProofBurst, bucket.left + refilled)
    this.buckets.set(address, { left: Math.max(0, left - 1), at: now })
    if (left >= 1) return
    throw new GalleyError('rate_limited', 'Too many sign-ins and tokens from your address were wrong. Wait a moment.', {
      retryAfter: Math.ceil(((1 - left) * limits.failedProofRefill) / 1000),
    })
  }
}
