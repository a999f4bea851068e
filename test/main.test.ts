import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { eventually } from './e2e/stage.ts'
import { freePorts } from './galley-process.ts'
import { run, start } from './publisher/terminal-shell.ts'

describe('galley serve, to somebody at a terminal', function () {
  this.timeout(120_000)
  let cwd: string
  let port: number
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'galley-test-'))
    port = Number((await freePorts()).GALLEY_PORT)
  })
  afterEach(() => rm(cwd, { recursive: true }))

  const env = () => ({ GALLEY_PORT: String(port), GALLEY_DATA_DIR: 'data' })

  it('says where it is, where its data are, how the owner signs in and how one publishes, and no more', async () => {
    const url = `http://localhost:${port}`
    const server = start(['serve'], { cwd, env: env(), terminal: true })
    try {
      const ready = eventually(async () => {
        expect((await fetch(`${url}/readyz`)).status).to.equal(200)
      })
      const early = await Promise.race([ready, server.ended])
      expect(early, 'it ended').to.equal(undefined)
      expect(server.said).to.equal('')
      server.interrupt()
      const { code, stdout, stderr } = await server.ended
      expect(stderr).to.match(/Ending, once what is under way is done\. Ctrl-C again does not wait\.\n$/)
      expect(code).to.equal(0)
      const link = new RegExp(`^ {2}${url}/sign-in#[\\w-]{43}$`, 'm').exec(stdout)?.[0]
      expect(stdout).to.equal(
        [
          `Galley is at ${url}`,
          `Its data are in ${join(cwd, 'data')}`,
          '',
          'Nobody has signed in yet. This link signs the owner in, once:',
          '',
          link,
          '',
          'To publish from a terminal:',
          '',
          `  galley login ${url}`,
          '  galley publish report.html',
          '\n',
        ].join('\n'),
      )
    } finally {
      server.kill()
    }
  })

  it('says in a sentence which port is taken, and what to do', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(port + 1, '127.0.0.1', resolve))
    try {
      const { code, stdout, stderr } = await run(['serve'], { cwd, env: env(), terminal: true })
      expect(code).to.equal(1)
      expect(stdout).to.equal('')
      expect(stderr).to.equal(
        `Port ${port + 1} of 127.0.0.1 is taken: another Galley, or another program, listens there. Pages are served there: set GALLEY_PORT to one that is free with the next two, or GALLEY_CONTENT_URLS to others.\n`,
      )
    } finally {
      other.close()
    }
  })

  it('logs in words, where it is asked to say more', async () => {
    const server = start(['serve'], { cwd, env: { ...env(), GALLEY_LOG_LEVEL: 'info' }, terminal: true })
    try {
      await server.until(/^\d\d:\d\d:\d\d info: Galley is serving\. publicUrl="http:/m)
      await fetch(`http://localhost:${port}/api/v1/me`)
      await server.until(/^\d\d:\d\d:\d\d info: request .*path="\/api\/v1\/me" status=401 /m)
      server.interrupt()
      expect((await server.ended).code).to.equal(0)
    } finally {
      server.kill()
    }
  })
})
