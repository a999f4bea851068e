import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createClient } from 'redis'
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

describe('a server that stops, and has others beside it', () => {
  it('tells them of what is published last, once its viewers are gone', async () => {
    const redis = await startRedis()
    const database = await (await sharedPostgres()).createDatabase()
    const app = await startTestApp({}, { DATABASE_URL: database, REDIS_URL: redis.url })
    const other = createClient({ url: redis.url })
    const heard: string[] = []
    await other.connect()
    await other.subscribe('{galley}-request#/#', word => void heard.push(word))
    await eventually(async () => {
      expect(await (await app.request('/readyz')).json()).to.include({ status: 'ok' })
    })

    const publishing = request(`${app.url}/api/v1/artifacts`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${app.owner.token}`, 'Content-Type': 'text/html', Expect: '100-continue' },
    })
    const answered = once(publishing, 'response')
    publishing.flushHeaders()
    await once(publishing, 'continue')
    const closing = app.app.close()
    await sleep(500)
    publishing.end('<!doctype html><title>Just in time</title>')
    const [answer] = (await answered) as [IncomingMessage]
    expect(answer.resume().statusCode).to.equal(201)
    await closing
    await eventually(() => {
      expect(heard.filter(word => word.includes('Just in time'))).to.have.length(1)
    })

    other.destroy()
    await app.close()
    await redis.close()
  })
})
