import type { Stage } from './stage.ts'

/** Something that goes wrong for a while. */
export interface Fault {
  name: string
  /** Milliseconds from its begin to its end. */
  holds: number
  /** Viewers lose access while it lasts, and must be out within so many milliseconds, on whichever node. */
  outWithin?: number
  begin(stage: Stage): Promise<unknown>
  end?(stage: Stage): Promise<unknown>
  /** What else must be true, once all viewers are right. @throws AssertionError */
  check?(stage: Stage): Promise<unknown>
}
