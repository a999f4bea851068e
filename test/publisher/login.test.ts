import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Me, TokenList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { type Running, run, start } from './terminal-shell.ts'

describe('galley login and logout', function () {
  this.timeout(120_000)
  let app: TestApp
  let cookie: string
  let home: string
  let env: Record<string, string>
  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
  })
  after(() => app.close())
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    env = { HOME: home }
  })
  afterEach(() => rm(home, { recursive: true }))

  const login = (args: string[] = [app.url], more: Record<string, string> = {}) =>
    start(['login', ...args], { cwd: home, env: { ...env, ...more } })
  const codeOf = async (running: Running): Promise<string> => {
    await running.until(/Waiting until/)
    return /^Your code: (\S+)$/m.exec(running.said)?.[1] ?? ''
  }
  const decide = async (running: Running, approve: boolean, as = cookie) => {
    const json = { userCode: await codeOf(running), approve }
    const answer = await app.request('/api/v1/device/decision', { method: 'POST', json, cookie: as })
    expect(answer.status).to.equal(204)
  }
  const signIn = async (args?: string[]) => {
    const running = login(args)
    await decide(running, true)
    return running.ended
  }
  /** As after a sign-in, which takes as long as a device waits between two questions. */
  const alreadySignedIn = async (server = app.url): Promise<string> => {
    const token = await app.createToken(app.owner.member)
    const { tokenId, member, expiresAt } = (await (await whoami(token)).json()) as Me
    const credential = { token, tokenId, email: member.email, expiresAt }
    await mkdir(file(''), { recursive: true })
    await writeFile(file('credentials.json'), JSON.stringify({ [server]: credential }), { mode: 0o600 })
    return token
  }
  const file = (name: string) => join(home, '.config/galley', name)
  const kept = async (): Promise<Record<string, { token: string; tokenId: string; email: string }>> =>
    JSON.parse(await readFile(file('credentials.json'), 'utf8').catch(() => '{}'))
  const tokens = async (): Promise<string[]> => {
    const { tokens } = (await (await app.request('/api/v1/tokens', { cookie })).json()) as TokenList
    return tokens.filter(({ name }) => name !== 'test').map(({ id }) => id)
  }
  const whoami = (token = '') => app.request('/api/v1/me', { token })

  it('shows a code, waits for its approval, and then publishing works without saying where', async () => {
    const running = login()
    const code = await codeOf(running)
    expect(running.said).to.equal(
      `Your code: ${code}\nApprove it at ${app.url}/device?code=${code}\n` +
        'Open that address in any browser, on this or another device, and check that it shows the same code.\n' +
        `Waiting until it is approved, for ${limits.deviceCode / 60_000} minutes at most …\n`,
    )
    await decide(running, true)
    const ended = await running.ended
    expect(ended).to.include({ code: 0, stdout: '' })
    const until = new Date(Date.now() + limits.loginToken).toISOString().slice(0, 10)
    expect(ended.stderr.split('\n').at(-2)).to.equal(
      `Signed in to ${app.url} as olive <olive@acme.example> until ${until}.`,
    )
    expect((await stat(file('credentials.json'))).mode & 0o777).to.equal(0o600)
    expect(JSON.parse(await readFile(file('config.json'), 'utf8'))).to.deep.equal({ url: app.url })

    const published = await run(['publish', '-', '--type', 'md', '--yes'], { cwd: home, env, stdin: '# Hello' })
    expect(published.code).to.equal(0)
    expect(published.stdout).to.match(new RegExp(`^${app.url}/a/`))
  })

  it('opens the browser at the code, which shows who asks as the audit log has it', async () => {
    const opened = join(home, 'opened')
    const browser = join(home, 'browser')
    await writeFile(browser, `#!/bin/sh\necho "$1" > ${opened}\n`)
    await chmod(browser, 0o755)
    const running = login([app.url], { BROWSER: browser, GALLEY_AUTO_OPEN: '1' })
    const code = await codeOf(running)
    expect(running.said).to.contain('A browser was opened there.')
    await decide(running, false)
    await running.ended
    expect(await readFile(opened, 'utf8')).to.equal(`${app.url}/device?code=${code}\n`)
    const [{ details } = {}] = runOn(app.dataDir, `select details from audit where type = 'galley_device_denied'`)
    expect(JSON.parse(String(details)).deviceUserAgent).to.match(/^galley\/\d+\.\d+\.\d+$/)
  })

  it('a second time brings a new token in place of the first, which is revoked', async () => {
    const first = await alreadySignedIn()
    expect((await signIn()).code).to.equal(0)
    const second = (await kept())[app.url]?.token
    expect(second).not.to.equal(first)
    expect((await whoami(first)).status).to.equal(401)
    expect(((await (await whoami(second)).json()) as Me).member.email).to.equal('olive@acme.example')
  })

  it('keeps the tokens of several servers, and which one is meant from the first', async () => {
    const other = await startTestApp()
    try {
      const theirs = await other.signIn(other.owner.member)
      await alreadySignedIn()
      await writeFile(file('config.json'), JSON.stringify({ url: app.url, autoOpen: false }))
      const running = login([other.url, '--json'])
      const json = { userCode: await codeOf(running), approve: true }
      await other.request('/api/v1/device/decision', { method: 'POST', json, cookie: theirs })
      const { stdout } = await running.ended
      const answer = JSON.parse(stdout)
      expect(answer).to.include({ server: other.url, email: 'olive@acme.example' })
      expect(Date.parse(answer.expiresAt)).to.be.greaterThan(Date.now())
      expect(stdout).to.equal(`${JSON.stringify(answer)}\n`)
      expect(Object.keys(await kept())).to.have.members([app.url, other.url])
      const settings = JSON.parse(await readFile(file('config.json'), 'utf8'))
      expect(settings).to.deep.equal({ url: app.url, autoOpen: false })
    } finally {
      await other.close()
    }
  })

  it("is not led to a stranger's server for good by a project's file", async () => {
    await writeFile(join(home, 'galley.json'), JSON.stringify({ url: app.url }))
    expect((await signIn([])).code).to.equal(0)
    expect(await readdir(join(home, '.config/galley'))).to.deep.equal(['credentials.json'])
  })

  it('says what to do when it was denied', async () => {
    const running = login()
    await decide(running, false)
    expect(await running.ended).to.include({ code: 1, stdout: '' })
    expect(running.said).to.match(/denied in the browser: nothing was kept\. To begin anew: galley login http/)
    expect(await readdir(home)).to.deep.equal([])
  })

  it('says what to do when nobody approved in time', async () => {
    const running = login([app.url, '--json'])
    const userCode = (await codeOf(running)).replace('-', '')
    runOn(app.dataDir, `update device_grants set expires_at = ${Date.now()} where user_code = '${userCode}'`)
    expect((await running.ended).code).to.equal(1)
    const { error } = JSON.parse(running.said.trim().split('\n').at(-1) ?? '')
    expect(error.message).to.match(/^Nobody approved this in time: .* galley login http/)
  })

  it('ends at once on Ctrl-C while it waits, and keeps nothing', async () => {
    const running = login()
    await codeOf(running)
    running.interrupt()
    expect(await running.ended).to.include({ code: 1, stdout: '' })
    expect(running.said).to.match(/\nInterrupted: nothing was kept\.\n$/)
    expect(await readdir(home)).to.deep.equal([])
  })

  it('outlives a network that is gone for a while', async () => {
    const running = login()
    await codeOf(running)
    await app.app.close()
    await running.until(/could not be reached: .* Still waiting, and trying again …\n/)
    await app.restart()
    await decide(running, true)
    expect((await running.ended).code).to.equal(0)
    expect(running.said.match(/Still waiting/g)).to.have.length(1)
  })

  it('revokes the token that it cannot keep', async () => {
    const before = await tokens()
    const running = login()
    await codeOf(running)
    await mkdir(join(home, '.config'))
    await writeFile(join(home, '.config/galley'), 'a file where the folder belongs')
    await decide(running, true)
    expect((await running.ended).code).to.equal(1)
    expect(running.said).to.match(
      /could not be kept in .*credentials\.json; it was revoked\. .* is no folder, or within none\. /,
    )
    expect(running.said).to.match(/sign in again with: galley login http\S+\n$/)
    expect(await tokens()).to.deep.equal(before)
  })

  it('says which servers could be meant, and which cannot', async () => {
    const said = async (args: string[], more: Record<string, string> = {}) => {
      const { code, stderr } = await login(args, more).ended
      return `${code}: ${stderr}`
    }
    expect(await said([])).to.match(/^2: Say which server: .*galley login https:/)
    expect(await said(['example.com'])).to.match(/^2: The server is no URL: example\.com/)
    expect(await said(['http://example.com'])).to.match(/^2: The server must be https:/)
    expect(await said([app.url, '--server', 'https://example.com'])).to.match(/^2: Two servers are named/)
    expect(await said(['http://localhost:1'])).to.match(
      /^1: http:\/\/localhost:1 could not be reached: .*galley doctor/,
    )
    expect(await said([app.contentUrls[0] ?? ''])).to.match(/^1: What answers at http\S+ is not Galley \(status 404\)/)
    const byNumber = app.url.replace('localhost', '127.0.0.1')
    expect(await said([byNumber])).to.equal(
      `1: ${byNumber} leads to ${app.url}. If that is the right one: galley login ${app.url}\n`,
    )
  })

  it('is signed out: the token is void there and gone here, and a second time says so', async () => {
    const token = await alreadySignedIn()
    const out = await run(['logout', app.url, '--json'], { cwd: home, env })
    expect(out.code).to.equal(0)
    expect(JSON.parse(out.stdout)).to.deep.equal({ server: app.url, email: 'olive@acme.example' })
    expect(await kept()).to.deep.equal({})
    expect((await whoami(token)).status).to.equal(401)
    const again = await run(['logout', app.url], { cwd: home, env: { ...env, GALLEY_TOKEN: 'x' } })
    expect(again).to.include({ code: 0, stdout: '' })
    expect(again.stderr).to.equal(
      `You are not signed in to ${app.url}.\nGALLEY_TOKEN is set, and stays: take it out of your environment yourself.\n`,
    )
  })

  it('is signed out here also when the server is out of reach, and told what that leaves', async () => {
    const gone = 'http://localhost:1'
    await alreadySignedIn(gone)
    const out = await run(['logout', gone], { cwd: home, env })
    expect(out.code).to.equal(0)
    expect(out.stderr).to.match(
      /stays good until \d{4}-\d\d-\d\d, unless it is revoked there: DELETE http.*atok_\w+\n$/,
    )
    expect(await kept()).to.deep.equal({})
  })
})
