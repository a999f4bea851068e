import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { program } from '../galley-process.ts'

describe('the galley command', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const start = (args: string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH, GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'error', ...env },
    })
  async function run(args: string[], { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}) {
    const child = start(args, env)
    child.stdin.end(stdin)
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { stdout, stderr, code: child.exitCode }
  }

  it('serves, makes a member and a token beside the running server, publishes, and ends when asked', async () => {
    const server = start(['serve'], { GALLEY_PORT: '0' })
    try {
      const lines: string[] = []
      for await (const line of createInterface(server.stdout)) {
        lines.push(line)
        if (line.includes('/sign-in#')) break
      }
      const url = /^Galley is at (http:\/\/localhost:\d+)$/.exec(lines[0] ?? '')?.[1] ?? ''
      const env = { GALLEY_PUBLIC_URL: url, GALLEY_URL: url }
      expect((await run(['member', 'add', 'ann@acme.example'], { env })).code).to.equal(0)
      const token = await run(['token', 'create', '--member', 'ann@acme.example'], { env })
      const GALLEY_TOKEN = token.stdout.trim()
      const published = await run(['publish', '-', '--type', 'md', '--yes'], {
        env: { ...env, GALLEY_TOKEN },
        stdin: '# Hello',
      })
      expect(published.code).to.equal(0)
      expect(published.stderr).to.match(/^Published version 1\.\nUpdate it with: galley publish - --type md --to http/)
      expect(published.stdout).to.match(new RegExp(`^${url}/a/cart_\\w{22}\n$`))
    } finally {
      server.kill('SIGTERM')
    }
    await once(server, 'exit')
    expect(server.exitCode).to.equal(0)
  })

  it('logs what is asked of the API and what goes wrong, but no screens, which would bury the sign-in link', async () => {
    const server = start(['serve'], { GALLEY_PORT: '0', GALLEY_LOG_LEVEL: 'info' })
    const logged = text(server.stderr)
    try {
      const { value = '' } = await createInterface(server.stdout)[Symbol.asyncIterator]().next()
      const url = value.replace('Galley is at ', '')
      for (const path of ['/', '/sign-in', '/healthz', '/nothing', '/api/v1/me']) await (await fetch(url + path)).text()
    } finally {
      server.kill('SIGTERM')
    }
    const lines = (await logged)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const requests = lines.filter(({ msg }) => msg === 'request').map(({ path }) => path)
    expect(requests).to.deep.equal(['/nothing', '/api/v1/me'])
  })

  it('refuses to work on data of its own, where the server has none, and says nothing but what it is asked', async () => {
    const elsewhere = [
      ['member', 'add', 'ann@acme.example'],
      ['member', 'link', 'ann@acme.example'],
      ['token', 'create', '--member', 'ann@acme.example'],
    ]
    for (const { code, stderr } of await Promise.all(elsewhere.map(args => run(args)))) {
      expect(code).to.equal(1)
      expect(stderr).to.equal(
        `There is no Galley data in ${dataDir}. Run this where the server runs, or set GALLEY_DATA_DIR or DATABASE_URL.\n`,
      )
    }
    const made = await run(['org', 'add', 'Acme'], { env: { GALLEY_LOG_LEVEL: '' } })
    expect(made).to.include({ code: 0, stderr: '' })
  })

  it('exits 0 for help, 1 when it did not work, 2 for wrong usage, 78 for wrong configuration', async () => {
    const runs = await Promise.all([
      run(['--help']),
      run(['publish', 'page.pdf'], { env: { GALLEY_URL: 'http://localhost:9', GALLEY_TOKEN: 'x' } }),
      run(['publish']),
      run(['publish', 'page.html']),
      run(['serve'], { env: { GALLEY_PORT: 'x', GALLEY_LOG_LEVEL: 'loud' } }),
      run(['--version']),
    ])
    expect(runs.map(each => each.code)).to.deep.equal([0, 1, 2, 2, 78, 0])
    expect(runs[5].stdout).to.match(/^\d+\.\d+\.\d+\n$/)
    expect(runs[1].stderr).to.match(/^page\.pdf is a \.pdf file/)
    expect(runs[4].stderr).to.match(/^GALLEY_PORT .*\nGALLEY_LOG_LEVEL .*\n$/)
  })
})
