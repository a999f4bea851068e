import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect } from 'chai'
import { published } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { makeServer, type ServerProcess } from './server-process.ts'
import { openNodeViewer, type Viewer } from './viewers.ts'

const html = (line: string): string => `<!doctype html><title>Report</title><p>${line.repeat(10_000)}`

describe('galley serve, asked to end by SIGTERM', function () {
  this.timeout(120_000)
  let server: ServerProcess
  let token: string
  let viewers: Viewer[]

  before(async () => {
    viewers = []
    server = await makeServer()
    await server.start()
  })
  after(async () => {
    for (const viewer of viewers) await viewer.close()
    await server.close()
  })

  function upload(path: string, body: string) {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/html', 'Content-Length': body.length }
    const sent = request(server.url + path, { method: 'POST', headers, agent: false })
    return { sent, answered: once(sent, 'response') as Promise<[IncomingMessage]> }
  }

  it('N4, C6: answers the publish on its way, and finds its viewers again when it is back', async () => {
    const member = await server.addMember('ann@acme.example')
    token = member.token
    const first = upload('/api/v1/artifacts', html('one'))
    first.sent.end(html('one'))
    const { id, sha256 } = published.parse(await json((await first.answered)[0]))
    for (let n = 0; n < 5; n++) viewers.push(await openNodeViewer(server.url, id, member.cookie))
    for (const viewer of viewers) await viewer.shows({ number: 1, sha256, key: '' }, 15_000)

    const body = html('two')
    const second = upload(`/api/v1/artifacts/${id}/versions`, body)
    await new Promise(resolve => second.sent.write(body.slice(0, 10_000), resolve))
    // What came before this connection was even accepted has been read.
    await fetch(`${server.url}/healthz`)
    const ended = server.end('SIGTERM')
    await new Promise(resolve => setTimeout(resolve, limits.lastRequests / 4))
    second.sent.end(body.slice(10_000))
    const [answer] = await second.answered
    expect(answer.statusCode).to.equal(201)
    const latest = published.parse(await json(answer))
    await ended
    expect(server.process.exitCode).to.equal(0)

    await server.start()
    await Promise.all(viewers.map(viewer => viewer.shows({ number: 2, sha256: latest.sha256, key: '' }, 15_000)))
    expect(viewers.flatMap(({ faults }) => faults)).to.deep.equal([])
    expect(server.complaints()).to.equal('')
  })
})
