import { limits } from '../../shared/limits.ts'

/** What a page that loads itself anew has to do with. */
export interface Page {
  reload(): void
  /** Nobody has done anything in it that loading it anew would lose. */
  isUntouched(): boolean
  /** Outlives loading it anew, and is this tab's alone. @throws where a browser keeps nothing */
  storage(): Pick<Storage, 'getItem' | 'setItem'>
  /** Milliseconds since 1970. */
  now(): number
}

const key = 'galley-renewed-at'

/**
 * Loads a page anew whose server is of another version now, for somewhere nobody sits before it. While the nodes are
 * being updated, what is loaded may again meet a node of another version: so this is done once in limits.renewalPause
 * at most, whatever comes of it. A page in which somebody has done something waits for them.
 */
export class Renewal {
  private readonly page: Page
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(page: Page) {
    this.page = page
  }

  /** Again and again for as long as it is so. */
  isOutdated(outdated: boolean): void {
    if (!outdated) {
      clearTimeout(this.timer)
      this.timer = undefined
    } else this.timer ??= setTimeout(() => this.renew(), this.wait())
  }

  private wait(): number {
    const rest = this.lastAt() + limits.renewalPause - this.page.now()
    // A clock that was put back does not make this wait for longer.
    return Math.min(Math.max(rest, 0), limits.renewalPause) + Math.random() * limits.renewalSpread
  }

  private lastAt(): number {
    try {
      return Number(this.page.storage().getItem(key))
    } catch {
      return 0
    }
  }

  private renew(): void {
    if (!this.page.isUntouched()) return
    try {
      this.page.storage().setItem(key, String(this.page.now()))
    } catch {
      // Without a memory there would be no end to it.
      return
    }
    this.page.reload()
  }
}
