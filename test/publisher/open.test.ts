import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { Memory } from '../../client/publisher/memory.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { galley } from './console.ts'

describe('galley open', () => {
  let app: TestApp
  let home: string
  let browser: string
  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    browser = join(home, 'browser')
    await writeFile(
      browser,
      `#!/bin/sh\nprintf %s "$1" > '${home}/opened.new'\nmv '${home}/opened.new' '${home}/opened'\n`,
    )
    await chmod(browser, 0o755)
  })
  afterEach(() => rm(home, { recursive: true }))

  const open = (args: string[], env: Record<string, string> = {}) =>
    galley(['open', ...args], { env: { HOME: home, PATH: process.env.PATH ?? '', BROWSER: browser, ...env } })
  /** What the browser was started with. */
  async function opened(): Promise<string> {
    for (;;) {
      const url = await readFile(join(home, 'opened'), 'utf8').catch(() => undefined)
      if (url !== undefined) return url
      await setTimeout(10)
    }
  }
  const remember = (id: string, at: number, path?: string) =>
    new Memory({ HOME: home }).remember({ server: app.url, artifactId: id, title: 'T', version: 1, at }, path)
  const one = `cart_${'1'.repeat(22)}`
  const two = `cart_${'2'.repeat(22)}`

  it('opens the page that was published last from here, also with GALLEY_AUTO_OPEN=0', async () => {
    await remember(one, 2)
    await remember(two, 1)
    const url = `${app.url}/a/${one}`
    expect(await open([], { GALLEY_AUTO_OPEN: '0' })).to.deep.equal({
      stdout: `${url}\n`,
      stderr: 'Opened in the browser.\n',
      code: 0,
    })
    expect(await opened()).to.equal(url)
  })

  it('opens a page by its address, its id, or its file', async () => {
    const path = join(home, 'report.html')
    await writeFile(path, '')
    await remember(two, 1, path)
    const GALLEY_URL = app.url
    expect((await open([`https://elsewhere.example/a/${one}`])).stdout).to.equal(`https://elsewhere.example/a/${one}\n`)
    expect((await open([one], { GALLEY_URL })).stdout).to.equal(`${app.url}/a/${one}\n`)
    expect((await open(['report.html'], { GALLEY_URL })).stdout).to.equal(`${app.url}/a/${two}\n`)
  })

  it('asks the server for the newest where nothing was published from here', async () => {
    const env = { GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token }
    expect(await open([], env)).to.include({
      code: 1,
      stderr: `Nothing of yours is published at ${app.url}. Begin with: galley publish report.html\n`,
    })
    const { url } = await app.publish('new')
    expect((await open([], env)).stdout).to.equal(`${url}\n`)
    expect((await open([])).code).to.equal(2)
  })

  it('says when there is no browser to open, and prints the address all the same', async () => {
    await remember(one, 1)
    const url = `${app.url}/a/${one}`
    const sentence = 'No browser could be opened here. This is the address of the page:\n'
    expect(await open([], { BROWSER: '' })).to.deep.equal({ stdout: `${url}\n`, stderr: sentence, code: 0 })
    expect(await open([], { BROWSER: join(home, 'none') })).to.include({ stderr: sentence, code: 0 })
    const json = await open(['--json'], { SSH_CONNECTION: '1' })
    expect(JSON.parse(json.stdout)).to.deep.equal({ url, opened: false })
  })
})
