import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import type { CreatedToken, Published } from '../../shared/api.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { sight } from '../e2e/sight.ts'
import { eventually, shownFrame } from '../e2e/stage.ts'
import { ThreePeople, tableOf, threePeople } from '../e2e/three-people.ts'
import { runGalley } from '../galley-process.ts'
import { ask } from './ask.ts'
import { startTeam, type Team } from './team.ts'

/** Sooner than a node compares its rooms with the database by itself: it was told. Milliseconds. */
const told = limits.reconcile / 2

describe('Galley as a team runs it: behind nginx, with HTTPS, on two domains', function () {
  this.timeout(240_000)
  let team: Team
  let people: ThreePeople
  let ana: Page
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    team = await startTeam()
    await team.provider.knows(threePeople)
    people = await ThreePeople.meet(team.url, { env: team.home })
    ana = people.pages.ana
  })
  after(async () => {
    await people?.close()
    await team?.close()
    await rm(dir, { recursive: true })
  })

  const api = (path: string, options: Parameters<typeof ask>[2] = {}) =>
    ask(`${team.url}/api/v1${path}`, team.authority, options)
  /** As Ana's browser would, signed in. */
  const inBrowser = (path: string, method: string, body?: object): Promise<unknown> =>
    ana.evaluate(
      async (path, method, body) => {
        const headers = { 'Content-Type': 'application/json' }
        const answer = await fetch(path, { method, ...(body && { headers, body: JSON.stringify(body) }) })
        return answer.status === 204 ? undefined : answer.json()
      },
      `/api/v1${path}`,
      method,
      body,
    )
  const sees = async (page: Page, wanted: string, timeout = 20_000): Promise<void> => {
    const source = `(${sight})() === ${JSON.stringify(wanted)}`
    await page.waitForFunction(source, { polling: 20, timeout }).catch(async () => {
      throw new Error(`"${wanted}" was not seen, but "${await page.evaluate(sight)}".`)
    })
  }
  /** The environment of the command on Ana's machine. */
  async function signedIn(): Promise<Record<string, string>> {
    const asked = { name: 'laptop', scope: 'full', expiresIn: 3600 }
    const { token } = (await inBrowser('/tokens', 'POST', asked)) as CreatedToken
    return { GALLEY_URL: team.url, GALLEY_TOKEN: token }
  }
  async function publish(html: string): Promise<Published> {
    // The command publishes a file that it knows as its page's next version.
    const file = join(await mkdtemp(join(dir, 'page-')), 'page.html')
    await writeFile(file, html)
    const { code, stdout, stderr } = await team.galley(['publish', file, '--yes', '--json'], await signedIn())
    expect(code, stderr).to.equal(0)
    return JSON.parse(stdout)
  }

  it('three people see what they are let see after each step, and nothing else', async () => {
    await people.walk()
    console.log(tableOf(people.seen))
  })

  it('compliance tooling may name all its organisations, and is answered in its own shapes', async () => {
    const uuids = Array.from({ length: limits.complianceOrgs }, () => crypto.randomUUID())
    const search = new URLSearchParams(uuids.map(uuid => ['organization_ids[]', uuid]))
    const { status, body } = await ask(`${team.url}/v1/compliance/code/artifacts?${search}`, team.authority)
    expect(status).to.equal(401)
    expect(body).to.match(
      /^\{"type":"error","error":\{"type":"authentication_error",.*"request_id":"req_[0-9a-f]{32}"\}$/,
    )
  })

  it('a session is a cookie for HTTPS and this host alone, and browsers come back by HTTPS', async () => {
    const cookies = await ana.browserContext().cookies()
    const [session] = cookies.filter(({ name }) => name === '__Host-galley')
    expect(session).to.include({ domain: new URL(team.url).hostname, path: '/', secure: true, httpOnly: true })
    expect(cookies.filter(({ domain }) => domain.includes('galley-pages'))).to.deep.equal([])
    const screen = await ask(`${team.url}/sign-in`, team.authority)
    expect(screen.headers['strict-transport-security']).to.equal('max-age=31536000')
    const plain = await ask(`http://${new URL(team.url).hostname}:${team.httpPort}/a/x?y`, team.authority)
    expect(plain).to.deep.include({ status: 301, body: plain.body })
    expect(plain.headers.location).to.equal(`${team.url}/a/x?y`)
  })

  it('the pages’ hosts serve the frame, and never redirect', async () => {
    for (const origin of team.contentUrls) {
      const frame = await ask(`${origin}/frame`, team.authority)
      expect(frame.status).to.equal(200)
      expect(frame.headers['content-security-policy']).to.contain(`frame-ancestors ${team.url};`)
      expect(frame.headers).to.not.have.property('set-cookie')
      for (const path of ['/', '/a/x', '/sign-in', '/api/v1/me', '//app.galley.test/', '/frame/']) {
        expect((await ask(origin + path, team.authority)).status, path).to.equal(404)
      }
    }
    for (const host of [team.url, ...team.contentUrls]) {
      const named = { servername: new URL(host).hostname, headers: { Host: 'other.example' } }
      const refused = await ask(`${host}/`, team.authority, named).catch(error => error)
      expect(refused).to.be.an('error').with.property('code', 'ECONNRESET')
    }
    const unknown = await ask(team.url, team.authority, { servername: 'other.example' }).catch(error => error)
    expect(unknown.message).to.contain('unrecognized name')
  })

  it('a page copies from its sandbox, and its links are asked about', async () => {
    const { url } = await publish(
      `<title>Links</title><textarea></textarea><button
        onclick="navigator.clipboard.writeText('from the frame').then(() => { this.textContent = 'Copied' })">Copy</button>
      <a href="https://example.com/a?b">out</a>`,
    )
    await ana.goto(url)
    await sees(ana, 'version 1')
    const frame = await shownFrame(ana)
    expect(new URL(frame.url()).origin).to.be.oneOf([...team.contentUrls])
    await frame.click('button')
    await frame.waitForFunction(() => document.querySelector('button')?.textContent === 'Copied')
    await frame.click('textarea')
    await ana.keyboard.down('Control')
    await ana.keyboard.press('KeyV', { commands: ['Paste'] })
    await ana.keyboard.up('Control')
    await frame.waitForFunction(() => document.querySelector('textarea')?.value === 'from the frame')
    await frame.click('a')
    await ana.waitForSelector('dialog[open] .target')
    expect(await ana.$eval('.target', target => target.textContent)).to.equal('example.com')
    await ana.keyboard.press('Escape')
  })

  it('as large a page as there may be passes in place, and a larger one is refused by Galley, in words', async () => {
    const env = await signedIn()
    const { id, url } = await publish('<title>Large</title><h1>small</h1>')
    await ana.goto(url)
    await sees(ana, 'version 1')
    const file = join(dir, 'large.html')
    const start = '<title>Large</title><h1>large</h1><!--'
    // Noise, so that neither compression nor a delta makes it small.
    const filled = start + randomBytes(12 * MiB).toString('base64')
    await writeFile(file, `${filled.slice(0, 16 * MiB - 8_192)}-->`)
    const sent = await team.galley(['publish', file, '--to', url], env)
    expect(sent.code, sent.stderr).to.equal(0)
    await sees(ana, 'version 2', 60_000)
    await eventually(async () => {
      expect(await (await shownFrame(ana)).$eval('h1', h1 => h1.textContent)).to.equal('large')
    })
    const headers = { Authorization: `Bearer ${env.GALLEY_TOKEN}`, 'Content-Type': 'text/html' }
    const refused = await api(`/artifacts/${id}/versions`, { method: 'POST', headers, body: filled })
    expect(refused.status).to.equal(413)
    expect(JSON.parse(refused.body)).to.include({ code: 'page_too_large' })
  })

  it('a caller’s address is the one that nginx saw, whatever the caller says', async () => {
    const from = { localAddress: '127.0.0.7', headers: { 'X-Forwarded-For': '203.0.113.9' } }
    const body = new URLSearchParams({ client_id: 'galley', scope: 'full', device_name: 'laptop' }).toString()
    const headers = { ...from.headers, 'Content-Type': 'application/x-www-form-urlencoded' }
    const asked = await api('/device/authorize', { ...from, method: 'POST', headers, body })
    const userCode = JSON.parse(asked.body).user_code
    expect(await inBrowser('/device/preview', 'POST', { userCode })).to.include({ ip: '127.0.0.7' })
  })

  it('the gallery is live, and whoever signs out in one tab is out in all', async () => {
    await ana.goto(team.url)
    await ana.waitForSelector('.state.live')
    const { id } = await publish('<title>New in the gallery</title><p>one')
    await ana.waitForSelector(`[data-id="${id}"]`, { timeout: told })
    const other = await ana.browserContext().newPage()
    await other.goto(`${team.url}/a/${id}`)
    await sees(other, 'version 1')
    const out = sees(other, 'You are signed out', told)
    await inBrowser('/session', 'DELETE')
    await out
    expect(await other.$$('iframe')).to.have.length(0)
  })

  it('the server complains of nothing', () => {
    expect(team.server.said()).to.equal('')
  })

  const refusals: [why: string, change: Record<string, string>, says: RegExp][] = [
    [
      'pages on the app’s own site',
      { GALLEY_CONTENT_URLS: 'https://pages.galley.test' },
      /^.*GALLEY_CONTENT_URLS https:\/\/pages\.galley\.test is on the same site as the app \(galley\.test\)/m,
    ],
    ['plain HTTP', { GALLEY_PUBLIC_URL: 'http://app.galley.test' }, /^.*GALLEY_PUBLIC_URL must be https/m],
    [
      'pages without HTTPS',
      { GALLEY_CONTENT_URLS: 'http://a.galley-pages.test' },
      /^.*GALLEY_CONTENT_URLS http:\/\/a\.galley-pages\.test must be https/m,
    ],
    ['no host for the pages', { GALLEY_CONTENT_URLS: '' }, /^.*GALLEY_CONTENT_URLS is needed/m],
  ]
  for (const [why, change, says] of refusals) {
    it(`it does not start with ${why}, and says why`, async () => {
      const { code, stdout, stderr } = await runGalley(['serve'], { ...team.env, ...change })
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' })
      expect(stderr).to.match(says)
    })
  }
})
