import { expect } from 'chai'
import { implementations } from '../store/implementations.ts'
import { type Much, withMuch } from './much.ts'

describe('20,000 rows of the audit log', function () {
  this.timeout(120_000)

  for (const implementation of implementations) {
    it(`are exported in the memory that a tenth of them takes, over ${implementation.name}`, async () => {
      const most: number[] = []
      for (const count of [2_000, 20_000]) {
        const much: Much = await withMuch(implementation, count)
        try {
          // As many rows altogether: a process that has done much has more memory than one that has just begun.
          for (let rest = 20_000; rest > 0; rest -= count) {
            const { rows, most: exporting } = await much.export('jsonl')
            expect(rows).to.be.greaterThan(0.9 * count)
            most.push(Math.max(exporting, (await much.export('csv')).most, await much.stall(100)))
          }
        } finally {
          await much.close()
        }
      }
      const many = most.pop() ?? 0
      const few = Math.max(...most)
      expect(many).to.be.below(few + 64)
    })
  }
})
