import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { DataLock } from '../../server/store/lock.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { ran, runGalley, type Serving, serveGalley, spawnGalley } from '../galley-process.ts'

describe('two servers on one data folder', function () {
  this.timeout(120_000)
  let dataDir: string
  let env: Record<string, string>
  let serving: Serving[]
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    env = { GALLEY_DATA_DIR: dataDir }
    serving = []
  })
  afterEach(async () => {
    for (const each of serving) await each.stop('SIGKILL')
    await rm(dataDir, { recursive: true })
  })
  const serve = async () => {
    const started = await serveGalley(env)
    serving.push(started)
    return started
  }

  it('the second is refused with a sentence that says who has them, and the first goes on', async () => {
    const first = await serve()
    const second = await runGalley(['serve'], { ...env, GALLEY_PORT: '0' })
    expect(second).to.include({ code: 1, stdout: '' })
    expect(second.stderr).to.match(
      new RegExp(
        `^The data in ${dataDir} are being served already by process ${first.process.pid} on \\S+, since 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC, at ${first.url}\\. Stop that server first, or set GALLEY_DATA_DIR to another folder\\.\n$`,
      ),
    )
    expect((await fetch(`${first.url}/readyz`)).status).to.equal(200)
    const beside = await runGalley(['member', 'add', 'ann@acme.example'], { ...env, GALLEY_PUBLIC_URL: first.url })
    expect(beside).to.include({ code: 0 })
  })

  it('nothing is left to be deleted by hand when the first was killed, or stopped', async () => {
    await (await serve()).stop('SIGKILL')
    const second = await serve()
    expect((await fetch(`${second.url}/readyz`)).status).to.equal(200)
    await second.stop('SIGTERM')
    expect(await readdir(dataDir)).to.have.members(['galley.db', 'galley.lock'])
  })

  it('of two at the very same moment exactly one serves', async () => {
    const both = await Promise.allSettled([serve(), serve()])
    expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
    const [refused] = both.flatMap(each => (each.status === 'rejected' ? [String(each.reason)] : []))
    expect(refused).to.match(/are being served already/)
  })

  it('of many in one process at the very same moment exactly one has them, again and again', async () => {
    const clock = { now: Date.now }
    for (let round = 0; round < 20; round++) {
      const takers = [1, 2, 3, 4, 5].map(() => DataLock.take({ dataDir, use: 'serve', clock }))
      const taken = (await Promise.allSettled(takers)).flatMap(each =>
        each.status === 'fulfilled' ? [each.value] : [],
      )
      expect(taken).to.have.length(1)
      for (const lock of taken) await lock.release()
    }
  })

  it('a restore has the data to itself, and is told what keeps it out', async () => {
    const clock = { now: () => Date.UTC(2030, 0, 1) }
    const take = (use: 'serve' | 'command' | 'restore') => DataLock.take({ dataDir, use, clock })
    const refused = (use: 'serve' | 'command' | 'restore') =>
      take(use).then(
        () => 'It was not refused.',
        (error: Error) => error.message.replace(dataDir, '').replace(/process \d+ on \S+,/, 'process 1 on here,'),
      )
    const server = await take('serve')
    expect(await refused('restore')).to.equal(
      'The data in  are being served already by process 1 on here, since 2030-01-01 00:00 UTC. Stop that server first.',
    )
    await server.release()
    const commands = [await take('command'), await take('command')]
    expect(await refused('restore')).to.match(/^Another galley command is at work/)
    for (const each of commands) await each.release()
    const restore = await take('restore')
    for (const use of ['serve', 'command', 'restore'] as const) {
      expect(await refused(use)).to.equal(
        'The data in  are being restored by process 1 on here, since 2030-01-01 00:00 UTC. Try again when that is done.',
      )
    }
    await restore.release()
    await (await take('serve')).release()
  })

  it('the first keeps them, whatever else its own process opens beside them', async () => {
    const app: TestApp = await startTestApp()
    try {
      const child = spawnGalley(['serve'], { GALLEY_DATA_DIR: app.dataDir, GALLEY_PORT: '0' })
      expect((await ran(child)).stderr).to.contain(app.url)
      await app.restart()
      await app.publish('<p>It goes on.')
    } finally {
      await app.close()
    }
  })
})
