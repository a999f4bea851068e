import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { createClient, createCluster } from 'redis'
import type { Quotas } from '../../server/core/ports.ts'
import { openLog } from '../../server/log/log.ts'
import { openQuotas, type QuotaOptions } from '../../server/quota/quotas.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { until } from '../live/raw.ts'
import { type Redis, startRedis, startRedisCluster } from '../redis.ts'
import { refusal } from '../refusal.ts'

const minute = 60_000
const log = openLog('silent')
let now = 0
const clock = { now: () => now }

const open = (options: Partial<QuotaOptions> = {}): Quotas =>
  openQuotas({ clock, log, sizes: { requests: { points: 10, window: minute } }, answer: 5_000, ...options })

/** @returns how many of so many at once were let through */
async function passed(times: number, take: (n: number) => Promise<void>): Promise<number> {
  const outcomes = await Promise.allSettled(Array.from({ length: times }, (_, n) => take(n)))
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof GalleyError)) throw outcome.reason
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length
}

let sets = 0
/** Nobody has taken anything for it. */
const fresh = (): string => `tok_${sets++}`

describe('the quotas of a node that is alone', () => {
  it('let through what there is in a window, of each key by itself', async () => {
    const quotas = open()
    expect(await passed(25, () => quotas.take('requests', 'a'))).to.equal(10)
    expect(await passed(25, () => quotas.take('requests', 'b'))).to.equal(10)
    await quotas.take('publishes', 'a')
  })

  it('say when there is some again, and then there is', async () => {
    const quotas = open({ sizes: { requests: { points: 1, window: 300 } } })
    await quotas.take('requests', 'a')
    const refused = await quotas.take('requests', 'a').catch((error: unknown) => error)
    expect(refused).to.have.nested.property('facts.retryAfter', 1)
    await sleep(320)
    await quotas.take('requests', 'a')
  })

  it('say beforehand what would be refused, and take nothing for that', async () => {
    const quotas = open()
    for (let i = 0; i < 20; i++) await quotas.check('requests', 'a', 10)
    await refusal('rate_limited', quotas.check('requests', 'a', 11))
    await quotas.take('requests', 'a', 9)
    await quotas.check('requests', 'a')
    await refusal('rate_limited', quotas.check('requests', 'a', 2))
    await quotas.take('requests', 'a')
    await refusal('rate_limited', quotas.check('requests', 'a'))
  })

  it('say how they stand to who tells callers, also when it is too much', async () => {
    const { refused: first, ...standing } = await open().count('requests', 'a')
    expect(standing).to.deep.equal({ points: 10, left: 9, endsAt: now + minute })
    expect(first).to.equal(undefined)
    const quotas = open()
    await quotas.take('requests', 'b', 10)
    const { left, endsAt, refused } = await quotas.count('requests', 'b')
    expect(left).to.equal(0)
    expect(endsAt).to.be.within(now + 1, now + minute)
    expect(refused).to.include({ code: 'rate_limited' })
    await refusal('rate_limited', quotas.take('requests', 'b'))
  })

  it('remember those who came last, and of no more than so many', async () => {
    const quotas = open({ sizes: { failed_proofs: { points: 1, window: minute } } })
    const addresses = Array.from({ length: limits.quotaKeys + 1 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
    for (const address of addresses) await quotas.take('failed_proofs', address)
    await refusal('rate_limited', quotas.take('failed_proofs', addresses[1] ?? ''))
    await quotas.take('failed_proofs', addresses[0] ?? '')
  })
})

describe('the quotas that nodes share', () => {
  let redis: Redis
  let clients: ReturnType<typeof connected>[]
  let nodes: Quotas[]
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())

  const connected = () =>
    createClient({ url: redis.url, disableOfflineQueue: true, socket: { reconnectStrategy: 20 } }).on('error', () => {})

  beforeEach(async () => {
    clients = [connected(), connected()]
    await Promise.all(clients.map(client => client.connect()))
    nodes = clients.map(client => open({ redis: client }))
  })
  afterEach(() => {
    for (const client of clients) client.destroy()
  })

  const takeOn = (n: number, key: string): Promise<void> => (nodes[n % 2] ?? open()).take('requests', key)
  const passedOf = (times: number, key: string) => passed(times, n => takeOn(n, key))
  const passedByEach = async (times: number, key: string) => [
    await passed(times, () => takeOn(0, key)),
    await passed(times, () => takeOn(1, key)),
  ]

  it('never let through more than there is, however many come at once and to whom, nor less', async () => {
    const points = fc.integer({ min: 1, max: 4 })
    const takes = fc.array(fc.record({ node: fc.nat(1), key: fc.constantFrom('a', 'b'), points }), { maxLength: 40 })
    const holds = async (takes: readonly { node: number; key: string; points: number }[]) => {
      const set = fresh()
      const outcomes = await Promise.allSettled(
        takes.map(({ node, key, points }) => nodes[node]?.take('requests', set + key, points)),
      )
      for (const each of ['a', 'b']) {
        const sum = (those: typeof takes) => those.reduce((sum, { points }) => sum + points, 0)
        const total = sum(takes.filter(({ key }) => key === each))
        const taken = sum(takes.filter(({ key }, n) => key === each && outcomes[n]?.status === 'fulfilled'))
        expect(taken).to.be.at.most(10)
        if (total <= 10) expect(taken).to.equal(total)
        else expect(taken).to.be.above(10 - 4)
      }
    }
    await fc.assert(fc.asyncProperty(takes, holds), { numRuns: 50 })
  })

  it('are gone for one, and not for another', async () => {
    expect(await passedOf(30, 'org_a')).to.equal(10)
    await refusal('rate_limited', nodes[0]?.check('requests', 'org_a') ?? Promise.resolve())
    expect(await passedOf(10, 'org_b')).to.equal(10)
  })

  it('end with their window, on all nodes', async () => {
    const short = clients.map(client => open({ redis: client, sizes: { requests: { points: 1, window: 1_000 } } }))
    const key = fresh()
    const take = (n: number) => short[n]?.take('requests', key) ?? Promise.resolve()
    await take(0)
    await refusal('rate_limited', take(1))
    while ((await redis.cli('EXISTS', `galley:quota:requests:${key}`)) === '1') await sleep(20)
    await take(1)
    await refusal('rate_limited', take(0))
  })

  it('are counted by each node while Redis is gone, and together again once it is back', async () => {
    const key = fresh()
    expect(await passedOf(7, key)).to.equal(7)
    await redis.stop('SIGKILL')
    expect(await passedByEach(15, key), 'Redis is gone').to.deep.equal([10, 10])
    await redis.start()
    await until(() => clients.every(({ isReady }) => isReady))
    now += limits.quotaRest
    expect(await passedOf(30, key), 'Redis is back, and remembers nothing').to.equal(10)
  })

  it('are waited for once, and not again for a while, when Redis stands still', async () => {
    nodes = clients.map(client => open({ redis: client, answer: 50 }))
    const key = fresh()
    expect(await passedOf(2, key)).to.equal(2)
    redis.freeze()
    try {
      expect(await passedByEach(15, key)).to.deep.equal([10, 10])
      for (let i = 0; i < 1_000; i++) await takeOn(i, fresh())
      now += limits.quotaRest
      await refusal('rate_limited', takeOn(0, key))
    } finally {
      redis.thaw()
    }
    await redis.cli('FLUSHALL')
    nodes = clients.map(client => open({ redis: client }))
    expect(await passedOf(30, key)).to.equal(10)
  })

  it('hold also where Redis does not take writes', async () => {
    const key = fresh()
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
    try {
      expect(await passedByEach(15, key)).to.deep.equal([10, 10])
    } finally {
      await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
    }
  })
})

describe('the quotas that nodes share through a Redis Cluster', function () {
  this.timeout(120_000)

  it('are shared just so, whichever of its nodes has a key', async () => {
    const cluster = await startRedisCluster()
    const clients = [1, 2].map(() => createCluster({ rootNodes: [{ url: cluster.url }] }).on('error', () => {}))
    try {
      await Promise.all(clients.map(client => client.connect()))
      const nodes = clients.map(client => open({ redis: client }))
      for (const key of Array.from({ length: 12 }, fresh)) {
        const take = (n: number) => nodes[n % 2]?.take('requests', key) ?? Promise.resolve()
        expect(await passed(30, take)).to.equal(10)
      }
    } finally {
      for (const client of clients) client.destroy()
      await cluster.close()
    }
  })
})
