import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { startApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { limits } from '../shared/limits.ts'
import { startTestApp, type TestApp } from './app.ts'
import { join as enter } from './live/watcher.ts'

describe('starting and stopping', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const config = (env: Record<string, string> = {}) =>
    readConfig({ GALLEY_PORT: '0', GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'silent', ...env })

  it('the first start gives the owner a sign-in link, until the owner has signed in', async () => {
    const first = await startApp(config())
    expect(first.ownerLink).to.match(new RegExp(`^${first.url}/sign-in#[\\w-]{43}$`))
    await first.close()
    const second = await startApp(config())
    const secret = new URL(second.ownerLink ?? '').hash.slice(1)
    const headers = { 'Content-Type': 'application/json' }
    const signedIn = await fetch(`${second.url}/api/v1/session`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ secret }),
    })
    expect(signedIn.status).to.equal(204)
    await second.close()
    const third = await startApp(config())
    expect(third.ownerLink).to.equal(undefined)
    await third.close()
  })

  it('what was published before is there afterwards, tokens included', async () => {
    const app = await startTestApp()
    try {
      const { id, sha256 } = await app.publish('<!doctype html><title>Kept</title>')
      await app.restart()
      const answer = await app.request(`/api/v1/artifacts/${id}/versions/1`, { token: app.owner.token })
      expect(await answer.json()).to.include({ sha256 })
    } finally {
      await app.close()
    }
  })

  it('a taken port is a sentence, and nothing stays open', async () => {
    const app = await startApp(config())
    const { port } = new URL(app.url)
    const taken = await startApp(config({ GALLEY_PORT: port, GALLEY_DATA_DIR: join(dataDir, 'another') })).catch(
      (error: Error) => error.message,
    )
    expect(taken).to.equal(
      `Port ${port} of 127.0.0.1 is taken: another Galley, or another program, listens there. Set GALLEY_PORT to a free one.`,
    )
    await app.close()
  })

  it('waits for nobody who sends half of a head, goes on with a refused body, or keeps a connection', async () => {
    const app = await startTestApp()
    const { port, host } = new URL(app.url)
    const begun = [
      'GET /heal',
      `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /healthz HTTP/1.1\r\n`,
      `POST /api/v1/artifacts HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nhalf of`,
    ]
    const sockets = begun.map(text => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {}).write(text)
      return socket
    })
    // The first gets no answer; by then it has arrived.
    await Promise.all(sockets.slice(1).map(socket => once(socket, 'data')))
    // That it waited would take all of limits.lastRequests.
    const late = sleep(limits.lastRequests / 2, 'late', { ref: false })
    expect(await Promise.race([app.app.close(), late])).to.equal(undefined)
    for (const socket of sockets) socket.destroy()
    await app.close()
  })

  it('answers what is under way before it stops, and closes once', async () => {
    const app = await startTestApp()
    const headers = {
      Authorization: `Bearer ${app.owner.token}`,
      'Content-Type': 'text/html',
      Expect: '100-continue',
    }
    const publishing = request(`${app.url}/api/v1/artifacts`, { method: 'POST', headers })
    const answered = once(publishing, 'response')
    publishing.flushHeaders()
    await once(publishing, 'continue')
    const closing = app.app.close()
    expect(app.app.close()).to.equal(closing)
    publishing.end('<!doctype html><p>Just in time')
    const [answer] = (await answered) as [IncomingMessage]
    expect(answer.statusCode).to.equal(201)
    answer.resume()
    await closing
    expect(await app.request('/healthz').catch(() => 'refused')).to.equal('refused')
    await app.close()
  })

  describe('asked to stop, with a notice for what balances load', () => {
    let app: TestApp
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    beforeEach(async () => {
      app = await startTestApp({}, { GALLEY_DRAIN_NOTICE: '1' })
    })
    afterEach(() => app.close())

    const ask = async (path: string) => {
      const [answer] = (await once(get(app.url + path, { agent }), 'response')) as [IncomingMessage]
      return { status: answer.statusCode, connection: answer.headers.connection, body: await text(answer) }
    }

    it('says at once that it is not ready, serves on until the notice is over, and then nobody', async () => {
      expect(await ask('/readyz')).to.include({ status: 200, connection: 'keep-alive' })
      const closing = app.app.close()
      const refused = await ask('/readyz')
      expect(refused).to.include({ status: 503, connection: 'close' })
      expect(JSON.parse(refused.body)).to.include({ code: 'overloaded', detail: 'This node is stopping.' })
      expect(await ask('/healthz')).to.include({ status: 200, connection: 'close' })
      await app.publish('<!doctype html><p>In between')
      await closing
      expect(await app.request('/healthz').catch(() => 'refused')).to.equal('refused')
    })

    it('lets viewers in meanwhile, and lets them go afterwards', async () => {
      const { id } = await app.publish('<!doctype html><p>Watched')
      const closing = app.app.close()
      const viewer = await enter(app.url, { token: app.owner.token })
      expect(await viewer.watch(id)).to.include({ ok: true })
      expect((await viewer.heard(1))[0]?.name).to.equal('drain')
      viewer.close()
      await closing
    })
  })

  it('makes what it still answers the last on its connection', async () => {
    const app = await startTestApp()
    const { port, host } = new URL(app.url)
    const socket = connect(Number(port), '127.0.0.1')
    const said = text(socket)
    const head = `POST /api/v1/artifacts HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${app.owner.token}\r\n`
    socket.write(`${head}Content-Type: text/html\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n`)
    await once(socket, 'readable')
    const closing = app.app.close()
    socket.write('<!doctype html><p>Just in time')
    expect(await said).to.match(/^HTTP\/1.1 100 .*HTTP\/1.1 201 .*^Connection: close\r$/ms)
    await closing
    await app.close()
  })
})
