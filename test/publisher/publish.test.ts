import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Circumstances, galley } from './console.ts'

describe('galley publish', () => {
  let app: TestApp
  let folder: string
  before(async () => {
    app = await startTestApp()
    folder = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  after(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })

  const publish = (args: string[], { env = {}, ...circumstances }: Circumstances = {}) =>
    galley(['publish', ...args, '--yes'], {
      ...circumstances,
      env: { HOME: folder, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...env },
    })
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }
  const read = async (url: string): Promise<Artifact> => {
    const path = `/api/v1/artifacts/${url.trim().split('/').at(-1)}`
    return (await (await app.request(path, { token: app.owner.token })).json()) as Artifact
  }

  it('prints the URL alone, and the rest beside it', async () => {
    const path = await file('report.html', '<!doctype html><title>Report</title>')
    const { stdout, stderr, code } = await publish([path])
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(new RegExp(`^${app.url}/a/cart_\\w{22}\n$`))
    expect(stderr).to.equal(`Published version 1.\nUpdate it with: galley publish ${path}\n`)
    expect((await read(stdout)).title).to.equal('Report')
  })

  it('prints with --json one line of it, and nothing else', async () => {
    const { stdout, stderr } = await publish([
      await file('data.html', '<img src="https://pictures.example/a.png">'),
      '--json',
    ])
    expect(stderr).to.equal('')
    const { id, url, ...rest } = JSON.parse(stdout)
    expect(url).to.equal(`${app.url}/a/${id}`)
    expect(rest).to.deep.include({ version: 1, unchanged: false, created: true, file: join(folder, 'data.html') })
    expect(rest.warnings).to.have.length(1)
  })

  it('says after a first publish how to update the page, as a shell takes it', async () => {
    const path = await file("Ann's report.html", 'one')
    const quoted = `'${path.replace("'", `'\\''`)}'`
    expect((await publish([path])).stderr).to.contain(`Update it with: galley publish ${quoted}\n`)
    const piped = await publish(['-', '--type', 'md'], { typed: '# Piped' })
    expect(piped.stderr).to.contain(`Update it with: galley publish - --type md --to ${piped.stdout}`)
    expect((await publish([path])).stderr).to.equal('Unchanged: this is version 1 already.\n')
  })

  it('gives title, icon, description and note along', async () => {
    const path = await file('page.htm', '<p>Text')
    const { stdout } = await publish([path, '--title', 'T & t', '--icon', '📈', '--description', 'D', '--note', 'N'])
    expect(await read(stdout)).to.include({ title: 'T & t', icon: '📈', description: 'D' })
  })

  it('publishes Markdown, and what comes from standard input', async () => {
    const { stdout } = await publish([await file('notes.md', '# Notes')])
    expect((await read(stdout)).title).to.equal('Notes')
    const piped = await publish(['-', '--type', 'md'], { typed: '# Piped' })
    expect((await read(piped.stdout)).title).to.equal('Piped')
  })

  it('publishes a version of a page, by its URL or id, and says when nothing is new', async () => {
    const first = (await publish(['-', '--type', 'html'], { typed: 'one' })).stdout.trim()
    const second = await publish(['-', '--type', 'html', '--to', first], { typed: 'two' })
    expect(second.stderr).to.equal('Published version 2.\n')
    expect(second.stdout.trim()).to.equal(first)
    const id = first.split('/').at(-1) ?? ''
    const same = await publish(['-', '--type', 'html', '--to', id], { typed: 'two' })
    expect(same.stderr).to.equal('Unchanged: this is version 2 already.\n')
    expect(same.stdout.trim()).to.equal(first)
  })

  it('names what will be blocked, by file and line', async () => {
    const path = await file(
      'linked.html',
      '<!doctype html>\n<title>L</title>\n<img src="https://pictures.example/a.png">',
    )
    const { stderr } = await publish([path])
    expect(stderr).to.match(/^Published version 1\.\n.*linked\.html:3: .+\nUpdate it with: .+\n$/)
  })

  it('refuses other files by name, and pages that are too large before they are sent', async () => {
    const pdf = await publish([await file('slides.pdf', '%PDF')])
    expect(pdf.stderr).to.match(/slides\.pdf is a \.pdf file: what can be published is \.html, \.htm and \.md\.\n$/)
    const none = await publish([await file('README', 'x')])
    expect(none.stderr).to.match(/README is a file without an extension/)
    const large = await publish([await file('large.html', new Uint8Array(limits.sourceBytes + 1))])
    expect(large.stderr).to.match(/large\.html is larger than 16777216 bytes \(16 MiB\)/)
  })

  it('says in a sentence why a file cannot be read', async () => {
    const sentence = async (path: string) => (await publish([path])).stderr.trim()
    const path = await file('page.html', '')
    expect(await sentence(join(folder, 'missing.html'))).to.equal(`${join(folder, 'missing.html')} is not there.`)
    expect(await sentence(join(path, 'x.html'))).to.match(/x\.html is not there: a part of the path to it is a file\.$/)
    await mkdir(join(folder, 'folder.html'))
    expect(await sentence(join(folder, 'folder.html'))).to.match(/folder\.html is a folder: a page is one file\.$/)
  })

  it('says what the server says', async () => {
    const path = await file('ok.html', '<p>')
    const forged = await publish([path], { env: { GALLEY_TOKEN: 'galley_x' } })
    expect(forged.stderr).to.match(/^This access token was not made by this server/)
    const gone = await publish([path, '--to', `cart_${'0'.repeat(22)}`])
    expect(gone.stderr).to.equal('There is no such page, or you may not see it.\n')
  })

  it('says where the server is, when it was asked for under another name, with a body of any size', async () => {
    const env = { GALLEY_URL: app.url.replace('localhost', '127.0.0.1') }
    const large = `<!doctype html>${randomBytes(limits.sourceBytes / 2 - 10).toString('hex')}`
    for (const content of ['<p>', large]) {
      const { stderr } = await publish([await file('ok.html', content)], { env })
      expect(stderr).to.equal(`This server answers at ${app.url} only. Send the request there.\n`)
    }
  })

  it('refuses to guess what was meant, and to send a token elsewhere', async () => {
    const path = await file('ok.html', '<p>')
    const usage = async (args: string[], env: Record<string, string> = {}) => {
      const { stderr, code } = await publish(args, { env })
      expect(code, stderr).to.equal(2)
      return stderr.trim()
    }
    expect(await usage(['-'])).to.match(/--type html/)
    expect(await usage([path, '--type', 'md'])).to.match(/standard input/)
    expect(await usage([path], { GALLEY_URL: '' })).to.match(/set GALLEY_URL/)
    expect(await usage([path], { GALLEY_TOKEN: '' })).to.match(/Sign in with: galley login/)
    expect(await usage([path], { GALLEY_URL: 'galley.example.com' })).to.match(/is no URL/)
    expect(await usage([path], { GALLEY_URL: 'http://galley.example.com' })).to.match(/must be https/)
    expect(await usage([path], { GALLEY_URL: `${app.url}/a/` })).to.equal(
      `GALLEY_URL is more than an origin: leave it at ${app.url}`,
    )
    expect(await usage([path, '--to', ''])).to.match(/^--to is empty: it takes the address of a page or its id/)
    expect(await usage([path, '--to', 'report'])).to.match(/--to takes the address/)
    expect(await usage([path, '--to', `https://other.example/a/cart_${'0'.repeat(22)}`])).to.match(
      /^GALLEY_TOKEN is set, but for \S+: set GALLEY_URL=https:\/\/other\.example if it is for that one, or sign in/,
    )
  })
})
