import { expect } from 'chai'
import { implementations } from '../store/implementations.ts'
import { liveThrough } from './year.ts'

describe('retention', function () {
  this.timeout(120_000)
  const seed = Number(process.env.RETENTION_SEED ?? Date.now() % 1_000_000)

  for (const implementation of implementations) {
    it(`deletes exactly what is due, and erases it after its grace, over ${implementation.name} (RETENTION_SEED=${seed})`, async () => {
      const { published, expired, erased } = await liveThrough(implementation, {
        ...{ days: 45, pages: 120, hours: [9.5] },
        seed,
      })
      expect(expired).to.be.greaterThan(published / 4)
      expect(erased).to.be.greaterThan(published / 5)
    })
  }
})
