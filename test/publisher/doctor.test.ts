import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Finding } from '../../client/publisher/checkup.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { certificate } from './certificate.ts'
import { galley } from './console.ts'

describe('galley doctor', () => {
  let app: TestApp
  let home: string
  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  const doctor = (env: Record<string, string>, args: string[] = []) =>
    galley(['doctor', ...args], { env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...env } })
  async function finding(check: Finding['check'], env: Record<string, string> = {}): Promise<Partial<Finding>> {
    const { stdout, code } = await doctor(env, ['--json'])
    const findings = JSON.parse(stdout) as Finding[]
    expect(code).to.equal(findings.some(({ state }) => state === 'failure') ? 1 : 0)
    return findings.find(each => each.check === check) ?? {}
  }
  /** What it finds of a server that answers so. */
  async function findingAt(url: (port: number) => string, server: Server, check: Finding['check']) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      return await finding(check, { GALLEY_URL: url((server.address() as AddressInfo).port) })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }
  const local = (port: number) => `http://127.0.0.1:${port}`
  const answering =
    (status: number, headers: Record<string, string>, body = '{"status":"ok"}'): RequestListener =>
    (_request, response) =>
      response.writeHead(status, headers).end(body)

  it('says that all is well, line by line', async () => {
    const token = await app.createToken(app.owner.member, { expiresIn: 30 * 86_400 })
    const { stdout, stderr, code } = await doctor({ GALLEY_TOKEN: token, BROWSER: '/bin/true' })
    expect(code, stderr).to.equal(0)
    expect(stderr).to.equal('')
    const lines = stdout.trimEnd().split('\n')
    expect(lines).to.have.length(9)
    for (const line of lines) expect(line).to.match(/^✓ /)
    expect(stdout).to.contain(`✓ ${app.url}, named by GALLEY_URL, answered within `)
    expect(stdout).to.match(/✓ You are olive <olive@acme\.example> of "Acme", with the scope "full", until 20/)
  })

  it('says what to do about what stops publishing, and exits 1', async () => {
    const { stdout, stderr, code } = await doctor({ GALLEY_URL: '', GALLEY_TOKEN: '' })
    expect(code).to.equal(1)
    expect(stdout).to.contain('✗ Say which server: sign in with "galley login https://…", or set GALLEY_URL.\n')
    expect(stderr).to.equal('Publishing does not work from here until what is marked ✗ is put right.\n')
  })

  it('tells apart why a server does not answer', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    expect((await finding('server', { GALLEY_URL: local(port) })).message).to.match(/: nothing listens there\.$/)
    const unknown = await finding('server', { GALLEY_URL: 'https://galley.invalid' })
    expect(unknown.message).to.match(/: the name galley\.invalid is not known here\.$/)
    const untrusted = await findingAt(
      port => `https://localhost:${port}`,
      createTlsServer(certificate, answering(200, {})),
      'server',
    )
    expect(untrusted.message).to.match(/: its certificate is not trusted here \(self-signed certificate\)\.$/)
    expect(untrusted.advice).to.contain('NODE_EXTRA_CA_CERTS')
    const plain = await findingAt(port => `https://localhost:${port}`, createServer(answering(200, {})), 'server')
    expect(plain.message).to.match(/: it does not speak TLS there \([^:]+\)\.$/)
  })

  it('knows a Galley from what else may answer', async () => {
    const other = await finding('server', { GALLEY_URL: app.contentUrls[0] ?? '' })
    expect(other).to.deep.include({ state: 'failure', advice: 'Check the address, and its port.' })
    expect(other.message).to.match(/what answers there is not Galley \(status 404\)\.$/)
    const proxy = createServer(answering(302, { Location: 'https://sso.example/sign-in' }))
    expect((await findingAt(local, proxy, 'server')).message).to.match(/it sends elsewhere, to https:\/\/sso\.example/)
    const broken = createServer(answering(502, {}, 'Bad Gateway'))
    expect((await findingAt(local, broken, 'server')).message).to.match(/it is not well \(status 502\)\.$/)
  })

  it('sees a clock that is wrong', async () => {
    const date = new Date(Date.now() - 600_000).toUTCString()
    const late = await findingAt(local, createServer(answering(200, { Date: date })), 'clock')
    expect(late.state).to.equal('warning')
    expect(late.message).to.match(/^This machine's clock is (?:599|600|601) s ahead of the server's\.$/)
  })

  it('reads the token as the server does', async () => {
    const { member } = app.owner
    const state = async (GALLEY_TOKEN: string) => (await finding('sign-in', { GALLEY_TOKEN })).state
    expect(await state(await app.createToken(member, { scope: 'publish', expiresIn: 30 * 86_400 }))).to.equal('ok')
    expect(await state(await app.createToken(member, { scope: 'publish', expiresIn: 86_400 }))).to.equal('warning')
    expect(await state(await app.createToken(member, { scope: 'read', expiresIn: 30 * 86_400 }))).to.equal('failure')
    expect((await finding('sign-in', { GALLEY_TOKEN: 'galley_x' })).message).to.match(/not made by this server/)
    expect((await finding('sign-in', { GALLEY_TOKEN: '' })).message).to.match(/galley login http:\/\/localhost/)
  })

  it('reads the files as every command does', async () => {
    const config = join(home, '.config', 'galley')
    await mkdir(config, { recursive: true })
    await writeFile(join(config, 'credentials.json'), '{}')
    await chmod(join(config, 'credentials.json'), 0o644)
    expect((await finding('credentials')).message).to.match(/others may read it\. Close it with: chmod 600/)
    await writeFile(join(config, 'config.json'), '{"disableGalley": true}')
    expect((await finding('settings')).message).to.equal(`Publishing is turned off by ${join(config, 'config.json')}.`)
    await writeFile(join(config, 'config.json'), '{')
    expect((await finding('settings')).message).to.match(/config\.json is not JSON/)
  })

  it('says where nothing can be remembered, and that publishing works all the same', async () => {
    await writeFile(join(home, 'file'), '')
    const memory = await finding('memory', { XDG_STATE_HOME: join(home, 'file') })
    expect(memory).to.include({ state: 'warning', advice: 'Until then, name the page that you update with --to.' })
  })
})
