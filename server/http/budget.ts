import { GalleyError } from '../../shared/errors.ts'

/** Bytes that this node holds for requests in flight, of all that it is willing to hold. */
export class Budget {
  private readonly total: number
  private held = 0

  constructor(total: number) {
    this.total = total
  }

  /** @throws GalleyError overloaded */
  take(bytes: number): void {
    if (this.held + bytes > this.total) {
      throw new GalleyError('overloaded', 'Too much is being published at this moment. Try again in a few seconds.')
    }
    this.held += bytes
  }

  give(bytes: number): void {
    this.held -= bytes
  }
}
