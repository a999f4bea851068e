import { atOnce, byReconcile, type Fault, onEach } from '../fault.ts'
import type { RedisWay } from '../redis-way.ts'
import type { Stage } from '../stage.ts'

/** What happens to Redis, and to the nodes' ways there. While they hear nothing of each other, reconcile does their work. */

const ways = (stage: Stage, order: (way: RedisWay) => unknown): Promise<void> =>
  onEach(stage, ({ toRedis }) => order(toRedis))

const mend = (stage: Stage): Promise<void> => ways(stage, way => way.mend())

export const killed: Fault = {
  name: 'Redis is killed, and starts again',
  holds: 4000,
  outWithin: byReconcile,
  begin: ({ cluster }) => cluster.redis.stop('SIGKILL'),
  end: ({ cluster }) => cluster.redis.start(),
}

export const restarted: Fault = {
  name: 'Redis is restarted, twice',
  holds: 1000,
  async begin({ cluster: { redis } }) {
    for (let n = 0; n < 2; n++) {
      await redis.stop()
      await redis.start()
    }
  },
}

export const frozen: Fault = {
  name: 'Redis stands still',
  holds: 6000,
  outWithin: byReconcile,
  begin: async ({ cluster }) => cluster.redis.freeze(),
  end: async ({ cluster }) => cluster.redis.thaw(),
}

/** By an operator, or by Redis itself: all at once, and those that only listen apart. */
export const clientsKilled: Fault = {
  name: 'CLIENT KILL',
  holds: 2000,
  async begin({ cluster: { redis } }) {
    for (const type of ['pubsub', 'normal']) await redis.cli('CLIENT', 'KILL', 'TYPE', type)
  },
}

export const reset: Fault = {
  name: 'connections to Redis are reset, again and again',
  holds: 1000,
  async begin(stage) {
    for (let n = 0; n < 5; n++) {
      await ways(stage, ({ link }) => link.reset())
      await new Promise(resolve => setTimeout(resolve, 300))
    }
  },
}

export const deaf: Fault = {
  name: 'what Redis tells the nodes is lost, and nobody says so',
  holds: 6000,
  outWithin: byReconcile,
  begin: stage => ways(stage, way => way.swallow('hearing')),
  end: mend,
}

export const mute: Fault = {
  name: 'what the nodes tell Redis is lost, and nobody says so',
  holds: 6000,
  outWithin: byReconcile,
  begin: stage => ways(stage, way => way.swallow('publishing')),
  end: mend,
}

export const slow: Fault = {
  name: 'Redis is 2 s away',
  holds: 6000,
  outWithin: byReconcile,
  begin: stage => ways(stage, ({ link }) => link.delay(1000)),
  end: mend,
}

export const flushed: Fault = {
  name: 'FLUSHALL',
  holds: 1000,
  outWithin: atOnce,
  begin: ({ cluster }) => cluster.redis.cli('FLUSHALL'),
}

/** Redis cuts who does not keep up: here, whoever is behind by more than a few announcements. */
export const overflowing: Fault = {
  name: 'Redis cuts the nodes for what waits to be read (client-output-buffer-limit)',
  holds: 5000,
  async begin(stage) {
    await stage.cluster.redis.cli('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 4096 0 0')
    await ways(stage, ({ link }) => link.hold('down'))
  },
  async end(stage) {
    await stage.cluster.redis.cli('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 33554432 8388608 60')
    await mend(stage)
  },
}
