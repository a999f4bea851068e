import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'

type Turn = () => void

/**
 * Who comes in, and what is asked, some at a time. After an outage all that a node can hold come at once; put to the database
 * together, their questions would all be answered too late, asked again, and leave nothing to those who publish. Whoever
 * is in already goes before who is not: so that all who are let in have their answer soon.
 */
export class Arrivals {
  private working = 0
  private readonly asking: Turn[] = []
  private readonly entering: Turn[] = []
  private readonly questions = new WeakMap<object, number>()

  /**
   * @returns what `work` does, once it is this one's turn
   * @throws GalleyError overloaded: as many wait as come in before whoever waits is cut; they had better come back later
   */
  async enter<T>(work: () => Promise<T>): Promise<T> {
    if (this.entering.length >= limits.arrivalsWaiting) {
      throw new GalleyError('overloaded', 'Very many come at once. Come back in a moment.')
    }
    return this.inTurn(this.entering, work)
  }

  /**
   * The same for somebody who is in.
   * @throws GalleyError rate_limited: as many questions of theirs wait as they may watch pages
   */
  async ask<T>(who: object, work: () => Promise<T>): Promise<T> {
    const waiting = this.questions.get(who) ?? 0
    if (waiting >= limits.watchesPerSocket) {
      throw new GalleyError('rate_limited', 'Wait for the answers to what you have asked before.')
    }
    this.questions.set(who, waiting + 1)
    try {
      return await this.inTurn(this.asking, work)
    } finally {
      this.questions.set(who, (this.questions.get(who) ?? 1) - 1)
    }
  }

  private async inTurn<T>(line: Turn[], work: () => Promise<T>): Promise<T> {
    if (this.working < limits.arrivalsAtOnce) this.working++
    else await new Promise<void>(resolve => line.push(resolve))
    try {
      return await work()
    } finally {
      // Embedded queries by themselves never give the event loop its turn.
      setImmediate(() => this.next())
    }
  }

  /** Hands the place of the one that is done to the next. */
  private next(): void {
    const turn = this.asking.shift() ?? this.entering.shift()
    if (turn) turn()
    else this.working--
  }
}
