import { killLoop, seedOf } from './kill-loop.ts'

describe('galley serve, killed for minutes', function () {
  this.timeout(3_600_000)
  const seed = seedOf()

  it(`keeps what it acknowledged, nothing half, and takes its viewers along (KILL_SEED=${seed})`, async () => {
    console.table([await killLoop({ seed, publishes: 320, rounds: 48, nodeViewers: 20, say: console.log })])
  })
})
