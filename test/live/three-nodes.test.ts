import { startPress } from '../../server/render/start-press.ts'
import { openGround } from '../ground.ts'
import { carrier } from './carrier.ts'
import { liveContract } from './contract.ts'
import { startNode } from './nodes.ts'

const reconcileEvery = 200

liveContract('three nodes of one process', async () => {
  const ground = await openGround()
  const press = startPress({ threads: 1 })
  const { adapter } = carrier()
  const start = () => startNode(ground, press, { adapter, reconcileEvery })
  const nodes = [await start(), await start(), await start()]
  return {
    ground,
    nodes,
    reconcileEvery,
    async close() {
      for (const node of nodes) await node.close()
      await press.close()
      await ground.close()
    },
  }
})
