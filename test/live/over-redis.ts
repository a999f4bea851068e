import { randomBytes } from 'node:crypto'
import type { Counted, Log } from '../../server/core/ports.ts'
import { openRedis, type Patience, type Redis } from '../../server/live/redis.ts'
import type { RedisAddress } from '../../server/live/redis-connection.ts'
import { openMetrics } from '../../server/metrics/metrics.ts'
import { startPress } from '../../server/render/start-press.ts'
import { eventually } from '../e2e/stage.ts'
import { openGround, silent } from '../ground.ts'
import type { Cluster } from './contract.ts'
import { startNode } from './nodes.ts'

/** One node's way to Redis. */
export interface Way extends Redis {
  /** So far. */
  counted(name: Counted): Promise<number>
}

export interface OverRedis extends Cluster {
  /** Of each node. */
  ways: readonly Way[]
}

export interface OverRedisOptions {
  /** Milliseconds; so long that nothing that a test sees is its doing, unless said otherwise. */
  reconcileEvery?: number
  log?: Log
}

/** Enough for a machine with other things to do, and soon over. Milliseconds. */
export const impatient: Patience = { heartbeat: 100, silence: 1000, answer: 1000 }

/** One node for each address, by which it has its own way to one Redis, or to one cluster. Not before all hear each other. */
export async function startOverRedis(
  addresses: readonly RedisAddress[],
  { reconcileEvery = 600_000, log = silent }: OverRedisOptions = {},
): Promise<OverRedis> {
  const ground = await openGround()
  const press = startPress({ threads: 1 })
  const ways = addresses.map(address => openWay(address, log))
  const nodes = await Promise.all(ways.map(({ adapter }) => startNode(ground, press, { adapter, reconcileEvery })))
  for (const [n, way] of ways.entries()) way.onGap(() => nodes[n]?.gateway.reconcileNow())
  await allUp(ways)
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

export function openWay(address: RedisAddress, log: Log): Way {
  const metrics = openMetrics()
  return {
    ...openRedis(address, { log, random: randomBytes, metrics, patience: impatient }),
    async counted(name) {
      const [, value] = new RegExp(`^galley_${name}_total (\\d+)$`, 'm').exec(await metrics.text()) ?? []
      return Number(value)
    },
  }
}

export const allUp = (ways: readonly Way[]): Promise<void> =>
  eventually(() => {
    if (!ways.every(way => way.isUp())) throw new Error('Redis did not let every node in.')
  }, 15_000)
