import { limits } from '../../shared/limits.ts'

/** What a page that loads itself anew has to do with. */
export interface Page {
  /** Milliseconds since it was loaded. */
  age(): number
  /** Nobody has done anything in it that loading it anew would lose. */
  isUntouched(): boolean
  reload(): void
}

/**
 * Loads a page anew whose server is of another version now, for somewhere nobody sits before it. While the nodes are
 * being updated, what is loaded may again meet a node of another version: so a page that has just been loaded is left
 * to become limits.renewalAge old. One in which somebody has done something waits for them.
 */
export function renew(page: Page): void {
  const wait = Math.max(0, limits.renewalAge - page.age()) + Math.random() * limits.renewalSpread
  setTimeout(() => page.isUntouched() && page.reload(), wait)
}
