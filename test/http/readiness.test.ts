import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../e2e/stage.ts'
import { type Postgres, startPostgres } from '../postgres.ts'
import { type Redis, startRedis } from '../redis.ts'
import { parseMetrics } from './scrape.ts'
import { problemOf } from './wire.ts'

const token = 'token-of-the-tests-for-metrics'

describe('/readyz', () => {
  it('says that nothing is missing where nothing is needed', async () => {
    const app = await startTestApp()
    try {
      const answer = await app.request('/readyz')
      expect([answer.status, await answer.json()]).to.deep.equal([200, { status: 'ok', missing: [] }])
    } finally {
      await app.close()
    }
  })

  describe('of one node of several', function () {
    this.timeout(120_000)
    let postgres: Postgres
    let redis: Redis
    let app: TestApp

    before(async () => {
      ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
      const settings = {
        DATABASE_URL: await postgres.createDatabase(),
        REDIS_URL: redis.url,
        GALLEY_METRICS_TOKEN: token,
      }
      app = await startTestApp({}, settings)
    })
    after(async () => {
      await app.close()
      await redis.close()
      await postgres.close()
    })

    const saysOf = async (missing: string[]) => {
      const answer = await app.request('/readyz')
      const status = missing.length > 0 ? 'degraded' : 'ok'
      expect([answer.status, await answer.json()]).to.deep.equal([200, { status, missing }])
    }
    const queries = async () => {
      const { values } = parseMetrics(await (await app.request('/metrics', { token })).text())
      return values.get('galley_store_query_seconds_count') ?? 0
    }

    it('misses Redis, and is ready all the same', async () => {
      await eventually(() => saysOf([]))
      await redis.stop()
      await eventually(() => saysOf(['redis']))
      await app.publish('<!doctype html><p>All the same')
      await redis.start()
      await eventually(() => saysOf([]))
    })

    it('is not ready while PostgreSQL stands still, and says so in time; however many ask, it is asked once', async () => {
      const before = await queries()
      postgres.freeze()
      try {
        const probes = Array.from({ length: 60 }, () => app.request('/readyz'))
        const late = sleep(3 * limits.storeProbe, undefined, { ref: false })
        const answers = await Promise.race([Promise.all(probes), late])
        expect(answers, 'not in time').to.have.length(60)
        for (const answer of answers ?? []) {
          expect(answer.headers.get('Retry-After')).to.equal('5')
          expect(await problemOf(answer)).to.deep.include({ status: 503, code: 'overloaded', missing: ['store'] })
        }
        expect((await app.request('/healthz')).status).to.equal(200)
      } finally {
        postgres.thaw()
      }
      await eventually(() => saysOf([]), 30_000)
      // The probes', a few of reconcile's and the readiness since.
      expect((await queries()) - before).to.be.lessThan(30)
    })

    it('is not ready while PostgreSQL is gone, and is again when that is back', async () => {
      await postgres.stop()
      expect(await problemOf(await app.request('/readyz'))).to.deep.include({ status: 503, missing: ['store'] })
      await postgres.start()
      await eventually(() => saysOf([]))
    })
  })
})
