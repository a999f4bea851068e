import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Memory } from '../../client/publisher/memory.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Circumstances, galley } from './console.ts'

describe('galley delete', () => {
  let app: TestApp
  let home: string
  let ahead = 0
  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + ahead } })
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  after(async () => {
    await app.close()
    await rm(home, { recursive: true })
  })

  const run = (args: string[], circumstances: Circumstances = {}) =>
    galley(['delete', ...args], {
      ...circumstances,
      env: { HOME: home, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...circumstances.env },
    })
  const status = async (id: string) => (await app.request(`/api/v1/artifacts/${id}`, { token: app.owner.token })).status
  /** A page of two versions that was published from this file. */
  async function published(name: string) {
    const { id, url } = await app.publish('<title>Deploys</title>')
    await app.publish('<title>Deploys</title>2', { to: id })
    const path = join(home, name)
    await writeFile(path, '')
    const page = { server: app.url, artifactId: id, title: 'Deploys', version: 2, at: Date.now() }
    await new Memory({ HOME: home }).remember(page, path)
    return { id, url, path }
  }
  const remembered = (path: string) => new Memory({ HOME: home }).ofFile(app.url, path)

  it('asks, deletes for everyone, and says how to take it back, which --undo does', async () => {
    const { id, url, path } = await published('asked.html')
    const deleted = await run(['asked.html'], { columns: 80, typed: 'y\n' })
    expect(deleted).to.include({ code: 0, stdout: `${url}\n` })
    expect(deleted.stderr).to.contain('Delete "Deploys" and its 2 versions, for everyone? (y/N)')
    expect(deleted.stderr).to.contain('Deleted "Deploys", for everyone.\n')
    expect(deleted.stderr).to.contain(`Take it back within 24 hours with: galley delete --undo ${url}\n`)
    expect(await status(id)).to.equal(404)
    expect(await remembered(path)).to.equal(undefined)

    const undone = await run(['--undo', url])
    expect(undone).to.include({ code: 0, stdout: `${url}\n`, stderr: '"Deploys" is back, with all its versions.\n' })
    expect(await status(id)).to.equal(200)
    expect(await remembered(path)).to.include({ artifactId: id, version: 2 })
  })

  it('takes a deletion back by the file too', async () => {
    const { id, url, path } = await published('both.html')
    expect(await run(['both.html', '--yes'])).to.include({ code: 0 })
    expect(await run(['--undo', 'both.html'])).to.include({ code: 0, stdout: `${url}\n` })
    expect(await remembered(path)).to.include({ artifactId: id, version: 2 })
  })

  it('keeps the page on any other answer, on Ctrl-C, and where nobody is there to answer', async () => {
    const { id, path } = await published('kept.html')
    for (const typed of ['\n', 'n\n', 'nyes\n', '\x03', '']) {
      const { code, stdout, stderr } = await run([id], { columns: 80, typed })
      expect([code, stdout], stderr).to.deep.equal([1, ''])
      expect(stderr).to.match(/Nothing was (?:deleted|done)\.\n$/)
    }
    const script = await run([id])
    expect(script).to.include({ code: 2, stdout: '' })
    expect(script.stderr).to.equal('Deleting asks first, and nobody is here to answer. If it is meant, add --yes.\n')
    expect(await status(id)).to.equal(200)
    expect(await remembered(path)).to.include({ artifactId: id })
  })

  it('does not ask with --yes, and answers in JSON with --json', async () => {
    const { id, url } = await published('script.html')
    const deleted = await run([url, '--yes', '--json'])
    expect(JSON.parse(deleted.stdout)).to.deep.equal({ id, url, title: 'Deploys', deleted: true })
    const undone = await run([url, '--undo', '--json'])
    expect(JSON.parse(undone.stdout)).to.deep.equal({ id, url, title: 'Deploys', deleted: false })
  })

  it('says when there is nothing to take back: not deleted, or too long ago', async () => {
    const { url } = await published('late.html')
    const sentence = 'There is nothing to take back: no page of yours was deleted there in the last 24 hours.\n'
    expect(await run([url, '--undo'])).to.include({ code: 1, stderr: sentence })
    await run([url, '--yes'])
    ahead += limits.deletedKept
    const token = await app.createToken(app.owner.member, { expiresIn: (2 * limits.deletedKept) / 1000 })
    const late = await run([url, '--undo', '--json'], { env: { GALLEY_TOKEN: token } })
    expect(late.code).to.equal(1)
    expect(JSON.parse(late.stderr).error).to.include({ code: 'not_found', message: sentence.trim() })
    ahead -= limits.deletedKept
  })

  it('says what names no page', async () => {
    await writeFile(join(home, 'other.html'), '')
    expect(await run(['other.html', '--yes'])).to.include({
      code: 2,
      stderr: `other.html was not published to ${app.url} from here. Name the page by its address, from: galley list\n`,
    })
    expect((await run(['nothing.html', '--yes'])).stderr).to.match(/^nothing\.html names no page: give its address/)
    const gone = await run([`cart_${'0'.repeat(22)}`, '--yes'])
    expect(gone).to.include({ code: 1, stderr: 'There is no such page, or you may not see it.\n' })
  })
})
