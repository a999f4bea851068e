import { limits } from '../../shared/limits.ts'
import { around } from '../network/connection.ts'

export interface LookoutOptions {
  hidden(): boolean
  /** Never rejects. */
  isAdmitted(): Promise<boolean>
  admitted(): void
}

/**
 * Who may not see a page is told nothing of it, so it is they who ask, now and then: the page opens by itself once
 * they are let in (docs/PROTOCOL.md, C7).
 */
export interface Lookout {
  start(): void
  /** From now on often, and at once: the viewer has asked to be let in, and somebody may be about to answer. */
  hurry(): void
  /** The viewer is back at the page. */
  check(): void
  stop(): void
}

export function createLookout({ hidden, isAdmitted, admitted }: LookoutOptions): Lookout {
  let period: number = limits.currentPoll
  let next: ReturnType<typeof setTimeout> | undefined
  /** Of what was asked before a stop, the answer means nothing. */
  let watch: object | undefined

  const later = (): void => {
    clearTimeout(next)
    next = setTimeout(() => void look(), around(period))
  }
  const look = async (): Promise<void> => {
    const mine = watch
    clearTimeout(next)
    const isIn = !hidden() && (await isAdmitted())
    if (!mine || mine !== watch) return
    if (isIn) admitted()
    else later()
  }
  return {
    start() {
      watch = {}
      later()
    },
    hurry() {
      period = limits.accessPoll
      if (watch) void look()
    },
    check() {
      if (watch) void look()
    },
    stop() {
      watch = undefined
      clearTimeout(next)
    },
  }
}
