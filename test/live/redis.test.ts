import { type Redis, type RedisCluster, startRedis, startRedisCluster } from '../redis.ts'
import { liveContract } from './contract.ts'
import { startOverRedis } from './over-redis.ts'

const reconcileEvery = 200

describe('over a real Redis', () => {
  let redis: Redis
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())

  liveContract('Redis', () => {
    const address = { url: redis.url, cluster: false }
    return startOverRedis([address, address, address], { reconcileEvery })
  })
})

describe('over a real Redis Cluster', () => {
  let cluster: RedisCluster
  before(async () => {
    cluster = await startRedisCluster()
  })
  after(() => cluster.close())

  liveContract('Redis Cluster', () =>
    startOverRedis(
      cluster.masters.map(({ url }) => ({ url, cluster: true })),
      { reconcileEvery },
    ),
  )
})
