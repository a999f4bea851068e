import { fileURLToPath } from 'node:url'
import { atOnce, type Fault, haveRedis, nodeOf } from '../fault.ts'

const program = fileURLToPath(new URL('../other-clock.ts', import.meta.url))

const minute = 60_000

/** Longer than any tolerance there is: order goes by revision alone, and lost access by rows. */
export const apart: Fault = {
  name: 'clocks are 5 minutes ahead, and 5 behind',
  holds: 3000,
  outWithin: atOnce,
  async begin(stage) {
    for (const [n, shift] of [5 * minute, -5 * minute].entries()) {
      const node = nodeOf(stage, n)
      await node.end('SIGTERM')
      await node.start(['--import', 'tsx', program, String(shift)])
    }
    await haveRedis(stage)
  },
  async end(stage) {
    for (const n of [0, 1]) {
      await nodeOf(stage, n).end('SIGTERM')
      await nodeOf(stage, n).start()
    }
  },
}
