import { all } from './faults/all.ts'
import { testEach } from './test-each.ts'

describe('three nodes, PostgreSQL and Redis behind a proxy, and all that may happen to them', function () {
  this.timeout(300_000)
  testEach(all, { viewers: 500, processes: 2, seed: 1 })
})
