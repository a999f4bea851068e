import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { galley } from './console.ts'

describe('galley share', () => {
  let app: TestApp
  let home: string
  let ben: TestMember
  let url: string
  let id: string
  before(async () => {
    app = await startTestApp()
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    ben = await app.addMember('ben@acme.example')
  })
  after(async () => {
    await app.close()
    await rm(home, { recursive: true })
  })
  beforeEach(async () => {
    ;({ id, url } = await app.publish('<title>One</title>'))
    await app.publish('<title>Two</title>', { to: id })
  })

  const run = (...args: string[]) =>
    galley(['share', url, ...args], { env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token } })
  const seenBy = async ({ token }: TestMember) => {
    const answer = await app.request(`/api/v1/artifacts/${id}`, { token })
    if (answer.status === 404) return 'nothing'
    const { role, shown } = (await answer.json()) as { role: string; shown: { number: number } }
    return `${role} sees ${shown.number}`
  }

  it('says how a page is shared, and changes nothing by that', async () => {
    const { stdout, stderr, code } = await run()
    expect({ stdout, code }).to.deep.equal({ stdout: `${url}\n`, code: 0 })
    expect(stderr).to.equal('Only you can see it.\nWhoever you let in sees the latest version, which is 2.\n')
  })

  it('lets in people and groups by name, those who have not signed in yet too, and takes them out again', async () => {
    const { stderr } = await run('--with', 'Ben@acme.example', '--editor', 'dora@acme.example', '--group', 'Design')
    expect(stderr).to.equal(
      [
        'Only you and those you have named can see it:',
        '  dora@acme.example, once they sign in (may publish too)',
        '  ben <ben@acme.example>',
        '  everyone in the group Design',
        'Viewers see the latest version, which is 2.\n',
      ].join('\n'),
    )
    expect(await seenBy(ben)).to.equal('viewer sees 2')
    expect((await run('--remove', 'ben@acme.example', '--remove', 'Design')).code).to.equal(0)
    expect(await seenBy(ben)).to.equal('nothing')
    const gone = await run('--remove', 'ben@acme.example')
    expect(gone).to.include({ code: 2, stdout: '' })
    expect(gone.stderr).to.equal('ben@acme.example is neither a person nor a group that this page is shared with.\n')
  })

  it('opens to the organisation, pins, follows, and closes again', async () => {
    expect((await run('--org', '--pin', '1')).stderr).to.equal(
      'Everyone at Acme can see it.\nViewers see version 1, also when you publish another. The latest is 2; to show it: --follow\n',
    )
    expect(await seenBy(ben)).to.equal('viewer sees 1')
    await run('--follow')
    expect(await seenBy(ben)).to.equal('viewer sees 2')
    await run('--private')
    expect(await seenBy(ben)).to.equal('nothing')
  })

  it('answers those who ask to be let in', async () => {
    await app.request(`/api/v1/artifacts/${id}/access-requests`, { method: 'POST', token: ben.token })
    const asked = async () => (await run()).stderr.includes(`asks to be let in: galley share ${url} --allow`)
    while (!(await asked()));
    await run('--allow', 'ben@acme.example')
    expect(await seenBy(ben)).to.equal('viewer sees 2')
    const again = await run('--decline', 'ben@acme.example')
    expect(again).to.include({ code: 2, stderr: 'ben@acme.example does not ask to be let in.\n' })
  })

  it('gives one JSON value on demand', async () => {
    const { stdout, stderr } = await run('--org', '--json')
    expect(JSON.parse(stdout)).to.include({ url, audience: 'org', version: 'latest', latest: 2 })
    expect(JSON.parse(stdout).org).to.deep.equal({ name: 'Acme' })
    expect(stderr).to.match(/^Everyone at Acme/)
  })

  it('refuses what cannot be meant, and a version that is not there', async () => {
    for (const args of [
      ['--org', '--private'],
      ['--pin', '1', '--follow'],
      ['--pin', 'two'],
    ]) {
      expect((await run(...args)).code, args.join(' ')).to.equal(2)
    }
    const { code, stderr } = await run('--pin', '9')
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: 'There is no version 9: the latest is 2.\n' })
    expect(await seenBy(ben)).to.equal('nothing')
  })
})
