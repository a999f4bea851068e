import { expect } from 'chai'
import type { World } from '../../server/core/world.ts'
import type { RedisAddress } from '../../server/live/redis-connection.ts'
import { eventually } from '../e2e/stage.ts'
import { signedIn } from '../ground.ts'
import { publish, publishOn, report } from './nodes.ts'
import { type OverRedis, startOverRedis } from './over-redis.ts'
import { join, type Watcher } from './watcher.ts'

/** Two nodes that reconcile when they have reason to, and somebody who watches one page at each. */
export interface RedisStage {
  over: OverRedis
  /** Publishes at the first node. @returns the page's hash */
  publish(line: string): Promise<string>
  /** The same, and nobody is told: whoever shows it has looked into the database. */
  publishUnsaid(line: string): Promise<string>
  /** Until the node's viewer was told of this page last. */
  showsAt(n: 0 | 1, sha256: string): Promise<void>
  /** How often a node has missed Redis. */
  gapsAt(n: 0 | 1): Promise<number>
  /** That the page is as it is, so many times. */
  announceAt(n: 0 | 1, times: number): Promise<void>
  close(): Promise<void>
}

export async function startRedisStage(addresses: readonly [RedisAddress, RedisAddress]): Promise<RedisStage> {
  const over = await startOverRedis(addresses)
  const nodeAt = (n: 0 | 1) => {
    const node = over.nodes[n]
    if (!node) throw new Error('There is no such node.')
    return node
  }
  const { world } = nodeAt(0)
  const ana = await signedIn(over.ground)
  const { id } = await publish(world, ana.actor, report('start'))
  const watchers: Watcher[] = []
  for (const { url } of over.nodes) {
    const watcher = await join(url, { cookie: ana.cookie })
    watchers.push(watcher)
    expect(await watcher.watch(id)).to.include({ ok: true })
  }
  const publishIn = async (where: World, line: string): Promise<string> =>
    (await publishOn(where, ana.actor, id, report(line))).sha256
  return {
    over,
    publish: line => publishIn(world, line),
    publishUnsaid: line => publishIn({ ...world, live: { announce() {} } }, line),
    showsAt: (n, sha256) =>
      eventually(() => {
        const { body } = watchers[n]?.told.at(-1) ?? {}
        expect(body).to.include({ sha256 })
      }, 15_000),
    gapsAt: async n => (await over.ways[n]?.counted('redis_gaps')) ?? 0,
    async announceAt(n, times) {
      const [head] = await over.ground.store.heads([{ orgId: ana.actor.orgId, artifactId: id }])
      if (!head) throw new Error('There is no head.')
      for (let left = times; left > 0; left--) nodeAt(n).gateway.announce({ kind: 'changed', head, seen: true })
    },
    async close() {
      for (const watcher of watchers) watcher.close()
      await over.close()
    },
  }
}
