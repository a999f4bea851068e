import { liveContract } from './contract.ts'
import { startLive } from './nodes.ts'

/** Short, so that waiting for two of them is. */
const reconcileEvery = 200

liveContract('memory', async () => {
  const live = await startLive({ reconcileEvery })
  return { ground: live.ground, nodes: [live], reconcileEvery, close: live.close }
})
