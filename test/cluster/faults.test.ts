import { some } from './faults/all.ts'
import { testEach } from './test-each.ts'

describe('three nodes, PostgreSQL and Redis behind a proxy', function () {
  this.timeout(120_000)
  testEach(some, { viewers: 150, processes: 1, seed: 1 })
})
