import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember } from '../../server/core/people.ts'
import { openOffice } from '../../server/operator/office.ts'
import { type Published, published } from '../../shared/api.ts'

const bin = fileURLToPath(new URL('../../bin/galley.ts', import.meta.url))

describe('galley serve, killed', () => {
  let dataDir: string
  let servers: ChildProcess[]
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    servers = []
  })
  afterEach(async () => {
    for (const server of servers) server.kill('SIGKILL')
    await rm(dataDir, { recursive: true })
  })

  async function serve(port: string): Promise<{ process: ChildProcess; url: string }> {
    const env = { PATH: process.env.PATH, GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'error', GALLEY_PORT: port }
    const server = spawn(process.execPath, ['--import', 'tsx', bin, 'serve'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    servers.push(server)
    for await (const line of createInterface(server.stdout)) {
      const url = /^Galley is at (.+)$/.exec(line)?.[1]
      if (url !== undefined) return { process: server, url }
    }
    throw new Error('The server ended before it was ready.')
  }

  async function tokenFor(url: string): Promise<string> {
    const env = { GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'silent', GALLEY_PUBLIC_URL: url }
    const office = await openOffice(env, { make: false })
    try {
      const [org] = await office.world.store.orgs()
      const member = await addMember(office.world, { orgId: org?.id ?? '', email: 'ann@acme.example', role: 'member' })
      const token = { name: 'test', scope: 'full', expiresIn: 3600 } as const
      return await office.identity.accessToken(await createAccessTokenFor(office.world, member, token))
    } finally {
      await office.close()
    }
  }

  it('the moment a publish is acknowledged, has the version afterwards, byte for byte', async () => {
    const first = await serve('0')
    const headers = { Authorization: `Bearer ${await tokenFor(first.url)}`, 'Content-Type': 'text/html' }
    const html = (n: number) =>
      `<!doctype html><title>Kept</title>${`<p>${n} of what must not be lost\n`.repeat(50_000)}`
    const publish = (path: string, body: string) => fetch(first.url + path, { method: 'POST', headers, body })
    const { id }: Published = published.parse(await (await publish('/api/v1/artifacts', html(1))).json())
    // As soon as the status has come, whatever the server would do next: announce it, or answer to the end.
    const { status } = await publish(`/api/v1/artifacts/${id}/versions`, html(2))
    first.process.kill('SIGKILL')
    expect(status).to.equal(201)
    await once(first.process, 'exit')

    const second = await serve(new URL(first.url).port)
    const get = (path: string) => fetch(`${second.url}/api/v1/artifacts/${id}${path}`, { headers })
    expect(await (await get('')).json()).to.deep.include({ latest: 2 })
    for (const n of [1, 2]) expect(await (await get(`/versions/${n}/source`)).text()).to.equal(html(n))
    second.process.kill('SIGTERM')
    await once(second.process, 'exit')
  })
})
