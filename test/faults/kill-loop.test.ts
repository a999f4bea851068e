import { killLoop, seedOf } from './kill-loop.ts'

describe('galley serve, killed again and again', function () {
  this.timeout(120_000)
  const seed = seedOf()

  it(`keeps what it acknowledged, nothing half, and takes its viewers along (KILL_SEED=${seed})`, async () => {
    console.table([await killLoop({ seed, publishes: 18, rounds: 3, nodeViewers: 20 })])
  })
})
