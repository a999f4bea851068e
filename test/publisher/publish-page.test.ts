import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Version } from '../../shared/api.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Circumstances, galley } from './console.ts'

describe('the page that a file is published as', () => {
  let app: TestApp
  let home: string
  before(async () => {
    app = await startTestApp()
  })
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(() => rm(home, { recursive: true }))
  after(() => app.close())

  const publish = (args: string[], { env = {}, ...circumstances }: Circumstances = {}) =>
    galley(['publish', ...args], {
      cwd: home,
      ...circumstances,
      env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...env },
    })
  const save = (content: string, name = 'report.html') => writeFile(join(home, name), content)
  const history = async (url: string, token = app.owner.token): Promise<Version[]> => {
    const path = `/api/v1/artifacts/${url.trim().split('/').at(-1)}/versions`
    return ((await (await app.request(path, { token })).json()) as { versions: Version[] }).versions
  }
  const mine = async (): Promise<number> => {
    const answer = await app.request('/api/v1/artifacts?scope=mine&limit=100', { token: app.owner.token })
    return ((await answer.json()) as { artifacts: [] }).artifacts.length
  }

  it('is asked for once, by its title, and never again', async () => {
    await save('<title>Deploy \u001b[31m  failures</title>')
    const asked = await publish(['report.html'], { columns: 80, typed: 'y\n' })
    expect(asked.stderr).to.contain(
      `Publish "Deploy [31m failures" (report.html) to a private page on ${new URL(app.url).host}? (y/N) `,
    )
    expect(asked).to.include({ code: 0 })
    await save('<title>Two</title>')
    const again = await publish(['report.html'])
    expect(again).to.include({ code: 0, stdout: asked.stdout, stderr: 'Published version 2.\n' })
  })

  it('is not made when the answer is no, Enter or nothing', async () => {
    const before = await mine()
    await save('<h2>Failures of May</h2>')
    for (const typed of ['n\n', '\n', 'x\n', '']) {
      const { code, stdout, stderr } = await publish(['report.html'], { columns: 80, typed })
      expect([code, stdout]).to.deep.equal([1, ''])
      expect(stderr).to.match(/Publish "Failures of May" \(report\.html\)[\s\S]*\nNothing was published\.\n$/)
    }
    expect(await mine()).to.equal(before)
  })

  it('is not made without a terminal, but with --yes', async () => {
    const before = await mine()
    await save('<p>')
    const refused = await publish(['report.html'])
    expect(refused).to.include({ code: 2, stdout: '' })
    expect(refused.stderr).to.match(/^This makes a new page, and nobody is here to be asked\. Say --yes/)
    expect(await publish(['-', '--type', 'md'], { typed: 'y\n' })).to.include({ code: 2 })
    expect(await mine()).to.equal(before)
    expect(await publish(['report.html', '--yes'])).to.include({ code: 0 })
  })

  it('is what --to says, from then on, and with --new another one', async () => {
    await save('one')
    const first = await publish(['report.html', '--yes'])
    const other = await app.publish('other')
    await save('two')
    const moved = await publish(['report.html', '--to', other.id])
    expect(moved).to.include({ stdout: `${other.url}\n`, stderr: 'Published version 2.\n' })
    await save('three')
    expect(await publish(['report.html'])).to.include({ stdout: `${other.url}\n`, stderr: 'Published version 3.\n' })
    const fresh = await publish(['report.html', '--new', '--yes'])
    expect([first.stdout, moved.stdout]).not.to.include(fresh.stdout)
    await save('four')
    expect((await publish(['report.html'])).stdout).to.equal(fresh.stdout)
    expect(await publish(['report.html', '--new', '--to', other.id])).to.include({ code: 2, stdout: '' })
  })

  it('is the same from another folder, and another one on another server', async () => {
    await save('one')
    const { stdout } = await publish(['report.html', '--yes'])
    await save('two')
    expect((await publish([join(home, 'report.html')], { cwd: '/' })).stdout).to.equal(stdout)
    const elsewhere = await startTestApp()
    const env = { GALLEY_URL: elsewhere.url, GALLEY_TOKEN: elsewhere.owner.token }
    expect(await publish(['report.html'], { env })).to.include({ code: 2 })
    await elsewhere.close()
  })

  it('is not made anew when it is gone, but says so', async () => {
    await save('one')
    const { stdout } = await publish(['report.html', '--yes'])
    const path = `/api/v1/artifacts/${stdout.trim().split('/').at(-1)}`
    await app.request(path, { method: 'DELETE', token: app.owner.token })
    const before = await mine()
    const gone = await publish(['report.html', '--yes'])
    expect(gone).to.include({ code: 1, stdout: '' })
    expect(gone.stderr).to.contain(`is gone, or you may no longer see it: ${stdout}`).and.to.contain('--new')
    const told = await publish(['report.html', '--yes', '--json'])
    expect(JSON.parse(told.stderr).error).to.include({ code: 'not_found', url: stdout.trim() })
    expect(await mine()).to.equal(before)
  })

  it("is not published over somebody's, after a restored backup has given a number twice", async () => {
    const other = await startTestApp()
    const env = { GALLEY_URL: other.url, GALLEY_TOKEN: other.owner.token }
    await save('one')
    const url = (await publish(['report.html', '--yes'], { env })).stdout.trim()
    const saved = join(home, 'saved')
    await other.app.close()
    await cp(other.dataDir, saved, { recursive: true })
    await other.restart()
    await save('two')
    expect(await publish(['report.html'], { env })).to.include({ code: 0, stderr: 'Published version 2.\n' })
    await other.app.close()
    await rm(other.dataDir, { recursive: true })
    await cp(saved, other.dataDir, { recursive: true })
    await other.restart()
    await other.publish('theirs', { to: url.split('/').at(-1) ?? '' })
    await save('three')
    expect((await publish(['report.html', '--dry-run'], { env })).stdout).to.contain('It would be refused')
    const { error } = JSON.parse((await publish(['report.html', '--json'], { env })).stderr)
    expect(error).to.include({ code: 'version_conflict', current: 2 })
    expect(await publish(['report.html', '--force'], { env })).to.include({ code: 0, stderr: 'Published version 3.\n' })
    await other.close()
  })

  describe('when somebody else has published meanwhile', () => {
    let url: string
    beforeEach(async () => {
      await save('one')
      url = (await publish(['report.html', '--yes'])).stdout.trim()
      await app.publish('theirs', { to: url.split('/').at(-1) ?? '' })
      await save('mine')
    })

    it('is left alone, and it is said which version is there, by whom and since when', async () => {
      const { code, stdout, stderr } = await publish(['report.html'])
      expect([code, stdout]).to.deep.equal([1, ''])
      expect(stderr).to.match(/^Version 2 was published by \S+ <olive@acme\.example>, just now; .* is version 1\.\n/)
      expect(stderr).to.contain(`Look at it: ${url}\n`).and.to.contain('--force')
      const { error } = JSON.parse((await publish(['report.html', '--json'])).stderr)
      expect(error).to.include({ code: 'version_conflict', current: 2, url, by: 'olive@acme.example' })
      expect(await history(url)).to.have.length(2)
    })

    it('is published over with --force, and goes on from there', async () => {
      expect(await publish(['report.html', '--force'])).to.include({ code: 0, stderr: 'Published version 3.\n' })
      await save('more')
      expect(await publish(['report.html'])).to.include({ code: 0, stderr: 'Published version 4.\n' })
    })

    it('is guarded with --to as well, for whoever has published it from here', async () => {
      expect(await publish(['-', '--type', 'html', '--to', url], { typed: 'piped' })).to.include({ code: 1 })
      const stranger = await mkdtemp(join(tmpdir(), 'galley-test-'))
      const options = { typed: 'piped', env: { HOME: stranger } }
      expect(await publish(['-', '--type', 'html', '--to', url], options)).to.include({ code: 0 })
      await rm(stranger, { recursive: true })
    })

    it('is told without names to a token that may not read the history', async () => {
      const GALLEY_TOKEN = await app.createToken(app.owner.member, { scope: 'publish' })
      const { stderr } = await publish(['report.html'], { env: { GALLEY_TOKEN } })
      expect(stderr).to.match(/^Version 2 was published; what you published last/)
    })
  })

  it('is published all the same where it cannot be remembered, and that is said', async () => {
    await save('one')
    const state = join(home, 'file')
    await writeFile(state, '')
    const { code, stdout, stderr } = await publish(['report.html', '--yes'], { env: { XDG_STATE_HOME: state } })
    expect(code).to.equal(0)
    expect(stderr).to.match(/^It is published, but could not be remembered\. .+\nNext time say --to http/)
    expect(await history(stdout)).to.have.length(1)
  })

  it('opens in the browser when it is new, unless that is not wanted or nobody would see it', async () => {
    const browser = join(home, 'browser')
    await writeFile(browser, `#!/bin/sh\nprintf "%s\\n" "$*" > "$HOME/shown.$$"\n`)
    await chmod(browser, 0o755)
    const shown = async () => {
      const names = (await readdir(home)).filter(name => name.startsWith('shown.'))
      return Promise.all(names.map(name => readFile(join(home, name), 'utf8')))
    }
    await save('one')
    for (const env of [{ GALLEY_AUTO_OPEN: '0' }, { CI: '1' }, { SSH_CONNECTION: '::1 1 ::1 22' }, { BROWSER: '' }]) {
      await publish(['report.html', '--new', '--yes'], { env: { BROWSER: browser, ...env } })
    }
    const { stdout } = await publish(['report.html', '--new', '--yes'], {
      env: { BROWSER: `nothing:${browser} -n %s` },
    })
    await save('two')
    await publish(['report.html'], { env: { BROWSER: browser } })
    for (let tries = 0; tries < 50 && (await shown()).length === 0; tries += 1)
      await new Promise(r => setTimeout(r, 50))
    expect(await shown()).to.deep.equal([`-n ${stdout}`])
    expect(await publish(['report.html', '--new', '--yes'], { env: { BROWSER: 'nothing' } })).to.include({ code: 0 })
  })

  it('keeps with each version from where it comes', async () => {
    await save('one')
    const { stdout } = await publish(['report.html', '--yes'], { env: { GITHUB_ACTIONS: 'true' } })
    expect((await history(stdout))[0]?.provenance).to.deep.equal({
      host: hostname(),
      tool: 'galley 1.2.3 (GitHub Actions)',
    })
  })
})
