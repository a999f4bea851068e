import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { galley } from './console.ts'

describe('galley publish --dry-run', () => {
  let app: TestApp
  let home: string
  before(async () => {
    app = await startTestApp()
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    await writeFile(join(home, 'report.html'), '<title>Report</title>\n<img src="https://pictures.example/a.png">')
  })
  after(async () => {
    await app.close()
    await rm(home, { recursive: true })
  })

  const publish = (args: string[], env: Record<string, string> = {}) =>
    galley(['publish', ...args], {
      cwd: home,
      env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...env },
    })
  const plan = async (args: string[]) => JSON.parse((await publish([...args, '--dry-run', '--json'])).stdout)

  it('says what a new page would be, for whom, and what the server would say of it', async () => {
    const { code, stdout, stderr } = await publish(['report.html', '--dry-run'])
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.equal(`Nothing was published. This would be:
  page     Report (HTML, 64 bytes)
  as       a new page on ${app.url}
  by       olive <olive@acme.example>, Acme
  seen by  you alone
  from     ${hostname()}, galley 1.2.3
report.html:2: ${(await plan(['report.html'])).warnings[0].message}
`)
    const { warnings } = JSON.parse((await publish(['report.html', '--yes', '--json'])).stdout)
    expect((await plan(['report.html'])).warnings).to.deep.equal(warnings)
    expect(await readdir(home)).not.to.include('report.galley.html')
  })

  it('says which page would get a version, and that it would be refused', async () => {
    const { url } = await app.publish('one')
    expect(await publish(['report.html', '--to', url])).to.include({ code: 0 })
    expect(await plan(['report.html'])).to.include({ url, audience: 'private', conflict: false })
    await app.publish('theirs', { to: url.split('/').at(-1) ?? '' })
    const { stdout } = await publish(['report.html', '--dry-run'])
    expect(stdout).to.contain(`  as       a new version of ${url}\n`).and.to.contain('It would be refused')
    expect(await plan(['report.html'])).to.include({ conflict: true })
    expect(await plan(['report.html', '--new'])).to.include({ url: null, title: 'Report' })
    const history = await app.request(`/api/v1/artifacts/${url.split('/').at(-1)}/versions`, { token: app.owner.token })
    expect(((await history.json()) as { versions: [] }).versions).to.have.length(3)
  })

  it('says what it can where the server does not answer, or not to this token', async () => {
    const there = 'http://localhost:9'
    const away = await publish(['report.html', '--dry-run', '--server', there], { GALLEY_URL: there })
    expect(away.code).to.equal(0)
    expect(away.stdout).to.contain('unknown').and.to.contain(`${there} could not be reached`)
    const forged = await publish(['report.html', '--dry-run'], { GALLEY_TOKEN: 'galley_x' })
    expect(forged.stdout).to.contain('This access token was not made by this server')
  })
})
