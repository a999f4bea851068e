import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { type App, startApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { freePorts } from '../galley-process.ts'
import { sharedPostgres } from '../postgres.ts'
import { type Redis, startRedis } from '../redis.ts'

const most = 10
const quotas = { sizes: { org_publishes: { points: most, window: 60_000 } }, answer: 1_000 }

describe('two nodes, asked by one organisation', function () {
  this.timeout(120_000)
  let redis: Redis
  let first: TestApp
  let second: App
  let ports: readonly [number, number]
  before(async () => {
    redis = await startRedis()
    const settings = {
      DATABASE_URL: await (await sharedPostgres()).createDatabase(),
      REDIS_URL: redis.url,
      GALLEY_LOG_LEVEL: 'silent',
    }
    const own = [await freePorts(), await freePorts()] as const
    first = await startTestApp({ quotas }, { ...settings, ...own[0] })
    second = await startApp(readConfig({ ...settings, ...own[1], GALLEY_PUBLIC_URL: first.url }), { quotas })
    ports = [Number(own[0].GALLEY_PORT), Number(own[1].GALLEY_PORT)]
  })
  after(async () => {
    await second?.close()
    await first?.close()
    await redis?.close()
  })

  /** Both nodes go by the name of the first. */
  const publish = (node: number, token: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = {
        Host: new URL(first.url).host,
        Authorization: `Bearer ${token}`,
        'Content-Type': 'text/html',
      }
      const sent = request(
        { host: '127.0.0.1', port: ports[node], path: '/api/v1/artifacts', method: 'POST', headers },
        answer => text(answer).then(() => resolve(answer.statusCode ?? 0), reject),
      )
      sent.on('error', reject).end('<p>')
    })
  /** So many at once, by one node or by turns. @returns how many were kept; all others were refused as too many */
  const kept = async (times: number, token: string, nodeOf: (n: number) => number = n => n % 2): Promise<number> => {
    const statuses = await Promise.all(Array.from({ length: times }, (_, n) => publish(nodeOf(n), token)))
    expect([...new Set(statuses)].sort()).to.deep.equal([201, 429])
    return statuses.filter(status => status === 201).length
  }
  let orgs = 0
  /** A token of an organisation in which nothing was published. */
  const newOrg = async (): Promise<string> => (await first.addMember('bo@other.example', `Other ${orgs++}`)).token
  const countedInRedis = async (token: string): Promise<string> =>
    redis.cli('GET', `galley:quota:publishes:${decodeJwt(token.replace('galley_', '')).jti}`)
  /** Until both nodes count in Redis. */
  const shared = async (): Promise<void> => {
    for (;;) {
      const token = await first.createToken(first.owner.member)
      await publish(0, token)
      await publish(1, token)
      if ((await countedInRedis(token)) === '2') return
      await sleep(100)
    }
  }

  it('let through as much as one would, and another organisation as before', async () => {
    await shared()
    expect(await kept(3 * most, await newOrg())).to.equal(most)
    expect(await kept(2 * most, await newOrg())).to.equal(most)
  })

  it('each count by themselves while Redis is gone, refuse nobody for that, and count together again', async () => {
    const token = await newOrg()
    await shared()
    await redis.stop('SIGKILL')
    expect([await kept(2 * most, token, () => 0), await kept(2 * most, token, () => 1)]).to.deep.equal([most, most])
    await redis.start()
    await shared()
    expect(await kept(2 * most, await newOrg())).to.equal(most)
  })

  it('answer while Redis stands still', async () => {
    const token = await newOrg()
    await shared()
    redis.freeze()
    try {
      expect([await kept(2 * most, token, () => 0), await kept(2 * most, token, () => 1)]).to.deep.equal([most, most])
    } finally {
      redis.thaw()
    }
    await shared()
  })
})
