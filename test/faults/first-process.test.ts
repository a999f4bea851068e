import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { freePorts, program as galley } from '../galley-process.ts'

/** The system ends no such process by a signal that it has not asked to hear of. */
describe('galley serve, the first process of a container', () => {
  it('ends when it is asked to while it waits for its database', async () => {
    const env = { PATH: process.env.PATH, ...(await freePorts()), DATABASE_URL: 'postgres://galley@127.0.0.1:1/galley' }
    const apart = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child']
    const container = spawn('unshare', [...apart, process.execPath, galley, 'serve'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    try {
      const [said] = await once(container.stderr, 'data')
      expect(String(said)).to.include('Waiting for the PostgreSQL database')
      const { stdout } = await promisify(execFile)('pgrep', ['-P', String(container.pid)])
      const ended = once(container, 'exit')
      process.kill(Number(stdout), 'SIGTERM')
      expect(await ended).to.deep.equal([128 + constants.signals.SIGTERM, null])
    } finally {
      container.kill('SIGKILL')
    }
  })
})
