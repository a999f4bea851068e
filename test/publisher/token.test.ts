import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { galley } from './console.ts'
import { type Listener, listen } from './listener.ts'

describe('a token', () => {
  let ours: Listener
  let theirs: Listener
  let home: string
  let answer: RequestListener
  beforeEach(async () => {
    answer = (_req, res) =>
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"artifacts":[],"nextCursor":null}')
    ours = await listen((req, res) => answer(req, res))
    theirs = await listen((_req, res) => res.end('{"artifacts":[],"nextCursor":null}'))
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(async () => {
    ours.close()
    theirs.close()
    await rm(home, { recursive: true })
  })

  const list = (args: string[], env: Record<string, string>) =>
    galley(['list', ...args], { env: { HOME: home, ...env } })
  async function save(name: string, value: unknown): Promise<void> {
    await mkdir(dirname(join(home, name)), { recursive: true })
    await writeFile(join(home, name), JSON.stringify(value), { mode: 0o600 })
  }
  const setUser = (url: string) => save('.config/galley/config.json', { url })
  const signIn = (url: string, token: string) =>
    save('.config/galley/credentials.json', {
      [url]: { token, tokenId: 'atok_1', email: 'a@b.example', expiresAt: '2100-01-01T00:00:00Z' },
    })

  it('in the environment goes to the server that GALLEY_URL names beside it, and not to one that --server does', async () => {
    const env = { GALLEY_URL: ours.url, GALLEY_TOKEN: 'ours' }
    expect(await list([], env)).to.include({ code: 0 })
    expect(ours.heard).to.deep.equal(['Bearer ours'])
    expect(await list(['--server', theirs.url], env)).to.deep.equal({
      stdout: '',
      stderr: `GALLEY_TOKEN is set, but for ${ours.url}: set GALLEY_URL=${theirs.url} if it is for that one, or sign in with: galley login ${theirs.url}\n`,
      code: 2,
    })
    expect(theirs.heard).to.deep.equal([])
    await signIn(theirs.url, 'theirs')
    expect(await list(['--server', theirs.url], env)).to.include({ code: 0 })
    expect(theirs.heard).to.deep.equal(['Bearer theirs'])
  })

  it("in the environment without GALLEY_URL is for the server of the user's own file", async () => {
    const env = { GALLEY_TOKEN: 'ours' }
    expect((await list(['--server', theirs.url], env)).stderr).to.match(
      /^GALLEY_TOKEN is set, but not for which server: /,
    )
    await setUser(ours.url)
    expect(await list(['--server', theirs.url], env)).to.include({ code: 2 })
    expect(await list(['--server', ours.url], env)).to.include({ code: 0 })
    expect([ours.heard, theirs.heard]).to.deep.equal([['Bearer ours'], []])
  })

  it("is not led elsewhere by a project's file", async () => {
    await save('galley.json', { url: theirs.url })
    for (const env of [{}, { GALLEY_TOKEN: 'ours' }]) {
      await setUser(ours.url)
      await signIn(ours.url, 'ours')
      expect(await list([], env)).to.include({ code: 2 })
    }
    expect(theirs.heard).to.deep.equal([])
  })

  it('is not led elsewhere by a redirect', async () => {
    answer = (req, res) => res.writeHead(307, { Location: `${theirs.url}${req.url}` }).end()
    const env = { HOME: home, GALLEY_URL: ours.url, GALLEY_TOKEN: 'ours' }
    for (const args of [['list'], ['open'], ['doctor']]) {
      expect(await galley(args, { env }), args[0]).to.include({ code: 1 })
    }
    expect(ours.heard).to.include('Bearer ours')
    expect(theirs.heard).to.deep.equal([])
  })

  it('is asked for on the pages of its server alone: a sign-in that leads elsewhere opens no browser', async () => {
    answer = ({ url }, res) => {
      const about = {
        issuer: ours.url,
        token_endpoint: `${ours.url}/token`,
        device_authorization_endpoint: `${ours.url}/device`,
      }
      const codes = { device_code: 'd', user_code: 'BCDF-GHJK', expires_in: 600, interval: 5 }
      const uris = { verification_uri: `${ours.url}/device`, verification_uri_complete: `${theirs.url}/device` }
      const isAbout = url?.startsWith('/.well-known/')
      res
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(JSON.stringify(isAbout ? about : { ...codes, ...uris }))
    }
    await writeFile(join(home, 'browser'), '#!/bin/sh\ntouch "$HOME/opened"\n')
    await chmod(join(home, 'browser'), 0o755)
    const env = { HOME: home, PATH: process.env.PATH ?? '', BROWSER: join(home, 'browser') }
    const { code, stderr } = await galley(['login', ours.url], { env })
    expect(code).to.equal(1)
    expect(stderr).to.match(/^What answers at http\S+ is not Galley/)
    expect(ours.heard).to.have.length(2)
    expect(theirs.heard).to.deep.equal([])
    expect(await readdir(home)).to.deep.equal(['browser'])
  })
})
