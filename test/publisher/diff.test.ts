import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { applyPatch } from 'diff'
import { startTestApp, type TestApp } from '../app.ts'
import { type Circumstances, galley } from './console.ts'

describe('galley diff', () => {
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

  const run = (args: string[], circumstances: Circumstances = {}) =>
    galley(['diff', ...args], {
      ...circumstances,
      env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...circumstances.env },
    })
  const sources = ['one', 'two', 'three'].map(word => `<!doctype html><title>Deploys</title>\n<p>${word}\n<p>same\n`)
  async function published(texts = sources) {
    const [first = '', ...rest] = texts
    const { id, url } = await app.publish(first)
    for (const text of rest) await app.publish(text, { to: id })
    return url
  }

  it('prints into another program what leads from one version to the other', async () => {
    const url = await published()
    for (const [versions, from, to] of [
      [[], 1, 2],
      [['1'], 0, 2],
      [['1', '2'], 0, 1],
      [['3', '1'], 2, 0],
    ] as const) {
      const { stdout, stderr, code } = await run([url, ...versions])
      expect([code, stderr]).to.deep.equal([0, ''])
      expect(applyPatch(sources[from] ?? '', stdout), versions.join(' ')).to.equal(sources[to])
    }
  })

  it('draws it for a person, in colours unless NO_COLOR is set', async () => {
    const url = await published()
    const { stdout, stderr } = await run([url], { columns: 80, env: { NO_COLOR: '1' } })
    expect(stdout.split('\n')).to.deep.equal([
      '--- version 2',
      '+++ version 3',
      '@@ line 1 → line 1 @@',
      ' <!doctype html><title>Deploys</title>',
      '-<p>two',
      '+<p>three',
      ' <p>same',
      '',
    ])
    expect(stderr).to.match(/Deploys: from version 2 to 3, 1 line added, 1 removed\n$/)
    expect((await run([url], { columns: 80 })).stdout).to.contain('\x1b[31m-<p>two\x1b[0m\n\x1b[32m+<p>three\x1b[0m')
  })

  it('lets no source speak to the terminal, and passes on to programs what it is', async () => {
    const hostile = 'x\x1b]0;title\x07\u202egnol\r'
    const url = await published(['x', hostile])
    const drawn = await run([url], { columns: 80, env: { NO_COLOR: '1' } })
    expect(drawn.stdout).to.contain('+x␛]0;title␇<U+202E>gnol␍ (no line end)\n')
    expect((await run([url])).stdout).to.contain(`\n+${hostile}\n`)
  })

  it('prints JSON', async () => {
    const { stdout } = await run([await published(), '--json'])
    expect(JSON.parse(stdout)).to.include({ from: 2, to: 3, added: 1, removed: 1 })
  })

  it('says when there is nothing to compare, or no difference', async () => {
    const once = await run([await published(['<p>one'])])
    expect([once.code, once.stdout]).to.deep.equal([1, ''])
    expect(once.stderr).to.equal('This page has one version, and nothing to compare it with.\n')
    const same = await run([await published(['<p>one', '<p>two', '<p>one']), '1', '3'], { columns: 80 })
    expect([same.code, same.stdout]).to.deep.equal([0, ''])
    expect(same.stderr).to.contain('versions 1 and 3 have the same source')
  })

  it('refuses what is no number, and says what does not exist', async () => {
    const url = await published()
    for (const number of ['0', 'two', '-1', '1.5']) expect((await run([url, '--', number])).code, number).to.equal(2)
    const { code, stderr } = await run([url, '1', '9', '--json'])
    expect(code).to.equal(1)
    expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'not_found')
  })
})
