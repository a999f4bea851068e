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

  /**
   * The same for a secret short enough to be guessed: with none left, also a right one is refused (RFC 8628 §5.1).
   * @param member who tries, so that it keeps out nobody else
   */
  guardStrictly<T>(member: string, proof: () => Promise<T>): Promise<T> {
    const left = this.leftOf(member)
    if (left < 1) throw tooMany(left)
    return this.guard(member, proof)
  }

  private count(key: string): void {
    const left = this.leftOf(key)
    this.buckets.set(key, { left: Math.max(0, left - 1), at: this.clock.now() })
    if (left < 1) throw tooMany(left)
  }

  private leftOf(key: string): number {
    const { left, at } = this.buckets.get(key) ?? { left: limits.failedProofBurst, at: this.clock.now() }
    const refilled = Math.max(0, this.clock.now() - at) / limits.failedProofRefill
    return Math.min(limits.failedProofBurst, left + refilled)
  }
}

const tooMany = (left: number) =>
  new GalleyError('rate_limited', 'Too many sign-ins, tokens and codes of yours were wrong. Wait a moment.', {
    retryAfter: Math.ceil(((1 - left) * limits.failedProofRefill) / 1000),
  })
