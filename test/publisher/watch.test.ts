import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Me, VersionList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type FaultyWire, openFaultyWire } from './faulty-wire.ts'
import { type Running, run, start } from './terminal-shell.ts'

describe('galley watch', () => {
  let wire: FaultyWire
  let app: TestApp
  let home: string
  let file: string
  let token: string
  let watching: Running[]
  before(async () => {
    wire = await openFaultyWire()
    app = await startTestApp({}, { GALLEY_PUBLIC_URL: wire.url })
    // Whichever port it came by, a request is the app's by its Host.
    wire.leadTo(Number(new URL(app.contentUrls[0] ?? '').port))
  })
  after(async () => {
    await app.close()
    await wire.close()
  })
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    file = join(home, 'report.html')
    await save('<title>Report</title>one')
    token = await app.createToken(app.owner.member)
    watching = []
  })
  afterEach(async () => {
    await wire.mend()
    for (const each of watching) each.kill()
    await Promise.all(watching.map(each => each.ended))
    await rm(home, { recursive: true })
  })

  const save = (content: string | Uint8Array) => writeFile(file, content)
  const env = () => ({ HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: token })
  const watch = (...args: string[]) => {
    const running = start(['watch', 'report.html', ...args], { cwd: home, env: env() })
    watching.push(running)
    return running
  }
  const begun = async (...args: string[]) => {
    const running = watch('--yes', ...args)
    await running.until(/Watching report\.html/)
    return running
  }
  const stopped = (running: Running) => {
    running.interrupt()
    return running.ended
  }
  const idOf = (said: string): string => /cart_\w{22}/.exec(said)?.[0] ?? ''
  const sources = async (stdout: string): Promise<string[]> => {
    const path = `/api/v1/artifacts/${idOf(stdout)}/versions`
    const { versions } = (await (await app.request(path, { token: token })).json()) as VersionList
    const texts = versions.map(async ({ number }) =>
      (await app.request(`${path}/${number}/source`, { token: token })).text(),
    )
    return (await Promise.all(texts)).reverse()
  }
  const time = '\\d\\d:\\d\\d:\\d\\d'

  it('publishes, and again on each save, says so with the time, and stops on Ctrl-C', async () => {
    const running = await begun()
    await save('<title>Report</title>two')
    await running.until(/version 2/)
    await save('<title>Report</title>two')
    await running.until(/Unchanged/)
    await writeFile(`${file}~`, '<title>Report</title>three')
    await rename(`${file}~`, file)
    await running.until(/version 3/)
    const { code, stdout, stderr } = await stopped(running)
    expect(code).to.equal(0)
    expect(stdout).to.match(new RegExp(`^${app.url}/a/cart_\\w{22}\n$`))
    expect(stderr).to.match(
      new RegExp(
        [
          `^${time} Published version 1 \\(report\\.html, 24 bytes\\)\\.`,
          `${time} Watching report\\.html\\. Ctrl-C ends it\\.`,
          `${time} Published version 2 \\(report\\.html, 24 bytes\\)\\.`,
          `${time} Unchanged: this is version 2 already\\.`,
          `${time} Published version 3 \\(report\\.html, 26 bytes\\)\\.`,
          `${time} Stopped\\. The page stays at ${stdout.trim()}\n$`,
        ].join('\n'),
      ),
    )
    expect(await sources(stdout)).to.have.length(3)
  })

  it('asks before there is a new page, and never for one that the file was published as', async () => {
    const refused = await run(['watch', 'report.html'], { cwd: home, env: env() })
    expect(refused).to.include({ code: 2, stdout: '' })
    expect(refused.stderr).to.match(/--yes/)
    const asking = start(['watch', 'report.html'], { cwd: home, env: env(), terminal: true })
    watching.push(asking)
    await asking.until(/Publish "Report" \(report\.html\) to a private page on localhost:\d+\? \(y\/N\)/)
    await asking.type('y\n')
    await asking.until(/Watching/)
    const first = await stopped(asking)
    expect(first.code).to.equal(0)
    const again = watch()
    await again.until(/Unchanged: this is version 1 already.\n.*Watching/)
    expect((await stopped(again)).stdout).to.equal(first.stdout)
  })

  it('prints with --json a line for each publish, and faults as lines on stderr', async () => {
    const running = await begunJson()
    await save('two')
    await running.untilPrinted(/"version":2/)
    await save('')
    await running.until(/empty_page/)
    await save('three')
    await running.untilPrinted(/"version":3/)
    const { stdout, stderr } = await stopped(running)
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.map(({ version, created, file }) => ({ version, created, file }))).to.deep.equal([
      { version: 1, created: true, file: 'report.html' },
      { version: 2, created: false, file: 'report.html' },
      { version: 3, created: false, file: 'report.html' },
    ])
    expect(JSON.parse(stderr).error).to.include({ code: 'empty_page' })
  })
  const begunJson = async () => {
    const running = watch('--yes', '--json')
    await running.untilPrinted(/"version":1/)
    return running
  }

  it('while one publish is on its way, keeps the newest save alone', async () => {
    const running = await begun()
    const held = wire.order({ request: /^POST /, at: 'answer', how: 'hold', times: 1 })
    await save('two')
    await held
    for (const text of ['three', 'four', 'five']) await save(text)
    await wire.mend()
    await running.until(/version 3/)
    const { stdout } = await stopped(running)
    expect(await sources(stdout)).to.deep.equal(['<title>Report</title>one', 'two', 'five'])
  })

  it('names what will be blocked when it is new, not again', async () => {
    const running = await begun()
    const image = (n: number) => `<img src="https://pictures.example/${n}.png">`
    await save(`two${image(1)}`)
    await running.until(/report\.html:1: /)
    await save(`three${image(1)}`)
    await running.until(/version 3/)
    await save(`four\n${image(1)}${image(2)}`)
    await running.until(/report\.html:2: /)
    const { stderr } = await stopped(running)
    expect(stderr.match(/1\.png/g)).to.have.length(1)
    expect(stderr.match(/2\.png/g)).to.have.length(1)
  })

  it('says why what was saved is no page, or gone, and goes on with the next save', async () => {
    const running = await begun()
    await save(new Uint8Array([0xff, 0xfe, 0xfd]))
    await running.until(/UTF-8.* Still watching\./)
    await save(new Uint8Array(limits.sourceBytes + 1))
    await running.until(/report\.html is larger than .* Still watching\./)
    await rm(file)
    await running.until(/report\.html is not there\. Still watching\./)
    await save('back')
    await running.until(/version 2/)
    const { stdout } = await stopped(running)
    expect(await sources(stdout)).to.deep.equal(['<title>Report</title>one', 'back'])
  })

  it('says once that the server is out of reach, and publishes the newest when it is back', async () => {
    const running = await begun()
    await wire.refuse()
    await save('two')
    await running.until(/could not be reached.*Trying until it gets through\./)
    await save('the newest')
    await wire.mend()
    await running.until(/It gets through again\.\n[\s\S]*\(report\.html, 10 bytes\)/)
    const { stdout, stderr } = await stopped(running)
    expect(stderr.match(/could not be reached/g)).to.have.length(1)
    expect((await sources(stdout)).at(-1)).to.equal('the newest')
  })

  it('publishes once what was kept while all answers were lost, and what was saved since on top of it', async () => {
    const running = await begun()
    void wire.order({ request: /^POST /, at: 'answer', how: 'cut', times: limits.sendTries })
    await save('two')
    await running.until(/Trying until/)
    await save('three')
    await running.until(/version 3/)
    const { stdout } = await stopped(running)
    expect(await sources(stdout)).to.deep.equal(['<title>Report</title>one', 'two', 'three'])
  })

  it('goes on after what was no page met a server out of reach', async () => {
    const running = await begun()
    await wire.refuse()
    await save('')
    await running.until(/Trying until/)
    await wire.mend()
    await running.until(/empty.* Still watching\./)
    await save('two')
    await running.until(/version 2/)
    const { stdout, stderr } = await stopped(running)
    expect(stderr).to.not.include('may have been published')
    expect(await sources(stdout)).to.deep.equal(['<title>Report</title>one', 'two'])
  })

  it('publishes what was saved while the page before it was lost, and is refused by now', async () => {
    const running = await begun()
    void wire.order({ request: /^POST /, at: 'answer', how: 'cut', times: limits.sendTries })
    await save(new Uint8Array([0xff, 0xfe, 0xfd]))
    await running.until(/Trying until/)
    await save('two')
    await running.until(/version 2/)
    expect(await sources((await stopped(running)).stdout)).to.deep.equal(['<title>Report</title>one', 'two'])
  })

  it('stops at what no save mends: a conflict, a page that is gone, a token that was revoked', async () => {
    const conflicting = await begun()
    const id = idOf(await peek(conflicting))
    await app.publish('theirs', { to: id })
    await save('mine')
    const conflict = await conflicting.ended
    expect(conflict.code).to.equal(1)
    expect(conflict.stderr).to.match(/Version 2 was published by .*olive@acme\.example.*--force/s)

    const forcing = await begun('--force')
    await save('mine after all')
    await forcing.until(/version 4/)
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: token })
    await save('more')
    const gone = await forcing.ended
    expect(gone.code).to.equal(1)
    expect(gone.stderr).to.match(/is gone, or you may no longer see it.*--new/s)

    const revoked = await begun('--new')
    const me = (await (await app.request('/api/v1/me', { token: token })).json()) as Me
    await app.request(`/api/v1/tokens/${me.tokenId}`, { method: 'DELETE', token: token })
    await save('most')
    const ended = await revoked.ended
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.match(/revoked.*galley login/)
  })
  const peek = async (running: Running) => {
    await running.untilPrinted(/\n/)
    return running.printed
  }

  it('lets a publish on its way end before it stops, and a second Ctrl-C does not wait', async () => {
    const patient = await begun()
    const held = wire.order({ request: /^POST /, at: 'answer', how: 'hold', times: 1 })
    await save('two')
    await held
    patient.interrupt()
    await patient.until(/Ending once this publish is through/)
    await wire.mend()
    const { code, stdout, stderr } = await patient.ended
    expect(code).to.equal(0)
    expect(stderr).to.match(/version 2.*\n.*Stopped\. The page stays at/)
    expect(await sources(stdout)).to.have.length(2)

    const impatient = await begun()
    const again = wire.order({ request: /^POST /, at: 'answer', how: 'hold', times: 1 })
    await save('three')
    await again
    impatient.interrupt()
    await impatient.until(/Ending once/)
    impatient.interrupt()
    expect((await impatient.ended).code).to.equal(130)
  })

  it('says when it stops that what was saved last is not published', async () => {
    const running = await begun()
    await wire.refuse()
    await save('two')
    await running.until(/Trying until/)
    const { code, stderr } = await stopped(running)
    expect(code).to.equal(1)
    expect(stderr).to.match(/Stopped\. What was saved last is not published; the page is http/)
  })

  it('publishes before it stops what was saved right before', async () => {
    const running = await begun()
    await save('two')
    const { code, stdout, stderr } = await stopped(running)
    expect(code).to.equal(0)
    expect(stderr).to.match(/Ending once this publish is through.*\n.*version 2.*\n.*Stopped\. The page stays at/)
    expect(await sources(stdout)).to.deep.equal(['<title>Report</title>one', 'two'])

    const offline = await begun()
    await wire.refuse()
    await save('')
    await offline.until(/could not be reached/)
    await save('three')
    const ended = await stopped(offline)
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.match(/What was saved last is not published/)
  })

  it('does not take a page that is no page for published when it stops', async () => {
    const running = await begunJson()
    await save('')
    const { code, stderr } = await stopped(running)
    expect(code).to.equal(1)
    const [fault, end] = stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).error)
    expect(fault.code).to.equal('empty_page')
    expect(end.code).to.equal('interrupted')
  })

  it('follows a file, not standard input, and begins with one that is there', async () => {
    const how = { cwd: home, env: env() }
    expect(await run(['watch', '-'], how)).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'Standard input cannot be watched: name a file.\n',
    })
    expect(await run(['watch', 'other.html', '--yes'], how)).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'other.html is not there.\n',
    })
  })
})
