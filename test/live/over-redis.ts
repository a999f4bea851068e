import type { Log } from '../../server/core/ports.ts'
import { openRedis, type Patience, type Redis } from '../../server/live/redis.ts'
import type { RedisAddress } from '../../server/live/redis-connection.ts'
import { openMetrics, type Registered } from '../../server/metrics/metrics.ts'
import { startPress } from '../../server/render/start-press.ts'
import { eventually } from '../e2e/stage.ts'
import { openGround, silent } from '../ground.ts'
import type { Cluster } from './contract.ts'
import { startNode } from './nodes.ts'

/** One node's way to Redis, and what it counts. */
export interface Way extends Redis {
  metrics: Registered
}

export interface OverRedis extends Cluster {
  /** Of each node. */
  ways: readonly Way[]
}

export interface OverRedisOptions {
  /** Milliseconds; so long that nothing that a test sees is its doing, unless said otherwise. */
  reconcileEvery?: number
  patience?: Patience
  log?: Log
}

/** One node for each address, by which it has its own way to one Redis, or to one cluster. Not before all hear each other. */
export async function startOverRedis(
  addresses: readonly RedisAddress[],
  { reconcileEvery = 600_000, patience, log = silent }: OverRedisOptions = {},
): Promise<OverRedis> {
  const ground = await openGround()
  const press = startPress({ threads: 1 })
  const ways = addresses.map(address => {
    const metrics = openMetrics()
    const options = { log, random: ground.random, metrics, ...(patience && { patience }) }
    return { ...openRedis(address, options), metrics }
  })
  const nodes = await Promise.all(ways.map(({ adapter }) => startNode(ground, press, { adapter, reconcileEvery })))
  await eventually(async () => {
    if (!ways.every(way => way.isUp())) throw new Error('Redis did not let every node in.')
  }, 10_000)
  return {
    ground,
    nodes,
    ways,
    reconcileEvery,
    async close() {
      for (const node of nodes) await node.close()
      for (const way of ways) await way.close()
      await press.close()
      await ground.close()
    },
  }
}
