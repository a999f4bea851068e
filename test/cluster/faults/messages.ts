import { expect } from 'chai'
import { byReconcile, counted, type Fault, onEach } from '../fault.ts'
import type { Mangling } from '../redis-way.ts'
import type { Stage } from '../stage.ts'

/** What happens to what nodes tell each other, on its way: Redis is there, and so is every connection. */

const mangle = (stage: Stage, mangling: Mangling): Promise<void> =>
  onEach(stage, ({ toRedis }) => toRedis.mangle(mangling))

const mend = (stage: Stage): Promise<void> => onEach(stage, ({ toRedis }) => toRedis.mend())

/** With nobody told of anything, it is reconcile alone that brings viewers to what is published elsewhere. */
export function dropped(): Fault {
  const repairs = (stage: Stage) => counted(stage, 'galley_reconcile_repairs_total')
  let before = 0
  return {
    name: 'every announcement is lost',
    holds: 4000,
    outWithin: byReconcile,
    async begin(stage) {
      before = await repairs(stage)
      await mangle(stage, () => {})
    },
    async check(stage) {
      expect((await repairs(stage)) - before, 'rooms that reconcile put right').to.be.greaterThan(0)
      await mend(stage)
    },
  }
}

export const doubled: Fault = {
  name: 'every announcement comes twice',
  holds: 3000,
  begin: stage =>
    mangle(stage, pass => {
      pass()
      pass()
    }),
  end: mend,
}

/** The first of each pair waits for the second, which goes before it. */
export const reordered: Fault = {
  name: 'announcements overtake each other',
  holds: 3000,
  begin: stage =>
    onEach(stage, ({ toRedis }) => {
      let waiting: (() => void) | undefined
      toRedis.mangle(pass => {
        if (!waiting) waiting = pass
        else {
          pass()
          waiting()
          waiting = undefined
        }
      })
    }),
  end: mend,
}

/** By up to 3 s: past newer ones, and past what reconcile has told meanwhile. */
export const late: Fault = {
  name: 'announcements come late, past newer ones',
  holds: 5000,
  begin: stage => mangle(stage, pass => void setTimeout(pass, Math.random() * 3000)),
  end: mend,
}
