import { implementations } from '../store/implementations.ts'
import { liveThrough } from './year.ts'

describe('retention, for a year and of ten thousand pages', function () {
  this.timeout(4 * 3_600_000)
  const seed = Number(process.env.RETENTION_SEED ?? Date.now() % 1_000_000)

  for (const implementation of implementations) {
    it(`deletes exactly what is due, and erases it after its grace, over ${implementation.name} (RETENTION_SEED=${seed})`, async () => {
      console.table([await liveThrough(implementation, { days: 365, pages: 10_000, hours: [9.5], seed })])
    })
  }
})
