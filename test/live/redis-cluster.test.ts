import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Redis, type RedisCluster, startRedisCluster } from '../redis.ts'
import { liveContract } from './contract.ts'
import { allUp, impatient, startOverRedis } from './over-redis.ts'
import { type RedisStage, startRedisStage } from './redis-stage.ts'

describe('over a real Redis Cluster', () => {
  let cluster: RedisCluster
  before(async () => {
    cluster = await startRedisCluster()
  })
  after(() => cluster.close())

  liveContract('Redis Cluster', () =>
    startOverRedis(
      cluster.masters.map(({ url }) => ({ url, cluster: true })),
      { reconcileEvery: 200 },
    ),
  )

  it('is open to a user who may do no more than is needed', async () => {
    const commands = ['spublish', 'ssubscribe', 'cluster|slots', 'eval', 'incrby'].map(name => `+${name}`)
    for (const master of cluster.masters) {
      await master.cli('ACL', 'SETUSER', 'galley', 'on', '>secret', '~galley:*', '&{galley}*', ...commands)
    }
    const over = await startOverRedis([{ url: cluster.url.replace('//', '//galley:secret@'), cluster: true }])
    const script = `return redis.call('incrby', KEYS[1], 1)`
    expect(await over.ways[0]?.commands.eval(script, { keys: ['galley:quota:x'], arguments: [] })).to.equal(1)
    await over.close()
  })

  describe('that changes', () => {
    let stage: RedisStage
    beforeEach(async () => {
      const [one, other] = cluster.masters.map(({ url }) => ({ url, cluster: true }))
      if (!one || !other) throw new Error('The cluster has too few nodes.')
      stage = await startRedisStage([one, other])
    })
    afterEach(() => stage.close())

    /** The one with the channels, and another. */
    async function masters(): Promise<{ slot: string; from: Redis; to: Redis }> {
      const slot = await cluster.masters[0]?.cli('CLUSTER', 'KEYSLOT', '{galley}')
      const [from] = await having(['SHARDNUMSUB', '{galley}#/#'], cluster.masters)
      const to = cluster.masters.find(master => master !== from)
      if (!slot || !from || !to) throw new Error('Nobody listens.')
      return { slot, from, to }
    }
    async function having(question: string[], among: readonly Redis[]): Promise<Redis[]> {
      const listeners = await Promise.all(among.map(master => master.cli('PUBSUB', ...question)))
      return among.filter((_, n) => Number(listeners[n]?.split('\n')[1]) > 0)
    }

    async function works(): Promise<void> {
      await allUp(stage.over.ways)
      const next = await stage.publish('as ever')
      await stage.showsAt(0, next)
      await stage.showsAt(1, next)
    }

    it('N9: show what is kept as soon as another master has the channels', async () => {
      const { slot, from, to } = await masters()
      const idOf = (master: Redis) => master.cli('CLUSTER', 'MYID')
      await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from))
      await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to))
      const last = await stage.publishUnsaid('and nobody said so')
      const owner = await idOf(to)
      for (const master of [to, from, ...cluster.masters]) await master.cli('CLUSTER', 'SETSLOT', slot, 'NODE', owner)
      await stage.showsAt(1, last)
      expect(await stage.gapsAt(1)).to.be.at.least(1)
      await works()
      expect(await having(['SHARDNUMSUB', '{galley}#/#'], cluster.masters)).to.deep.equal([to])
    })

    it('N9: publish while the master with the channels is dead, and show what is kept as soon as it is back', async () => {
      const { from } = await masters()
      await from.stop('SIGKILL')
      await stage.publish('while it fails')
      await sleep(1.5 * impatient.silence)
      const last = await stage.publishUnsaid('and nobody said so')
      await from.start()
      await stage.showsAt(1, last)
      await works()
    })

    it('go on when another master dies', async () => {
      const { to } = await masters()
      await to.stop('SIGKILL')
      const next = await stage.publish('as ever')
      await stage.showsAt(1, next)
      await to.start()
      await works()
    })

    it('do nothing with their viewers, however they are asked to by way of Redis', async () => {
      const { from } = await masters()
      const opts = { rooms: [], except: [], flags: {} }
      const packet = { type: 2, nsp: '/', data: ['revoked', { artifactId: 'all', code: 'not_signed_in' }] }
      // As the adapter numbers it: broadcasting, joining, leaving, disconnecting, their cookies.
      for (const type of [3, 4, 5, 6, 7]) {
        const data = { requestId: 'x', opts, rooms: ['x'], close: true, packet }
        await from.cli('SPUBLISH', '{galley}#/#', JSON.stringify({ type, uid: 'x', nsp: '/', data }))
      }
      await works()
    })

    it('take no notice of what makes no sense', async () => {
      const { from } = await masters()
      const said = [
        'null',
        '{',
        '{}',
        '{"type":9,"uid":"x","nsp":"/"}',
        '{"type":9,"uid":"x","nsp":"/","data":{"packet":["announced",5]}}',
        '{"type":9,"uid":"x","nsp":"/","data":{"packet":["connection",{"data":{}}]}}',
        '{"type":3,"uid":"x","nsp":"/","data":{}}',
        '{"type":10,"data":7}',
        '\u0093\u0001',
      ]
      for (const message of said) await from.cli('SPUBLISH', '{galley}#/#', message)
      await works()
      expect(await stage.gapsAt(1)).to.equal(0)
    })
  })
})
