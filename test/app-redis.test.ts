import { expect } from 'chai'
import { startTestApp, type TestApp } from './app.ts'
import { eventually } from './e2e/stage.ts'
import { sharedPostgres } from './postgres.ts'
import { type Redis, startRedis } from './redis.ts'

describe('a server whose Redis is away', () => {
  let redis: Redis
  let app: TestApp

  before(async () => {
    redis = await startRedis()
    await redis.stop()
    const database = await (await sharedPostgres()).createDatabase()
    app = await startTestApp({}, { DATABASE_URL: database, REDIS_URL: redis.url })
  })
  after(async () => {
    await app.close()
    await redis.close()
  })

  const readiness = async () => (await app.request('/readyz')).json()

  it('starts, says that it lacks something, and publishes; and lacks nothing when Redis is there', async () => {
    expect(await readiness()).to.deep.equal({ status: 'degraded', missing: ['redis'] })
    const { id } = await app.publish('<p>one</p>')
    await redis.start()
    await eventually(async () => {
      expect(await readiness()).to.deep.equal({ status: 'ok', missing: [] })
    })
    expect(await app.publish('<p>two</p>', { to: id })).to.include({ version: 2 })
  })

  it('publishes and stops as ever when Redis stands still', async () => {
    redis.freeze()
    expect(await app.publish('<p>three</p>')).to.include({ version: 1 })
    await app.app.close()
  })
})
