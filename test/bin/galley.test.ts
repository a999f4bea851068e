import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { program } from '../galley-process.ts'

/** What only the process itself can show: signals, pipes, and what it says of its own command line. */
describe('bin/galley', () => {
  let home: string
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  after(() => rm(home, { recursive: true }))

  const start = (args: string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, HOME: home, ...env } })
  async function end(child: ChildProcessWithoutNullStreams) {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { stdout, stderr, code: child.exitCode, signal: child.signalCode }
  }
  const run = (args: string[], env: Record<string, string> = {}) => end(start(args, env))

  it('groups its commands, gives examples, and says what was perhaps meant', async () => {
    const [help, none, typo, option] = await Promise.all([
      run(['--help']),
      run([]),
      run(['pubish', 'x.html']),
      run(['list', '--al', '--json']),
    ])
    expect(help.code).to.equal(0)
    expect(help.stdout).to.match(
      /Publishing:\n {2}login [\s\S]*\nServer:\n {2}serve [\s\S]*\nBeside the server:[\s\S]*\nHelp:[\s\S]*\nExamples:\n/,
    )
    expect(help.stdout).not.to.match(/^ {2}complete /m)
    expect(none).to.include({ code: 2, stdout: '' })
    expect(none.stderr).to.equal(help.stdout)
    expect(typo).to.include({ code: 2, stdout: '', stderr: "unknown command 'pubish'\n(Did you mean publish?)\n" })
    expect(JSON.parse(option.stderr)).to.deep.equal({
      error: { code: 'usage', message: "unknown option '--al'\n(Did you mean --all?)" },
    })
  })

  it('ends quietly when nobody reads on', async () => {
    const app: TestApp = await startTestApp()
    try {
      // More than a pipe holds.
      const title = 'x'.repeat(200)
      for (let n = 0; n < 100; n += 1)
        await app.publish(`<title>${n} ${title}</title>`, { query: `description=${'y'.repeat(1000)}` })
      const child = start(['list', '--all', '--json'], { GALLEY_URL: app.url, GALLEY_TOKEN: app.owner.token })
      child.stdout.destroy()
      const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
      expect([child.exitCode, stderr]).to.deep.equal([0, ''])
    } finally {
      await app.close()
    }
  })

  describe('while a server does not answer', () => {
    let server: Server
    let env: Record<string, string>
    beforeEach(async () => {
      server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      env = { GALLEY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, GALLEY_TOKEN: 'galley_x' }
    })
    afterEach(() => {
      server.closeAllConnections()
      server.close()
    })

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`ends on ${signal} with a sentence and exit code 1`, async () => {
        const child = start(['list'], env)
        await once(server, 'request')
        child.kill(signal)
        expect(await end(child)).to.deep.equal({ stdout: '', stderr: 'Interrupted.\n', code: 1, signal: null })
      })
    }

    it('says so in JSON, with --json', async () => {
      const child = start(['versions', `cart_${'0'.repeat(22)}`, '--json'], env)
      await once(server, 'request')
      child.kill('SIGINT')
      expect(JSON.parse((await end(child)).stderr)).to.deep.equal({
        error: { code: 'interrupted', message: 'Interrupted.' },
      })
    })
  })
})
