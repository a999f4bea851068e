import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SettingsPatch } from '../../shared/admin.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { galley } from './console.ts'
import { run, start } from './terminal-shell.ts'

const isOff = 'Your organisation has switched publishing off. An owner of it can switch it on again.'
const isClosed =
  'Your organisation has switched Galley off. Its pages are kept, and open again when an owner switches it on.'
const notInRole = 'Your role in this organisation does not include publishing. Ask an owner of it.'
const inFile = 'The page is in a local file, for a browser to open: report.galley.html'

describe('the command, where publishing is switched off', function () {
  this.timeout(120_000)
  let app: TestApp
  let home: string
  let token: string
  before(async () => {
    app = await startTestApp()
    token = (await app.addMember('ana@acme.example')).token
  })
  after(() => app.close())
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    await save('one')
  })
  afterEach(async () => {
    await set({ publishing: true, readableWhenOff: true, membersPublish: true })
    await rm(home, { recursive: true })
  })

  async function set(json: SettingsPatch): Promise<void> {
    const sent = { method: 'PATCH', token: app.owner.token, json }
    expect((await app.request('/api/v1/admin/settings', sent)).status).to.equal(200)
  }
  const save = (text: string) => writeFile(join(home, 'report.html'), `<title>Report</title>${text}`)
  const env = (more: Record<string, string> = {}) => ({ HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: token, ...more })
  const publish = (...args: string[]) => galley(['publish', 'report.html', '--yes', ...args], { env: env() })
  const localFile = () => readFile(join(home, 'report.galley.html'), 'utf8')

  it('galley publish writes the page to a local file, and says why as the server does', async () => {
    expect((await publish()).code).to.equal(0)
    await save('two')
    for (const [patch, ofPage, ofNew] of [
      [{ publishing: false }, isOff, isOff],
      [{ readableWhenOff: false }, isClosed, isOff],
      [{ publishing: true, membersPublish: false }, notInRole, notInRole],
    ] satisfies [SettingsPatch, string, string][]) {
      await set(patch)
      expect(await publish()).to.deep.equal({ code: 1, stdout: '', stderr: `${ofPage}\n${inFile}\n` })
      expect(await localFile()).to.contain('two')
      await rm(join(home, 'report.galley.html'))
      expect(await publish('--new')).to.deep.equal({ code: 1, stdout: '', stderr: `${ofNew}\n${inFile}\n` })
      const { error } = JSON.parse((await publish('--json')).stderr)
      expect(error).to.include({ code: 'publishing_disabled', file: join(home, 'report.galley.html') })
    }
    await set({ membersPublish: true })
    expect(await publish()).to.include({ code: 0, stderr: 'Published version 2.\n' })
  })

  it('galley watch says so once, goes on watching, and publishes the newest when it is on again', async () => {
    const watching = start(['watch', 'report.html', '--yes'], { cwd: home, env: env() })
    try {
      await watching.until(/Watching report\.html/)
      await set({ publishing: false })
      await save('two')
      await watching.until(/switched publishing off.* Trying until it gets through\./)
      await save('three')
      await set({ publishing: true })
      await watching.until(/It gets through again\.\n.*Published version 2/)
      expect(watching.said.match(/switched publishing off/g)).to.have.length(1)
      watching.interrupt()
      expect((await watching.ended).code).to.equal(0)
    } finally {
      watching.kill()
      await watching.ended
    }
  })

  it('galley watch that begins then ends as galley publish does', async () => {
    await set({ publishing: false })
    const ended = await run(['watch', 'report.html', '--yes'], { cwd: home, env: env() })
    expect(ended).to.deep.equal({ code: 1, stdout: '', stderr: `${isOff}\n${inFile}\n` })
    expect(await localFile()).to.contain('one')
  })

  it('galley watch heeds what turns it off here: the environment, the project, and the user', async () => {
    const user = join(home, '.config', 'galley')
    await mkdir(user, { recursive: true })
    const ways: [string, Record<string, string>, string?][] = [
      ['GALLEY_DISABLE', { GALLEY_DISABLE: '1' }],
      [join(home, 'galley.json'), {}, join(home, 'galley.json')],
      [join(user, 'config.json'), {}, join(user, 'config.json')],
    ]
    for (const [by, more, path] of ways) {
      if (path) await writeFile(path, '{"disableGalley": true}')
      const { code, stdout, stderr } = await run(['watch', 'report.html', '--yes'], { cwd: home, env: env(more) })
      expect([code, stdout, stderr]).to.deep.equal([1, '', `Publishing is turned off by ${by}.\n${inFile}\n`])
      expect(await localFile()).to.contain('one')
      await rm(join(home, 'report.galley.html'))
      if (path) await rm(path)
    }
  })

  it('galley doctor says so', async () => {
    const doctor = async (): Promise<{ check: string; state: string; message: string } | undefined> => {
      const { stdout } = await galley(['doctor', '--json'], { env: env() })
      return JSON.parse(stdout).find(({ check }: { check: string }) => check === 'sign-in')
    }
    await set({ publishing: false })
    expect(await doctor()).to.include({ state: 'failure' })
    expect((await doctor())?.message).to.contain(isOff)
    await set({ publishing: true, membersPublish: false })
    expect((await doctor())?.message).to.contain(notInRole)
    await set({ membersPublish: true })
    expect((await doctor())?.state).to.not.equal('failure')
  })
})
