import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { constants } from 'node:os'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { published } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { makeServer, type ServerProcess } from './server-process.ts'

/** As large as a page may be. */
const page = `<!doctype html><title>Large</title>${'<p>a line of it\n'.repeat(limits.pageBytes / 16)}`.slice(
  0,
  limits.pageBytes,
)

describe('galley serve, asked to end while its clients are slow', function () {
  this.timeout(120_000)
  let server: ServerProcess
  let token: string

  beforeEach(async () => {
    server = await makeServer()
    await server.start()
    token = (await server.addMember('ann@acme.example')).token
  })
  afterEach(() => server.close())

  /** A publish of which half has arrived. */
  const halfSent = async () => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/html', 'Content-Length': page.length }
    const sent = request(`${server.url}/api/v1/artifacts`, { method: 'POST', headers, agent: false })
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    await new Promise(resolve => sent.write(page.slice(0, page.length / 2), resolve))
    return { answered, finish: () => void sent.end(page.slice(page.length / 2)) }
  }
  /** Once it takes no new connection. */
  const stopped = async () => {
    while (
      await fetch(`${server.url}/healthz`).then(
        answer => answer.ok,
        () => false,
      )
    )
      await sleep(10)
  }
  const titles = async () => {
    const answer = await fetch(`${server.url}/api/v1/artifacts`, { headers: { Authorization: `Bearer ${token}` } })
    const { artifacts } = (await answer.json()) as { artifacts: { title: string }[] }
    return artifacts.map(({ title }) => title)
  }
  const endsInTime = (ended: Promise<void>) =>
    Promise.race([ended.then(() => 'ended'), sleep(limits.shutdown + 2_000, 'still there', { ref: false })])

  it('takes the rest of 16 MiB that comes in time, and has kept what it then answers', async () => {
    const { answered, finish } = await halfSent()
    const ended = server.end('SIGTERM')
    await stopped()
    finish()
    const [answer] = await answered
    expect(answer.statusCode).to.equal(201)
    expect(answer.headers.connection).to.equal('close')
    expect(published.parse(await json(answer))).to.include({ version: 1 })
    expect(await endsInTime(ended)).to.equal('ended')
    expect(server.process.exitCode).to.equal(0)
    await server.start()
    expect(await titles()).to.deep.equal(['Large'])
  })

  it('cuts what does not come, in time, and keeps no half of it', async () => {
    const { answered } = await halfSent()
    const cut = answered.catch((error: NodeJS.ErrnoException) => error.code)
    expect(await endsInTime(server.end('SIGTERM'))).to.equal('ended')
    expect(await cut).to.equal('ECONNRESET')
    expect(server.process.exitCode).to.equal(0)
    await server.start()
    expect(await titles()).to.deep.equal([])
  })

  it('waits no longer for one who asked for much and does not read it', async () => {
    const first = await halfSent()
    first.finish()
    const { id } = published.parse(await json((await first.answered)[0]))
    const { port, host } = new URL(server.url)
    const reader = connect(Number(port), '127.0.0.1')
      .on('error', () => {})
      .pause()
    reader.write(
      `GET /api/v1/artifacts/${id}/versions/1/page HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await fetch(`${server.url}/healthz`)
    expect(await endsInTime(server.end('SIGTERM'))).to.equal('ended')
    expect(server.process.exitCode).to.equal(0)
    reader.destroy()
  })

  it('waits for nobody when it is asked a second time', async () => {
    const { answered } = await halfSent()
    const cut = answered.catch((error: NodeJS.ErrnoException) => error.code)
    const ended = server.end('SIGTERM')
    await stopped()
    await server.end('SIGTERM')
    await ended
    expect(server.process.exitCode).to.equal(128 + constants.signals.SIGTERM)
    expect(await cut).to.equal('ECONNRESET')
  })
})
