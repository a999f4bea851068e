import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Command } from 'commander'
import { addPublishCommand } from '../../client/publisher/publish.ts'
import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'

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

  /** The command as `bin/galley.ts` has it, on streams of the test's own. */
  async function publish(
    args: string[],
    { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
  ) {
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    const program = new Command('galley').exitOverride().configureOutput({ writeErr: text => void stderr.write(text) })
    const all = { HOME: folder, GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token, ...env }
    const signal = new AbortController().signal
    addPublishCommand(program, {
      version: '0.0.0',
      env: all,
      cwd: folder,
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout,
      stderr,
      signal,
    })
    const error = await program.parseAsync(['publish', ...args], { from: 'user' }).then(
      () => undefined,
      (error: Error) => error,
    )
    stdout.end()
    stderr.end()
    return { stdout: await text(stdout), stderr: await text(stderr), error }
  }
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
    const { stdout, stderr, error } = await publish([path])
    expect(error).to.equal(undefined)
    expect(stdout).to.match(new RegExp(`^${app.url}/a/cart_\\w{22}\n$`))
    expect(stderr).to.equal(`Published version 1.\nUpdate it with: galley publish ${path} --to ${stdout}`)
    expect((await read(stdout)).title).to.equal('Report')
  })

  it('says after a first publish how to update the page in place, which saying the same again does not', async () => {
    const path = await file("Ann's report.html", 'one')
    const first = await publish([path])
    const second = await publish([path])
    expect(second.stdout).not.to.equal(first.stdout)
    const quoted = `'${path.replace("'", `'\\''`)}'`
    expect(first.stderr).to.contain(`galley publish ${quoted} --to ${first.stdout}`)
    const piped = await publish(['-', '--type', 'md'], { stdin: '# Piped' })
    expect(piped.stderr).to.contain(`galley publish - --type md --to ${piped.stdout}`)
    const updated = await publish([await file("Ann's report.html", 'two'), '--to', first.stdout.trim()])
    expect(updated).to.include({ stdout: first.stdout, stderr: 'Published version 2.\n' })
  })

  it('gives title, icon, description and note along', async () => {
    const path = await file('page.htm', '<p>Text')
    const { stdout } = await publish([path, '--title', 'T & t', '--icon', '📈', '--description', 'D', '--note', 'N'])
    expect(await read(stdout)).to.include({ title: 'T & t', icon: '📈', description: 'D' })
  })

  it('publishes Markdown, and what comes from standard input', async () => {
    const { stdout } = await publish([await file('notes.md', '# Notes')])
    expect((await read(stdout)).title).to.equal('Notes')
    const piped = await publish(['-', '--type', 'md'], { stdin: '# Piped' })
    expect((await read(piped.stdout)).title).to.equal('Piped')
  })

  it('publishes a version of a page, by its URL or id, and says when nothing is new', async () => {
    const first = (await publish(['-', '--type', 'html'], { stdin: 'one' })).stdout.trim()
    const second = await publish(['-', '--type', 'html', '--to', first], { stdin: 'two' })
    expect(second.stderr).to.equal('Published version 2.\n')
    expect(second.stdout.trim()).to.equal(first)
    const id = first.split('/').at(-1) ?? ''
    const same = await publish(['-', '--type', 'html', '--to', id], { stdin: 'two' })
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
    expect(pdf.error?.message).to.match(
      /slides\.pdf is a \.pdf file: what can be published is \.html, \.htm and \.md\.$/,
    )
    const none = await publish([await file('README', 'x')])
    expect(none.error?.message).to.match(/README is a file without an extension/)
    const large = await publish([await file('large.html', new Uint8Array(limits.sourceBytes + 1))])
    expect(large.error?.message).to.match(/large\.html is larger than 16777216 bytes \(16 MiB\)/)
  })

  it('says in a sentence why a file cannot be read', async () => {
    const sentence = async (path: string) => (await publish([path])).error?.message
    const path = await file('page.html', '')
    expect(await sentence(join(folder, 'missing.html'))).to.equal(`${join(folder, 'missing.html')} is not there.`)
    expect(await sentence(join(path, 'x.html'))).to.match(/x\.html is not there: a part of the path to it is a file\.$/)
    await mkdir(join(folder, 'folder.html'))
    expect(await sentence(join(folder, 'folder.html'))).to.match(/folder\.html is a folder: a page is one file\.$/)
  })

  it('says what the server says', async () => {
    const path = await file('ok.html', '<p>')
    const forged = await publish([path], { env: { GALLEY_TOKEN: 'galley_x' } })
    expect(forged.error?.message).to.match(/^This access token was not made by this server/)
    const gone = await publish([path, '--to', `cart_${'0'.repeat(22)}`])
    expect(gone.error?.message).to.equal('There is no such page, or you may not see it.')
  })

  it('says where the server is, when it was asked for under another name, with a body of any size', async () => {
    const env = { GALLEY_URL: app.url.replace('localhost', '127.0.0.1') }
    for (const content of ['<p>', new Uint8Array(limits.sourceBytes).fill(0x2e)]) {
      const { error } = await publish([await file('ok.html', content)], { env })
      expect(error?.message).to.equal(`This server answers at ${app.url} only. Send the request there.`)
    }
  })

  it('says when no Galley is there', async () => {
    const path = await file('ok.html', '<p>')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const closed = await publish([path], { env: { GALLEY_URL: `http://127.0.0.1:${port}` } })
    expect(closed.error?.message).to.equal(
      `http://127.0.0.1:${port} could not be reached: connect ECONNREFUSED 127.0.0.1:${port}. Is it running, and is GALLEY_URL right?`,
    )
    const other = await publish([path], { env: { GALLEY_URL: app.contentUrls[0] ?? '' } })
    expect(other.error?.message).to.match(
      /^What answers at .* is not Galley \(status 404\)\. Is it running, and is GALLEY_URL right\?$/,
    )
  })

  it('refuses to guess what was meant, and to send a token elsewhere', async () => {
    const path = await file('ok.html', '<p>')
    const usage = async (args: string[], env: Record<string, string> = {}) => {
      const { error } = await publish(args, { env })
      expect(error?.name, error?.message).to.equal('UsageError')
      return error?.message ?? ''
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
      /^GALLEY_TOKEN is set, but not for which server/,
    )
  })
})
