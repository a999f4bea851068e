import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { InterruptedError } from '../../client/publisher/terminal.ts'
import type { Artifact } from '../../shared/api.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { freePorts } from '../galley-process.ts'
import { type Circumstances, galley } from './console.ts'
import { type Fault, type FaultyWire, openFaultyWire } from './faulty-wire.ts'

const posted: Pick<Fault, 'request'> = { request: /^POST \/api\/v1\/artifacts/ }

describe('publishing over a wire that fails', function () {
  this.timeout(120_000)
  let wire: FaultyWire
  let app: TestApp
  let home: string
  before(async () => {
    wire = await openFaultyWire()
    const ports = await freePorts()
    wire.leadTo(Number(ports.GALLEY_PORT))
    app = await startTestApp({}, { ...ports, GALLEY_PUBLIC_URL: wire.url })
  })
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    await writeFile(join(home, 'report.html'), '<title>Report</title>')
  })
  afterEach(async () => {
    await wire.mend()
    await rm(home, { recursive: true })
  })
  after(async () => {
    await app.close()
    await wire.close()
  })

  const publish = (args: string[], { env = {}, ...circumstances }: Circumstances = {}) =>
    galley(['publish', ...args], {
      cwd: home,
      ...circumstances,
      env: { HOME: home, GALLEY_URL: wire.url, GALLEY_TOKEN: app.owner.token, ...env },
    })
  const mine = async (): Promise<Artifact[]> => {
    const answer = await app.request('/api/v1/artifacts?scope=mine&limit=100', { token: app.owner.token })
    return ((await answer.json()) as { artifacts: Artifact[] }).artifacts
  }
  const large = () => `<!doctype html>${randomBytes(MiB).toString('hex')}`

  for (const at of ['connect', 'upload', 'answer'] as const) {
    it(`publishes once, whether or not the first try was kept: cut at ${at}`, async () => {
      await writeFile(join(home, 'report.html'), large())
      const before = (await mine()).length
      const happened = wire.order({ ...posted, at, how: 'cut', times: 2 })
      const { code, stdout, stderr } = await publish(['report.html', '--yes'])
      await happened
      expect(code, stderr).to.equal(0)
      expect(stderr).to.match(
        /^http\S+ could not be reached: .+\. Trying again in 0\.5 s …\n.+ Trying again in 1 s …\n/,
      )
      const pages = await mine()
      expect(pages).to.have.length(before + 1)
      expect(pages[0]).to.include({ url: stdout.trim(), latest: 1 })
    })
  }

  it('gives up in the end, keeps the page as a file, and says that it may be published all the same', async () => {
    const first = await publish(['report.html', '--yes'])
    await writeFile(join(home, 'report.html'), 'two')
    void wire.order({ ...posted, at: 'answer', how: 'cut', times: limits.sendTries })
    const { code, stdout, stderr } = await publish(['report.html'])
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.contain(`It may have been published all the same. See with: galley versions ${first.stdout}`)
    expect(stderr).to.contain('The page is in a local file, for a browser to open: report.galley.html\n')
    expect((await mine())[0]).to.include({ latest: 2 })
  })

  it('writes what a server would show, where none can be reached', async () => {
    const source = '# Notes\n\n```js\nlet a = 1\n```\n'
    await writeFile(join(home, 'notes.md'), source)
    await wire.refuse()
    const { code, stdout, stderr } = await publish(['notes.md', '--yes', '--json'])
    await wire.mend()
    expect([code, stdout]).to.deep.equal([1, ''])
    const { error } = JSON.parse(stderr)
    expect(error).to.include({ code: 'unreachable', file: join(home, 'notes.galley.html') })
    const { url } = JSON.parse((await publish(['notes.md', '--yes', '--json'])).stdout)
    const page = await app.request(`/api/v1/artifacts/${url.split('/').at(-1)}/versions/1/page`, {
      token: app.owner.token,
    })
    expect(await readFile(error.file, 'utf8')).to.equal(await page.text())
  })

  it('waits for a server that is busy as long as it asks for', async () => {
    const busy = [...Array(limits.uploadsPerOrg)].map(() => {
      const socket = connect(Number(new URL(wire.url).port), 'localhost')
      const head = ['POST /api/v1/artifacts HTTP/1.1', `Host: ${new URL(wire.url).host}`, 'Content-Type: text/html']
      socket.on('error', () => {})
      socket.write([...head, 'Content-Length: 9', `Authorization: Bearer ${app.owner.token}`, '', 'x'].join('\r\n'))
      return socket
    })
    while (
      (
        await app.request('/api/v1/artifacts', {
          method: 'POST',
          token: app.owner.token,
          headers: { 'Content-Type': 'text/html' },
          body: 'x',
        })
      ).status !== 429
    ) {}
    const publishing = publish(['report.html', '--yes'])
    setTimeout(() => {
      for (const socket of busy) socket.destroy()
    }, 1_000)
    const { code, stderr } = await publishing
    expect(code, stderr).to.equal(0)
    expect(stderr).to.match(/^You are sending too much at once\..* Trying again in 5 s …\nPublished version 1\./)
  })

  it('says on a terminal how far an upload is, and leaves nothing of that behind', async () => {
    await writeFile(join(home, 'report.html'), `<!doctype html>${randomBytes(11 * MiB).toString('base64')}`)
    wire.throttle(4 * MiB)
    const { code, stderr } = await publish(['report.html', '--yes'], { columns: 80 })
    expect(code, stderr).to.equal(0)
    const lines = stderr.split('\r\u001b[K')
    expect(lines[1]).to.match(/^Uploading \d+(?:\.\d)? MiB of 11(?:\.\d)? MiB$/)
    expect(lines.at(-2)).to.equal('Waiting for the answer …')
    expect(lines.at(-1)).to.match(/^Published version 1\./)
  })

  describe('on Ctrl-C', () => {
    const interrupted = async (args: string[], circumstances: Circumstances, when: Promise<unknown>) => {
      const control = new AbortController()
      const publishing = publish(args, { ...circumstances, signal: control.signal })
      await when
      control.abort(new InterruptedError('Interrupted.'))
      const { code, stdout, stderr } = await publishing
      expect([code, stdout]).to.deep.equal([1, ''])
      expect(await readdir(home)).not.to.include('report.galley.html')
      return stderr
    }

    it('says that nothing was published, while it has not gone out', async () => {
      await writeFile(join(home, 'report.html'), `<!doctype html>${randomBytes(7 * MiB).toString('hex')}`)
      const before = (await mine()).length
      const held = wire.order({ ...posted, at: 'connect', how: 'hold', times: 1 })
      expect(await interrupted(['report.html', '--yes'], {}, held)).to.equal('Nothing was published.\n')
      expect((await mine()).length).to.equal(before)
    })

    it('says where to look, once it may have arrived', async () => {
      const held = () => wire.order({ ...posted, at: 'answer', how: 'hold', times: 1 })
      expect(await interrupted(['report.html', '--yes'], {}, held())).to.equal(
        'Interrupted. It may have been published all the same. See with: galley list\n',
      )
      const { url } = await app.publish('one')
      expect(await interrupted(['report.html', '--to', url], {}, held())).to.contain(`galley versions ${url}\n`)
    })

    it('does not wait for the next try', async () => {
      const happened = wire.order({ ...posted, at: 'connect', how: 'cut', times: 9 })
      expect(await interrupted(['report.html', '--yes'], {}, happened)).to.match(/See with: galley list\n$/)
    })
  })

  describe('or is not to be used', () => {
    const off = async (circumstances: Circumstances, by: string) => {
      const { code, stdout, stderr } = await publish(['report.html'], circumstances)
      expect([code, stdout]).to.deep.equal([1, ''])
      expect(stderr).to.equal(
        `Publishing is turned off by ${by}.\nThe page is in a local file, for a browser to open: report.galley.html\n`,
      )
      expect(await readFile(join(home, 'report.galley.html'), 'utf8')).to.contain('<title>Report</title>')
    }

    it('writes the local file, signed in or not, and says what turned publishing off', async () => {
      await off({ env: { GALLEY_DISABLE: '1', GALLEY_TOKEN: '', GALLEY_URL: '' } }, 'GALLEY_DISABLE')
      const settings = join(home, '.config/galley/config.json')
      await mkdir(join(home, '.config/galley'), { recursive: true })
      await writeFile(settings, '{"disableGalley": true}')
      await off({}, settings)
      await rm(settings)
      await writeFile(join(home, 'galley.json'), '{"disableGalley": true}')
      await off({}, join(home, 'galley.json'))
      // Somebody else's says nothing here. To give a file away takes root.
      if (process.getuid?.() !== 0) return
      await chown(join(home, 'galley.json'), 65534, 65534)
      expect((await publish(['report.html', '--dry-run'])).code).to.equal(0)
    })

    it('writes what comes from standard input where the user is', async () => {
      const { stderr } = await publish(['-', '--type', 'md'], { typed: '# Hi', env: { GALLEY_DISABLE: '1' } })
      expect(stderr).to.contain(': page.galley.html\n')
      expect(await readFile(join(home, 'page.galley.html'), 'utf8')).to.contain('<title>Hi</title>')
    })

    it('says so when the file cannot be written either, and leaves nothing half-done', async () => {
      await mkdir(join(home, 'report.galley.html'))
      const { code, stderr } = await publish(['report.html'], { env: { GALLEY_DISABLE: '1' } })
      expect(code).to.equal(1)
      expect(stderr).to.match(/^Publishing is turned off by .*\nIt could not be kept in report\.galley\.html either\. /)
      expect((await readdir(home)).sort()).to.deep.equal(['report.galley.html', 'report.html'])
    })

    it('writes nothing with --dry-run', async () => {
      expect(await publish(['report.html', '--dry-run'], { env: { GALLEY_DISABLE: '1' } })).to.include({
        code: 1,
        stderr: 'Publishing is turned off by GALLEY_DISABLE.\n',
      })
      expect(await readdir(home)).to.deep.equal(['report.html'])
    })
  })
})
