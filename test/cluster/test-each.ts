import type { Fault } from './fault.ts'
import { victims } from './revocations.ts'
import { assemble, type Size, type Stage } from './stage.ts'
import { type Row, trial } from './trial.ts'
import { allRight, promised } from './truth.ts'

/** A test for each, all on one cluster; and the table, whatever came of them. */
export function testEach(faults: readonly Fault[], size: Omit<Size, 'idle'>): void {
  const idle = victims * faults.filter(({ outWithin }) => outWithin !== undefined).length
  const rows: Row[] = []
  let stage: Stage

  before(async () => {
    stage = await assemble({ ...size, idle })
    await stage.load.rest()
    await allRight(stage, stage.audience, Date.now() + promised)
    stage.load.goOn()
  })
  after(async () => {
    console.table(rows)
    await stage?.close()
  })

  for (const fault of faults) {
    it(`keep every publish and take every viewer along: ${fault.name}`, async () => {
      rows.push(await trial(stage, fault))
    })
  }
}
