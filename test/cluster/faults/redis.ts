import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessTokenFor } from '../../../server/core/access-tokens.ts'
import { atOnce, byReconcile, type Fault, onEach } from '../fault.ts'
import type { Person } from '../people.ts'
import type { RedisWay } from '../redis-way.ts'
import { allOut, openLive, seatsOnEach } from '../revocations.ts'
import type { Stage } from '../stage.ts'
import type { Seat } from '../viewer.ts'

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
      await sleep(300)
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

/** Milliseconds. */
const lifetime = 10_000

/** No node need be told of it by another. */
export function expiring(): Fault {
  let seats: readonly Seat[] = []
  return {
    name: 'access tokens end while Redis is away',
    holds: 0,
    async begin(stage) {
      const { cluster, members, busy } = stage
      const token = await cluster.beside(async ({ world, identity }) => {
        const [{ member }] = members as [Person]
        const wanted = { name: 'test', scope: 'full', expiresIn: lifetime / 1000 } as const
        const row = await createAccessTokenFor(world, member, wanted)
        return { text: await identity.accessToken(row), at: row.expiresAt }
      })
      seats = seatsOnEach(stage, busy, { token: token.text })
      await openLive(stage, seats)
      await cluster.redis.stop('SIGKILL')
      await sleep(token.at - Date.now())
      await allOut(stage, [{ what: 'expired', byCommand: false, seats, at: token.at }], byReconcile)
    },
    async end({ cluster, viewers }) {
      await viewers.close(seats.map(({ key }) => key))
      await cluster.redis.start()
    },
  }
}
