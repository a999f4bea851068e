import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { Bodies } from '../../server/http/body.ts'
import { tokenRequest } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { until } from '../live/raw.ts'
import { refusal } from '../refusal.ts'
import { onTheWire, problemOf } from './wire.ts'

describe('bodies that many send at once', () => {
  let app: TestApp
  let open: Socket[]
  beforeEach(async () => {
    app = await startTestApp({ deadlines: { upload: 60_000, json: 1_000 } })
    open = []
  })
  afterEach(async () => {
    hangUp()
    await app.close()
  })

  /** A POST of which only so much is sent. */
  const begin = (path: string, headers: Record<string, string | number>, sent: Uint8Array | string = ''): Socket => {
    const { hostname, port, host } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.on('error', () => {})
    socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    socket.write(sent)
    open.push(socket)
    return socket
  }
  const beginPage = (token: string, sent?: Uint8Array) =>
    begin(
      '/api/v1/artifacts',
      { Authorization: `Bearer ${token}`, 'Content-Type': 'text/html', 'Content-Length': limits.sourceBytes },
      sent,
    )
  const hangUp = () => {
    for (const socket of open) socket.destroy()
  }
  const publish = async (token: string) =>
    app.request('/api/v1/artifacts', { method: 'POST', token, headers: { 'Content-Type': 'text/html' }, body: '<p>' })
  const becomes = async (status: number, token: string): Promise<Response> => {
    for (;;) {
      const answer = await publish(token)
      if (answer.status === status) return answer
      await answer.arrayBuffer()
    }
  }

  it('leave room for other organisations, until the node is full, and are forgotten when they end', async () => {
    const other = await app.addMember('bo@other.example', 'Other')
    const third = await app.addMember('cy@third.example', 'Third')
    const nearly = new Uint8Array(limits.sourceBytes - 1)
    const begun = async (pages: number, token: string) => {
      const sockets = Array.from({ length: pages }, () => beginPage(token, nearly))
      // What the kernel still has of it is far less than half, and the server holds twice what has come.
      await until(() => sockets.every(socket => socket.writableLength === 0))
    }
    await begun(limits.uploadBytesPerOrg / limits.sourceBytes, app.owner.token)
    expect(await problemOf(await becomes(429, app.owner.token))).to.include({ code: 'rate_limited' })
    expect((await publish(other.token)).status).to.equal(201)

    const rest = limits.uploadBudgetBytes - limits.uploadBytesPerOrg
    await begun(rest / limits.sourceBytes, other.token)
    const overloaded = await becomes(503, third.token)
    expect(overloaded.headers.get('Retry-After')).to.equal('5')
    expect(await problemOf(overloaded)).to.include({ code: 'overloaded' })
    expect(await app.signIn(third.member)).to.match(/^__Host-galley=/)

    hangUp()
    await becomes(201, third.token)
    await becomes(201, app.owner.token)
  })

  it('are so many of one organisation at most, however little they hold', async () => {
    const other = await app.addMember('bo@other.example', 'Other')
    for (let n = 0; n < limits.uploadsPerOrg; n++) beginPage(app.owner.token)
    await becomes(429, app.owner.token)
    expect((await publish(other.token)).status).to.equal(201)
  })

  it('stop no publishing when they are JSON, from anybody, and are not waited for long', async () => {
    const json = { 'Content-Type': 'application/json', 'Content-Length': 100 }
    let answers = ''
    for (let n = 0; n < limits.jsonPerCaller + 20; n++) {
      begin('/api/v1/session', json, '{').on('data', chunk => {
        answers += chunk.toString()
      })
    }
    await until(() => answers.includes('"rate_limited"'))
    expect((await publish(app.owner.token)).status).to.equal(201)
    await until(() => answers.includes('"too_slow"'))
    expect(answers).to.contain('within 1 seconds')
  })

  it('are tiny where nobody has signed in yet', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': limits.signInBytes + 1 }
    const answer = await onTheWire(app, '/api/v1/session', { headers }, () => {})
    expect(JSON.parse(answer.body)).to.include({ code: 'body_too_large', limit: limits.signInBytes })
  })
})

describe('a body whose sender has hung up before it is read', () => {
  it('is not waited for', async () => {
    const bodies = new Bodies({ upload: 60_000, json: 60_000 })
    const gone = new Promise<string>(resolve => {
      const server = createServer((req: IncomingMessage, _res: ServerResponse) => {
        req.once('close', () => {
          resolve(refusal('invalid_request', bodies.json(req, '', tokenRequest)))
          server.close()
        })
      })
      server.listen(0, '127.0.0.1', () => {
        const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
        client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
        setTimeout(() => client.destroy(), 20)
      })
    })
    expect(await gone).to.equal('The body ended before it was complete.')
  })
})
