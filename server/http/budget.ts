import { GalleyError } from '../../shared/errors.ts'

/** Bytes held at once: by all callers, and by each of them; and how many bodies each may have on the way. */
export interface Allowance {
  total: number
  each: number
  atOnce: number
}

/** Bytes that this node holds for requests in flight, so that neither all callers together nor one alone can fill its memory. */
export class Budget {
  private readonly allowance: Allowance
  private readonly callers = new Map<string, { bytes: number; bodies: number }>()
  private held = 0

  constructor(allowance: Allowance) {
    this.allowance = allowance
  }

  /**
   * @param caller whoever the bytes count for: an organisation, or an address
   * @throws GalleyError rate_limited
   */
  open(caller: string): Share {
    const holding = this.callers.get(caller) ?? { bytes: 0, bodies: 0 }
    if (holding.bodies >= this.allowance.atOnce) throw tooMuchByOne()
    holding.bodies++
    this.callers.set(caller, holding)
    let bytes = 0
    return {
      take: more => {
        if (holding.bytes + more > this.allowance.each) throw tooMuchByOne()
        if (this.held + more > this.allowance.total) throw tooMuchByAll()
        this.held += more
        holding.bytes += more
        bytes += more
      },
      close: () => {
        this.held -= bytes
        holding.bytes -= bytes
        holding.bodies--
        if (holding.bodies === 0) this.callers.delete(caller)
      },
    }
  }
}

/** What one body takes of a budget. */
export interface Share {
  /** @throws GalleyError rate_limited when the caller has too much, overloaded when all together have */
  take(bytes: number): void
  /** Gives all of it back. Once. */
  close(): void
}

const tooMuchByOne = (): GalleyError =>
  new GalleyError('rate_limited', 'You are sending too much at once. Wait until some of it is done, then try again.')

const tooMuchByAll = (): GalleyError =>
  new GalleyError('overloaded', 'Too much is being sent to this server at this moment. Try again in a few seconds.')
