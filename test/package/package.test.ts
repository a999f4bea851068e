import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { type Account, installGlobally, makeAccount, pack, placeBuiltSqlite } from './npm.ts'

describe('the package', function () {
  this.timeout(180_000)
  const accounts: Account[] = []
  let packer: Account
  let tarball: string
  let app: TestApp
  before(async () => {
    packer = await account()
    tarball = await pack(packer)
    app = await startTestApp()
  })
  after(async () => {
    await app?.close()
    for (const each of accounts) await each.remove()
  })

  async function account(): Promise<Account> {
    const made = await makeAccount()
    accounts.push(made)
    return made
  }

  it('holds what runs, what it is and under which licence, and nothing else', async () => {
    const { stdout } = await packer.run('tar', ['-tzf', tarball])
    const files = stdout.trim().split('\n')
    const others = files.filter(file => !/^package\/dist\/(?:bin|server|shared)\/[\w/-]+\.js$/.test(file))
    const beside = others.filter(
      file => !/^package\/dist\/client\/(?:(?:publisher|sdk)\/[\w-]+|assets\/[\w.-]+)\.(?:js|css)$/.test(file),
    )
    expect(beside.sort()).to.deep.equal([
      'package/LICENSE',
      'package/README.md',
      'package/dist/client/.vite/manifest.json',
      'package/dist/client/frame.html',
      'package/dist/client/still.html',
      'package/package.json',
    ])
  })

  it('runs by npx from the tarball', async () => {
    const file = `./${basename(tarball)}`
    const { stdout, stderr } = await packer.run('npx', ['--yes', '--ignore-scripts', file, '--version'])
    expect(stdout, stderr).to.equal(`${await version()}\n`)
  })

  describe('installed without its optional dependency', () => {
    let person: Account
    before(async () => {
      person = await account()
      await installGlobally(person, tarball, '--omit=optional')
    })

    it('publishes', async () => publishes(person))

    it('writes the page to a file where no server answers', async () => {
      await writeFile(join(person.home, 'notes.md'), '# Notes\n\nAll is *well*.')
      const env = { GALLEY_URL: 'http://localhost:9', GALLEY_TOKEN: 'none' }
      const { code, stderr } = await person.run('galley', ['publish', '--yes', 'notes.md'], { env })
      expect({ code, stderr: stderr.includes('notes.galley.html') }, stderr).to.deep.equal({ code: 1, stderr: true })
      expect(await readFile(join(person.home, 'notes.galley.html'), 'utf8')).to.include('<em>well</em>')
    })

    it('says what serving needs, and how to get it', async () => refusesToServe(person))
  })

  describe('installed without running a script of any package', () => {
    let person: Account
    before(async () => {
      person = await account()
      await installGlobally(person, tarball)
    })

    it('says its version and what it can do', async () => {
      expect((await person.run('galley', ['--version'])).stdout).to.equal(`${await version()}\n`)
      const { code, stdout } = await person.run('galley', ['--help'])
      expect(code).to.equal(0)
      for (const command of ['publish', 'serve', 'member']) expect(stdout).to.match(new RegExp(`^ +${command}\\b`, 'm'))
    })

    it('publishes', async () => publishes(person))

    it('says what serving needs, and how to get it', async () => refusesToServe(person))

    it('serves, browser half and all, once better-sqlite3 has the binary that was built for the tests', async () => {
      placeBuiltSqlite(person)
      const server = spawn(join(person.bin, 'galley'), ['serve'], {
        cwd: person.home,
        env: { ...person.env, GALLEY_PORT: '0', GALLEY_LOG_LEVEL: 'silent' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      try {
        const url = await addressOf(server.stdout)
        const env = { GALLEY_URL: url, GALLEY_PUBLIC_URL: url }
        const token = await person.run('galley', ['token', 'create', '--member', 'owner@localhost'], { env })
        expect(token.code, token.stderr).to.equal(0)
        await publishes(person, url, token.stdout.trim())
        await servesScreens(url)
      } finally {
        const ended = once(server, 'exit')
        server.kill('SIGTERM')
        await ended
      }
    })
  })

  async function publishes(person: Account, server = app.url, token = app.owner.token): Promise<void> {
    await mkdir(join(person.home, 'work'), { recursive: true })
    await writeFile(join(person.home, 'work/page.html'), '<!doctype html><title>Packed</title><p>Hello')
    const env = { GALLEY_URL: server, GALLEY_TOKEN: token, GALLEY_AUTO_OPEN: '0' }
    const published = await person.run('galley', ['publish', '--yes', 'work/page.html'], { env })
    expect(published.code, published.stderr).to.equal(0)
    expect(published.stdout).to.match(new RegExp(`^${server}/a/cart_\\w+\n$`))
  }

  async function refusesToServe(person: Account): Promise<void> {
    const { code, stdout, stderr } = await person.run('galley', ['serve'], { env: { GALLEY_LOG_LEVEL: 'silent' } })
    expect(stderr)
      .to.match(/better-sqlite3/)
      .and.contain('npm install --global --allow-scripts=better-sqlite3')
    expect(stderr.trim().split('\n'), 'a sentence, no stack').to.have.length(1)
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' })
  }
})

async function version(): Promise<string> {
  return JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')).version
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const url = /\bhttp:\/\/localhost:\d+\b/.exec(line)?.[0]
    if (url !== undefined) return url
  }
  throw new Error('The server ended before it was ready.')
}

/** The sign-in page, and every script and sheet that it loads. */
async function servesScreens(url: string): Promise<void> {
  const page = await (await fetch(`${url}/sign-in`)).text()
  const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path = '']) => path)
  expect(loaded.length).to.be.greaterThan(1)
  for (const path of loaded) expect((await fetch(url + path)).status, path).to.equal(200)
}
