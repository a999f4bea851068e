import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember } from '../../server/core/people.ts'
import { makeSignInLink } from '../../server/core/sign-in.ts'
import { openOffice } from '../../server/operator/office.ts'
import { artifact, published, versionList } from '../../shared/api.ts'
import type { Have, WatchReply } from '../../shared/events.ts'
import { KiB } from '../../shared/limits.ts'
import { runOn } from '../database-shell.ts'
import { openBrowser, type TestBrowser } from '../e2e/browser.ts'
import { eventually } from '../e2e/stage.ts'
import { freePorts, runGalley, type Serving, serveGalley } from '../galley-process.ts'
import { join } from '../live/watcher.ts'

/** An artifact, and all that was published to it: the first page is version 1. */
interface Kept {
  id: string
  /** Random bytes in each: nothing that compresses. */
  size: number
  pages: string[]
}

describe('a backup taken while everybody publishes, and restored elsewhere', function () {
  this.timeout(120_000)
  let dir: string
  let env: Record<string, string>
  let server: Serving
  let browser: TestBrowser
  let token: string

  before(async () => {
    browser = await openBrowser('chromium')
  })
  after(() => browser.close())

  beforeEach(async () => {
    dir = await mkdtemp(joinPath(tmpdir(), 'galley-test-'))
    env = { ...(await freePorts()), GALLEY_DATA_DIR: joinPath(dir, 'first') }
    server = await serveGalley(env)
  })
  afterEach(async () => {
    await server.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  /** A member, whose token is used from then on. @returns a link that signs them in */
  async function addPublisher(): Promise<string> {
    const office = await openOffice({ ...env, GALLEY_PUBLIC_URL: server.url }, { make: false })
    try {
      const [org] = await office.world.store.orgs()
      const member = await addMember(office.world, { orgId: org?.id ?? '', email: 'ann@acme.example', role: 'member' })
      const wanted = { name: 'test', scope: 'full', expiresIn: 3600 } as const
      token = await office.identity.accessToken(await createAccessTokenFor(office.world, member, wanted))
      return (await makeSignInLink(office.world, member)).url
    } finally {
      await office.close()
    }
  }

  const get = (path: string) => fetch(server.url + path, { headers: { Authorization: `Bearer ${token}` } })

  async function publish(kept: Kept): Promise<void> {
    const number = kept.pages.length + 1
    const html = `<!doctype html><title>Kept</title><h1>This is ${number}</h1><p hidden>${randomBytes(kept.size).toString('base64')}`
    const path = kept.id === '' ? '/api/v1/artifacts' : `/api/v1/artifacts/${kept.id}/versions`
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/html' }
    const answer = await fetch(server.url + path, { method: 'POST', headers, body: html })
    kept.id = published.parse(await answer.json()).id
    kept.pages.push(html)
  }

  async function openIn(page: Page, signInLink: string, id: string): Promise<void> {
    await page.goto(signInLink)
    const button = await page.waitForSelector('#with-link button:enabled')
    await Promise.all([page.waitForNavigation(), button?.click()])
    await page.goto(`${server.url}/a/${id}`)
  }

  async function watch(id: string, have?: Have): Promise<WatchReply> {
    const watcher = await join(server.url, { token })
    try {
      return await watcher.watch(id, have)
    } finally {
      watcher.close()
    }
  }

  function haveOf(reply: WatchReply): Have {
    if (!reply.ok) throw new Error(reply.message)
    const { epoch, rev, shown } = reply.artifact
    return { epoch, rev, number: shown.number, sha256: shown.sha256 }
  }

  const shows = (page: Page, number: number) =>
    eventually(async () => {
      const element = await page.$('iframe[data-state=shown]')
      const heading = await (await element?.contentFrame())?.$eval('h1', h1 => h1.textContent)
      expect(heading).to.equal(`This is ${number}`)
    })

  /** What the restored server has, each artifact of it checked against what was published. @returns latest, by id */
  async function checkAll(kept: readonly Kept[], dataDir: string): Promise<Map<string, number>> {
    const latest = new Map<string, number>()
    for (const { id, pages } of kept) {
      const answer = await get(`/api/v1/artifacts/${id}`)
      if (answer.status === 404) continue
      const shown = artifact.parse(await answer.json())
      const newest = shown.latest ?? 0
      latest.set(id, newest)
      const { versions } = versionList.parse(await (await get(`/api/v1/artifacts/${id}/versions?limit=100`)).json())
      expect(versions.map(({ number }) => number).reverse()).to.deep.equal(pages.slice(0, newest).map((_, i) => i + 1))
      for (const { number, sha256 } of versions) {
        const at = `/api/v1/artifacts/${id}/versions/${number}`
        expect(await (await get(`${at}/source`)).text()).to.equal(pages[number - 1])
        const page = Buffer.from(await (await get(`${at}/page`)).arrayBuffer())
        expect(createHash('sha256').update(page).digest('hex')).to.equal(sha256)
      }
    }
    const unmatched = `select v.id from versions v where
      (select count(*) from audit a where a.version_id = v.id and a.type = 'claude_artifact_published') <> 1`
    expect(runOn(dataDir, unmatched)).to.deep.equal([])
    const unheard = `select id from audit where type = 'claude_artifact_published'
      and version_id not in (select id from versions)`
    expect(runOn(dataDir, unheard)).to.deep.equal([])
    return latest
  }

  it('has of every artifact all versions up to one, and open pages come to show that one', async () => {
    const page = await browser.newPage()
    const link = await addPublisher()
    // The largest are kept in several pieces.
    const kept = [1, 20, 60, 300].map((size): Kept => ({ id: '', size: size * KiB, pages: [] }))
    for (const each of kept) await publish(each)
    const [first] = kept
    if (!first) throw new Error('There is none.')
    await openIn(page, link, first.id)
    await shows(page, 1)

    const file = joinPath(dir, 'backup.galley')
    let backedUp: ReturnType<typeof runGalley> | undefined
    for (let round = 0; round < 25; round++) {
      await Promise.all(kept.map(publish))
      if (round === 4) backedUp = runGalley(['backup', file, '--json'], env)
    }
    const { code, stdout, stderr } = (await backedUp) ?? {}
    expect({ code, stderr: stderr?.split('\n').length }, stderr).to.deep.equal({ code: 0, stderr: 2 })
    await shows(page, 26)
    const late: Kept = { id: '', size: KiB, pages: [] }
    await publish(late)
    const have = new Map<string, Have>()
    for (const { id } of [...kept, late]) have.set(id, haveOf(await watch(id)))

    await server.stop()
    env = { ...env, GALLEY_DATA_DIR: joinPath(dir, 'second') }
    expect(await runGalley(['restore', file], env)).to.include({ code: 0 })
    server = await serveGalley(env)

    const latest = await checkAll(kept, joinPath(dir, 'second'))
    const { artifacts, versions } = JSON.parse(stdout ?? '') as { artifacts: number; versions: number }
    expect(latest.size).to.equal(artifacts)
    expect([...latest.values()].reduce((sum, n) => sum + n)).to.equal(versions)
    for (const n of latest.values()) expect(n).to.be.within(5, 25)
    for (const { id } of kept) {
      const now = haveOf(await watch(id, have.get(id)))
      expect(now.number).to.equal(latest.get(id))
      expect(now.epoch).not.to.equal(have.get(id)?.epoch)
    }
    expect(await watch(late.id, have.get(late.id))).to.include({ ok: false, code: 'not_found' })
    await shows(page, latest.get(first.id) ?? 0)
    await page.browserContext().close()
  })
})
