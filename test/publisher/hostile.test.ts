import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Circumstances, galley } from './console.ts'
import { type Listener, listen } from './listener.ts'

describe('a server that means harm', () => {
  let server: Listener
  let home: string
  let answer: { status?: number; body: unknown }
  const id = `cart_${'1'.repeat(22)}`
  const published = {
    ...{ id, url: '', version: 1, sha256: '0'.repeat(64), unchanged: false },
    ...{ warnings: [] as unknown[], moreWarnings: 0 },
  }
  const artifact = {
    ...{ id, url: '', title: 'Deploys', icon: '', description: '', author: { name: 'Ana', email: 'a@b.example' } },
    ...{ role: 'owner', audience: 'private', pinned: null, latest: 1, epoch: 'e', rev: 1 },
    shown: { number: 1, sha256: '0'.repeat(64), size: 1, note: null, publishedAt: '2030-01-01T00:00:00Z' },
    ...{ createdAt: '2030-01-01T00:00:00Z', updatedAt: '2030-01-01T00:00:00Z' },
  }
  before(async () => {
    server = await listen((_req, res) =>
      res.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.body)),
    )
  })
  after(() => server.close())
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    await writeFile(join(home, 'page.html'), '<p>')
  })
  afterEach(() => rm(home, { recursive: true }))

  const run = (args: string[], circumstances: Circumstances = {}) =>
    galley(args, {
      ...circumstances,
      env: { HOME: home, GALLEY_URL: server.url, GALLEY_TOKEN: 'x', BROWSER: '', ...circumstances.env },
    })

  it('cannot name a page by what leads out of the state folder', async () => {
    for (const [args, body] of [
      [['publish', 'page.html', '--yes'], { ...published, id: '../../../../evil' }],
      [['delete', '--undo', id], { ...artifact, id: '../../../../evil' }],
      [['list'], { artifacts: [{ ...artifact, id: '../evil' }], nextCursor: null }],
    ] as const) {
      answer = { body }
      const { code, stdout, stderr } = await run([...args])
      expect([code, stdout], args[0]).to.deep.equal([1, ''])
      expect(stderr).to.match(/^What answers at http\S+ is not Galley/)
    }
    expect(await readdir(home)).to.have.members(['page.html', 'page.galley.html'])
  })

  it('cannot name an address that is not its own, to the browser or to another program', async () => {
    const url = `${server.url}/a/${id}`
    const opened = join(home, 'opened')
    await writeFile(join(home, 'browser'), `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`, { mode: 0o755 })
    const env = { BROWSER: join(home, 'browser'), PATH: process.env.PATH ?? '' }
    answer = { body: { ...published, url: '--profile=/tmp/evil' } }
    const { stdout, stderr } = await run(['publish', 'page.html', '--yes'], { env })
    expect([stdout, stderr]).to.deep.equal([
      `${url}\n`,
      'Published version 1.\nUpdate it with: galley publish page.html\n',
    ])
    let shown = ''
    while (shown === '') shown = await readFile(opened, 'utf8').catch(() => '')
    expect(shown).to.equal(url)
    answer = { body: { artifacts: [{ ...artifact, url: 'file:///etc/passwd' }], nextCursor: null } }
    expect((await run(['list'])).stdout).to.match(new RegExp(`^${url}\t`))
    expect(JSON.parse((await run(['list', '--json'])).stdout)[0]).to.include({ url })
  })

  it('cannot speak to the terminal', async () => {
    const hostile = '\u001b]0;x\u0007\u009b2J\r\u202eall is well'
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/
    const problem = { type: '', title: '', status: 400, code: 'invalid_request', detail: hostile, requestId: hostile }
    const warnings = [{ line: 1, rule: 'r', message: `${hostile}\nPublished version 9.` }]
    for (const [args, told] of [
      [['list'], { status: 400, body: problem }],
      [['publish', 'page.html', '--yes'], { body: { ...published, warnings } }],
      [['publish', 'page.html', '--dry-run'], { status: 400, body: problem }],
      [['doctor'], { body: hostile }],
    ] as const) {
      answer = told
      for (const more of [[], ['--json']]) {
        const { stdout, stderr } = await run([...args, ...more])
        expect(stdout + stderr, args.join(' ')).to.not.match(obeyed)
      }
    }
    answer = { body: { ...published, warnings } }
    expect((await run(['publish', 'page.html', '--new', '--yes'])).stderr).to.not.match(/^Published version 9/m)
    answer = { status: 400, body: problem }
    expect(JSON.parse((await run(['list', '--json'])).stderr).error.message).to.equal(hostile)
  })

  it('is not believed in what is remembered either', async () => {
    const folder = join(home, '.local/state/galley/pages')
    await mkdir(folder, { recursive: true })
    const record = { server: server.url, artifactId: id, title: '', version: 1, at: 1 }
    await writeFile(join(folder, 'a.json'), JSON.stringify({ ...record, artifactId: '../../evil', at: 3 }))
    await writeFile(join(folder, 'b.json'), JSON.stringify({ ...record, server: '--profile=/tmp/evil', at: 2 }))
    await writeFile(join(folder, `${id}.json`), JSON.stringify(record))
    expect((await run(['open'])).stdout).to.equal(`${server.url}/a/${id}\n`)
  })
})
