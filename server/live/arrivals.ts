import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'

type Turn = () => void

/**
 * Who comes in, and what is asked, some at a time. After an outage all that a node can hold come at once; put to the database
 * together, their questions would all be answered too late, asked again, and leave nothing to those who publish. Whoever
 * is in already goes before who is not, so that all who are let in have their answer soon; those who are in take turns by
 * what they signed in with, and every now and then somebody comes in: no single one, however much they ask, holds up others.
 */
export class Arrivals {
  private working = 0
  /** By what they signed in with, whose turn it is next first. */
  private readonly asking = new Map<string, Turn[]>()
  /** Since somebody came in. */
  private answered = 0
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
    return this.inTurn(turn => this.entering.push(turn), work)
  }

  /**
   * The same for somebody who is in.
   * @param who one connection
   * @param by what it signed in with
   * @throws GalleyError rate_limited: as many questions of theirs wait as they may watch pages
   */
  async ask<T>(who: object, by: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.questions.get(who) ?? 0
    if (waiting >= limits.watchesPerSocket) {
      throw new GalleyError('rate_limited', 'Wait for the answers to what you have asked before.')
    }
    this.questions.set(who, waiting + 1)
    try {
      return await this.inTurn(turn => this.standInLine(by, turn), work)
    } finally {
      this.questions.set(who, (this.questions.get(who) ?? 1) - 1)
    }
  }

  private async inTurn<T>(wait: (turn: Turn) => void, work: () => Promise<T>): Promise<T> {
    if (this.working < limits.arrivalsAtOnce) this.working++
    else await new Promise<void>(wait)
    try {
      return await work()
    } finally {
      // Embedded queries by themselves never give the event loop its turn.
      setImmediate(() => this.next())
    }
  }

  /** Hands the place of the one that is done to the next. */
  private next(): void {
    const entering = this.answered >= limits.answersForArrival ? this.entering.shift() : undefined
    const asking = entering ? undefined : this.nextAsking()
    this.answered = asking ? this.answered + 1 : 0
    const turn = entering ?? asking ?? this.entering.shift()
    if (turn) turn()
    else this.working--
  }

  private standInLine(by: string, turn: Turn): void {
    const turns = this.asking.get(by)
    if (turns) turns.push(turn)
    else this.asking.set(by, [turn])
  }

  private nextAsking(): Turn | undefined {
    for (const [by, turns] of this.asking) {
      const turn = turns.shift()
      this.asking.delete(by)
      // Behind all the others.
      if (turns.length > 0) this.asking.set(by, turns)
      return turn
    }
    return undefined
  }
}
