import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Circumstances, galley } from './console.ts'

describe('galley list', () => {
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

  const list = (args: string[], token: string, circumstances: Circumstances = {}) =>
    galley(['list', ...args], { ...circumstances, env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: token } })
  const retain = (orgId: string, retentionPrivateDays: number, retentionSharedDays: number | null = null) =>
    app.ground.store.transaction(orgId, async tx =>
      tx.putSettings({ ...(await tx.settings(orgId)), retentionPrivateDays, retentionSharedDays }),
    )
  const publish = (token: string, title: string, icon = '📄') =>
    app.publish(`<title>${title}</title>`, { token, query: `icon=${encodeURIComponent(icon)}` })

  it('prints a table for a person, aligned by what characters take up', async () => {
    const { token } = await app.addMember('tea@acme.example')
    const first = await publish(token, '売上レポート', '📈')
    const second = await publish(token, 'Deploys')
    await app.publish('<title>Deploys</title>2', { to: second.id, token })
    const { stdout, stderr, code } = await list([], token, { columns: 120 })
    expect(code, stderr).to.equal(0)
    expect(stdout.split('\n')).to.deep.equal([
      '    TITLE         VERSION  UPDATED   SEEN BY  ADDRESS',
      `📄  Deploys       2        just now  you      ${second.url}`,
      `📈  売上レポート  1        just now  you      ${first.url}`,
      '',
    ])
  })

  it('leaves out columns of a narrow terminal, then cuts titles, never addresses', async () => {
    const { token } = await app.addMember('narrow@acme.example')
    const { url } = await publish(token, 'A title 👩‍👩‍👧‍👦 that is longer than there is room for')
    const [head, row] = (await list([], token, { columns: 85 })).stdout.split('\n')
    expect(head).to.match(/^ {4}TITLE +VERSION {2}ADDRESS$/)
    expect(row).to.match(/^📄 {2}A title 👩‍👩‍👧‍👦 th.*… {2}1 {8}http/u)
    expect(row).to.satisfy((text: string) => text.endsWith(`  ${url}`))
  })

  it('prints tab-separated lines into another program, and one line of JSON with --json', async () => {
    const { token } = await app.addMember('pipe@acme.example')
    const { url, id } = await publish(token, 'Piped')
    const { stdout, stderr } = await list([], token)
    expect(stdout).to.match(
      new RegExp(`^${url}\t1\tPiped\tprivate\t\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\t📄\tpipe@acme.example\n$`),
    )
    expect(stderr).to.equal('')
    const json = await list(['--json'], token, { columns: 80 })
    expect(json.stdout).to.match(/^\[.*\]\n$/)
    expect(JSON.parse(json.stdout)).to.have.nested.property('[0].id', id)
  })

  it('says beside it which pages will soon be deleted', async () => {
    const { member, token } = await app.addMember('brief@brief.example', 'Brief')
    const { id } = await publish(token, 'Short-lived')
    await retain(member.orgId, 8)
    expect((await list([], token)).stderr).to.equal('')
    await retain(member.orgId, 3)
    const { stdout, stderr } = await list(['--json'], token)
    expect(stderr).to.equal('Will be deleted in 2 days, unless you publish a new version of it: Short-lived\n')
    const [{ expiresAt, shown }] = JSON.parse(stdout)
    expect(Date.parse(expiresAt) - Date.parse(shown.publishedAt)).to.equal(3 * 24 * 60 * 60 * 1000)
    await app.request(`/api/v1/artifacts/${id}/sharing`, {
      ...{ method: 'PUT', token, json: { audience: 'org', people: [], groups: [], version: 'latest' } },
    })
    expect((await list([], token)).stderr).to.equal('')
    const other = await app.addMember('other@brief.example', 'Brief')
    await retain(member.orgId, 3, 3)
    expect((await list([], token)).stderr).to.contain('Short-lived')
    expect(await list(['--org', '--json'], other.token)).to.satisfy(
      (said: { stdout: string; stderr: string }) => said.stderr === '' && !said.stdout.includes('expiresAt'),
    )
  })

  it('prints as many as are asked for, and says when there are more', async () => {
    const { token } = await app.addMember('many@acme.example')
    for (let n = 1; n <= limits.pageSizeMax + 2; n += 1) await publish(token, `Page ${n}`)
    const lines = async (...args: string[]) => {
      const { stdout, stderr } = await list(args, token)
      return { titles: stdout.split('\n').map(line => line.split('\t')[2]), stderr }
    }
    const two = await lines('--limit', '2')
    expect(two.titles).to.deep.equal([`Page ${limits.pageSizeMax + 2}`, `Page ${limits.pageSizeMax + 1}`, undefined])
    expect(two.stderr).to.equal('These are the 2 last updated. For all of them: --all\n')
    const one = await lines('--limit', '1')
    expect(one.stderr).to.equal('This is the one last updated. For all of them: --all\n')
    const all = await lines('--all')
    expect(all.titles)
      .to.have.length(limits.pageSizeMax + 3)
      .and.to.include('Page 1')
    expect(all.stderr).to.equal('')
    expect((await list(['--limit', '0'], token)).stderr).to.match(/^option '--limit <number>' argument '0' is invalid/)
  })

  it('lists what is shared with one, and with everyone, by whom', async () => {
    const [ana, ben] = [
      await app.addMember('ana@team.example', 'Team'),
      await app.addMember('ben@team.example', 'Team'),
    ]
    const share = (id: string, sharing: object) => {
      const json = { people: [], groups: [], version: 'latest', ...sharing }
      return app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token: ana.token, json })
    }
    const named = await publish(ana.token, 'For Ben')
    const people = [{ email: 'ben@team.example', role: 'viewer' }]
    await share(named.id, { audience: 'people', people, groups: [{ name: 'sales', role: 'viewer' }] })
    const known = await publish(ana.token, 'For all')
    await share(known.id, { audience: 'org' })
    const lines = async (...args: string[]) => (await list(args, ben.token, { columns: 120 })).stdout.split('\n')
    expect(await lines('--shared')).to.deep.equal([
      '    TITLE    BY   VERSION  UPDATED   ADDRESS',
      `📄  For Ben  ana  1        just now  ${named.url}`,
      '',
    ])
    expect((await lines('--org'))[1]).to.match(/^📄 {2}For all {2}ana {2}1 /u)
    const [, , own] = (await list([], ana.token, { columns: 120 })).stdout.split('\n')
    expect(own).to.contain('1 person, 1 group')
    expect((await list(['--shared'], ana.token)).stderr).to.match(/^Nobody shares a page with you by name at /)
    expect((await list(['--shared', '--org'], ben.token)).code).to.equal(2)
  })

  it('says how to begin where there is nothing, on stdout nothing', async () => {
    const { token } = await app.addMember('none@acme.example')
    const { stdout, stderr } = await list([], token, { columns: 80 })
    expect(stdout).to.equal('')
    expect(stderr).to.equal(`Nothing of yours is published at ${app.url}. Begin with: galley publish report.html\n`)
    expect((await list(['--json'], token)).stdout).to.equal('[]\n')
  })

  it('reports what is wrong in a sentence, or as JSON', async () => {
    const forged = await list(['--json'], 'galley_x')
    expect(forged).to.include({ stdout: '', code: 1 })
    expect(JSON.parse(forged.stderr)).to.have.nested.property('error.code', 'token_invalid')
    const nobody = await galley(['list', '--json'], { env: { HOME: home } })
    expect(nobody).to.include({ stdout: '', code: 2 })
    expect(JSON.parse(nobody.stderr).error).to.deep.equal({
      code: 'usage',
      message: 'Say which server: sign in with "galley login https://…", or set GALLEY_URL.',
    })
    const away = await galley(['list'], {
      env: { HOME: home, GALLEY_URL: 'http://127.0.0.1:65533', GALLEY_TOKEN: 'galley_x' },
    })
    expect(away.code).to.equal(1)
    expect(away.stderr).to.match(
      /^http:\/\/127\.0\.0\.1:65533 could not be reached: .+ To look closer: galley doctor\n$/,
    )
  })
})
