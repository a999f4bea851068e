import { expect } from 'chai'
import { published } from '../../shared/api.ts'
import { makeServer, type ServerProcess } from './server-process.ts'

describe('galley serve, killed', function () {
  this.timeout(120_000)
  let server: ServerProcess
  before(async () => {
    server = await makeServer()
  })
  after(() => server.close())

  it('the moment a publish is acknowledged, has the version afterwards, byte for byte', async () => {
    await server.start()
    const { token } = await server.addMember('ann@acme.example')
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/html' }
    const html = (n: number) =>
      `<!doctype html><title>Kept</title>${`<p>${n} of what must not be lost\n`.repeat(50_000)}`
    const send = (path: string, body?: string) =>
      fetch(`${server.url}/api/v1/artifacts${path}`, { headers, ...(body && { method: 'POST', body }) })
    const { id } = published.parse(await (await send('', html(1))).json())
    // As soon as the status has come, whatever the server would do next: announce it, or answer to the end.
    const { status } = await send(`/${id}/versions`, html(2))
    const ended = server.end('SIGKILL')
    expect(status).to.equal(201)
    await ended

    await server.start()
    expect(await (await send(`/${id}`)).json()).to.deep.include({ latest: 2 })
    for (const n of [1, 2]) expect(await (await send(`/${id}/versions/${n}/source`)).text()).to.equal(html(n))
    expect(server.complaints()).to.equal('')
  })
})
