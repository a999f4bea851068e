import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Memory } from '../../client/publisher/memory.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { type Circumstances, galley } from './console.ts'

describe('galley versions', () => {
  let app: TestApp
  let home: string
  before(async () => {
    app = await startTestApp()
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  after(async () => {
    await app.close()
    await rm(home, { recursive: true })
  })

  const commit = 'abcdef0123456789abcdef0123456789abcdef01'
  const run = (args: string[], circumstances: Circumstances = {}) =>
    galley(['versions', ...args], {
      ...circumstances,
      env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...circumstances.env },
    })
  async function published() {
    const { id, url } = await app.publish('<title>Deploys</title>', { query: 'icon=🚢' })
    const query = new URLSearchParams({
      note: 'Now by team',
      host: 'ci-7',
      tool: 'galley 1.2.3',
      commit: `${commit}-dirty`,
    })
    await app.publish('<title>Deploys</title>2', { to: id, query: query.toString() })
    return { id, url }
  }

  it('prints the history as a table for a person, the newest first, with what is shown', async () => {
    const { url } = await published()
    const { stdout, stderr, code } = await run([url], { columns: 200 })
    expect(code, stderr).to.equal(0)
    expect(stderr).to.equal(`🚢 Deploys · ${url}\n`)
    const [head, ...rows] = stdout.split('\n')
    expect(head).to.match(/^VERSION {3}PUBLISHED {2}BY +SIZE +NOTE +FROM {2}COMMIT +WITH$/)
    expect(rows[0]).to.match(
      /^2, shown {2}just now {3}\S+ +\d+ bytes +Now by team {2}ci-7 {2}abcdef0-dirty {2}galley 1\.2\.3$/,
    )
    expect(rows[1]).to.match(/^1 {9}just now {3}\S+ +\d+ bytes$/)
  })

  it('marks of a pinned page the version that the others see', async () => {
    const { id, url } = await published()
    runOn(app.dataDir, `update artifacts set pinned = 1 where id = '${id}'`)
    const rows = (await run([url], { columns: 200 })).stdout.split('\n')
    expect(rows[1]).to.match(/^2 {2}/)
    expect(rows[2]).to.match(/^1, pinned {2}/)
  })

  it('finds the page by its id, and by the file it was published from', async () => {
    const { id } = await published()
    const path = join(home, 'deploys.html')
    await writeFile(path, '')
    const page = { server: app.url, artifactId: id, title: 'Deploys', version: 2, at: Date.now() }
    await new Memory({ HOME: home }).remember(page, path)
    for (const name of [id, path, 'deploys.html', './deploys.html']) {
      expect((await run([name, '--json'])).stdout, name).to.contain(commit)
    }
  })

  it('prints tab-separated lines into another program, and JSON', async () => {
    const { url } = await published()
    const { stdout } = await run([url])
    const [second, first] = stdout.split('\n').map(line => line.split('\t'))
    expect(second?.slice(0, 2)).to.deep.equal(['2', 'shared'])
    expect(second?.slice(5)).to.deep.equal(['Now by team', 'ci-7', 'galley 1.2.3', `${commit}-dirty`])
    expect(first?.slice(0, 2)).to.deep.equal(['1', ''])
    const json = JSON.parse((await run([url, '--json', '--limit', '1'])).stdout)
    expect(json).to.have.length(1)
    expect(json[0]).to.include({ number: 2, shared: true, note: 'Now by team' })
  })

  it('says what a token for publishing alone may not', async () => {
    const { url } = await published()
    const token = await app.createToken(app.owner.member, { scope: 'publish' })
    const { code, stderr, stdout } = await run([url, '--json'], { env: { GALLEY_TOKEN: token } })
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'insufficient_scope')
  })
})
