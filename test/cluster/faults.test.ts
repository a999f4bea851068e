import { killedNode, noRedis, nothingWrong } from './faults.ts'
import { assemble, type Stage } from './stage.ts'
import { type Row, trial } from './trial.ts'
import { allRight, promised } from './truth.ts'

describe('three nodes, PostgreSQL and Redis behind a proxy', function () {
  this.timeout(60_000)
  const rows: Row[] = []
  let stage: Stage

  before(async () => {
    stage = await assemble({ viewers: 150, processes: 1, seed: 1 })
    await stage.load.rest()
    await allRight(stage, stage.audience, Date.now() + promised)
    stage.load.goOn()
  })
  after(async () => {
    await stage?.close()
    console.table(rows)
  })

  for (const fault of [nothingWrong, killedNode, noRedis]) {
    it(`keep every publish and take every viewer along: ${fault.name}`, async () => {
      rows.push(await trial(stage, fault))
    })
  }
})
