import { GalleyError } from '../../shared/errors.ts'
import type { Quotas } from '../core/ports.ts'
import { networkOf } from './network.ts'
import { statusOf } from './status.ts'

/**
 * Slows down whoever guesses at credentials: by address, and only failures count, so that nobody is kept out by a
 * neighbour behind the same one.
 */
export class Failures {
  private readonly quotas: Quotas

  constructor(quotas: Quotas) {
    this.quotas = quotas
  }

  /**
   * @returns what the proof comes to.
   * @throws what it throws, or GalleyError rate_limited in place of the one failure too many
   */
  async guard<T>(address: string | null, proof: () => Promise<T>): Promise<T> {
    try {
      return await proof()
    } catch (error) {
      if (isFailure(error)) await this.quotas.take('failed_proofs', networkOf(address))
      throw error
    }
  }

  /**
   * For a secret short enough to be guessed every try counts: after too many also a right one is refused (RFC 8628 §5.1).
   * @param member who tries, so that it keeps out nobody else
   * @throws what the proof throws, or GalleyError rate_limited before it is tried
   */
  async guardStrictly<T>(member: string, proof: () => Promise<T>): Promise<T> {
    await this.quotas.take('codes', member)
    return proof()
  }
}

/** Not who shows nothing at all, nor what is no fault of theirs: a database out of reach. */
const isFailure = (error: unknown): boolean =>
  error instanceof GalleyError && error.code !== 'not_signed_in' && statusOf[error.code] < 500
