import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { openNodeViewer, type Viewer } from '../faults/viewers.ts'
import { type Ran, runGalley } from '../galley-process.ts'
import { postgresCommand, sharedPostgres } from '../postgres.ts'

describe('galley restored, after PostgreSQL went back to a dump', function () {
  this.timeout(120_000)
  let dir: string
  let dump: string
  let url: string
  let app: TestApp
  let viewer: Viewer
  let id: string
  /** Of each version. */
  let pages: string[]

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    dump = join(dir, 'galley.dump')
    url = await (await sharedPostgres()).createDatabase()
    app = await startTestApp({}, { DATABASE_URL: url })
    pages = []
    const first = await app.publish('<!doctype html><title>Report</title><p>1')
    id = first.id
    pages.push(first.sha256)
    viewer = await openNodeViewer(app.url, id, await app.signIn(app.owner.member))
    await shows(1)
  })
  afterEach(async () => {
    await viewer.close()
    await app.close()
    await (await sharedPostgres()).dropDatabase(url)
    await rm(dir, { recursive: true })
  })

  async function publishNext(): Promise<void> {
    const { sha256 } = await app.publish(`<!doctype html><title>Report</title><p>${pages.length + 1}`, { to: id })
    pages.push(sha256)
  }

  const shows = (number: number): Promise<void> =>
    viewer.shows({ number, sha256: pages[number - 1] ?? '', key: '' }, 15_000)

  /** Word for word what docs/OPERATIONS.md says. */
  function backUp(): void {
    execFileSync(postgresCommand('pg_dump'), ['--format=custom', `--file=${dump}`, url])
  }
  function putBack(): void {
    const how = ['--clean', '--if-exists', '--single-transaction', '--no-owner']
    execFileSync(postgresCommand('pg_restore'), [...how, `--dbname=${url}`, dump])
  }
  const restored = (...args: string[]): Promise<Ran> => runGalley(['restored', ...args], { DATABASE_URL: url })

  const audited = async (): Promise<unknown[]> => {
    const rows = await (await sharedPostgres()).query(
      "select details from audit where type = 'galley_backup_restored'",
      url,
    )
    return rows.map(({ details }) => JSON.parse(String(details)))
  }
  const me = async (token: string): Promise<number> => (await app.request('/api/v1/me', { token })).status

  for (const meanwhile of ['were stopped meanwhile', 'run on']) {
    it(`takes open pages back to what is there, where the nodes ${meanwhile}`, async () => {
      const revoked = await app.createToken(app.owner.member)
      backUp()
      await publishNext()
      await publishNext()
      await shows(3)
      const tokens = await app.request('/api/v1/tokens', { token: revoked })
      const [{ id: tokenId } = { id: '' }] = ((await tokens.json()) as { tokens: { id: string }[] }).tokens
      await runGalley(['token', 'revoke', tokenId], { DATABASE_URL: url })
      expect(await me(revoked)).to.equal(401)

      if (meanwhile === 'run on') {
        putBack()
        expect(await restored()).to.include({ code: 0 })
      } else {
        await app.app.close()
        putBack()
        expect(await restored()).to.include({ code: 0 })
        await app.restart()
      }
      await shows(1)
      expect(await me(revoked)).to.equal(200)
      expect(await audited()).to.deep.equal([{ signed_out_all: false }, { signed_out_all: false }])
      pages.length = 1
      await publishNext()
      await shows(2)
    })
  }

  it('signs everybody out, if that is asked for', async () => {
    backUp()
    putBack()
    const { code, stdout, stderr } = await restored('--sign-out-all', '--json')
    expect(code).to.equal(0)
    const database = new URL(url).pathname.slice(1)
    expect(JSON.parse(stdout)).to.deep.equal({
      place: `the PostgreSQL database ${database} on 127.0.0.1:${new URL(url).port}`,
      sessions: 1,
      tokens: 1,
    })
    expect(stderr).to.match(/^Everybody is signed out: 1 session and 1 access token\. /)
    expect(await me(app.owner.token)).to.equal(401)
    expect(await audited()).to.deep.include({ signed_out_all: true })
  })

  it('says where, and what to mind', async () => {
    const { stdout, stderr } = await restored()
    expect(stdout).to.match(
      /^Open pages show what is in the PostgreSQL database test_\d+ on 127\.0\.0\.1:\d+ from now on\.\n$/,
    )
    expect(stderr).to.match(/is good again: .* To end them all: galley restored --sign-out-all\n/)
    expect(stdout + stderr).not.to.contain(new URL(url).password)
  })

  it('is what galley backup and galley restore lead to', async () => {
    const env = { DATABASE_URL: url, GALLEY_DATA_DIR: dir }
    const [backup, restore] = await Promise.all([runGalley(['backup', dump], env), runGalley(['restore', dump], env)])
    expect(backup).to.include({ code: 1, stdout: '' })
    expect(backup.stderr).to.match(
      /^The data are in the PostgreSQL database test_\d+ on 127\.0\.0\.1:\d+\. Back that up with its own tools: pg_dump/,
    )
    expect(restore).to.include({ code: 1, stdout: '' })
    expect(restore.stderr).to.match(
      / Put that back with its own tools, pg_restore for one, and then run: galley restored\n$/,
    )
  })
})
