import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { expect } from 'chai'
import type { Log } from '../../server/core/ports.ts'
import { eventually } from '../e2e/stage.ts'
import { freePort } from '../galley-process.ts'
import { silent } from '../ground.ts'
import { openLink } from '../link.ts'
import { certificate } from '../publisher/certificate.ts'
import { type Redis, startRedis } from '../redis.ts'
import { liveContract } from './contract.ts'
import { allUp, openWay, startOverRedis } from './over-redis.ts'

describe('over a real Redis', () => {
  let redis: Redis
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())

  liveContract('Redis', () => {
    const address = { url: redis.url, cluster: false }
    return startOverRedis([address, address, address], { reconcileEvery: 200 })
  })
})

describe('the way to Redis', () => {
  let redis: Redis
  let open: { close(): Promise<void> }[]
  let said: { level: string; fields: object; message: string }[]
  const log: Log = {
    ...silent,
    info: (fields, message) => void said.push({ level: 'info', fields, message }),
    warn: (fields, message) => void said.push({ level: 'warn', fields, message }),
  }

  beforeEach(async () => {
    open = []
    said = []
  })
  afterEach(async () => {
    for (const each of open.reverse()) await each.close()
  })
  async function start(settings: Record<string, string> = {}): Promise<void> {
    redis = await startRedis(settings)
    open.push(redis)
  }
  function wayBy(url: string) {
    const way = openWay({ url, cluster: false }, log)
    open.push(way)
    return way
  }

  it('is tried for ever where it does not lead there yet, and this is said once', async () => {
    await start()
    const link = await openLink(redis.port)
    open.push(link)
    await link.refuse()
    const way = wayBy(`redis://127.0.0.1:${link.port}`)
    let heals = 0
    way.onGap(() => heals++)
    await sleep(1000)
    expect(way.isUp()).to.equal(false)
    expect(way.commands.isReady).to.equal(false)
    const refused = await way.commands.eval('return 1', { keys: [], arguments: [] }).catch(error => error)
    expect(refused).to.be.an('error').with.property('message', 'Redis is away.')
    expect(said.map(({ level }) => level)).to.deep.equal(['warn'])
    expect(inspect(said, { depth: null })).to.include('ECONNREFUSED')
    await link.mend()
    await allUp([way])
    expect(heals).to.equal(1)
    expect(said.map(({ level }) => level)).to.deep.equal(['warn', 'info'])
    expect(await way.commands.eval('return ARGV[1]', { keys: ['galley:x'], arguments: ['there'] })).to.equal('there')
    expect(await way.counted('redis_gaps')).to.equal(1)
  })

  it('says why it is shut, and not the password', async () => {
    await start({ requirepass: 'as-it-should-be' })
    const way = wayBy(`redis://:as-it-was@127.0.0.1:${redis.port}`)
    await eventually(() => {
      expect(said).to.have.length(1)
    })
    expect(inspect(said, { depth: null }))
      .to.include('WRONGPASS')
      .and.not.include('as-it')
    await redis.cli('CONFIG', 'SET', 'requirepass', 'as-it-was')
    await allUp([way])
  })

  it('is open to a user who may do no more than is needed', async () => {
    await start()
    const commands = ['publish', 'subscribe', 'eval', 'set', 'incrby', 'pttl', 'expire'].map(name => `+${name}`)
    await redis.cli('ACL', 'SETUSER', 'gal:ley', 'on', '>p@ss:/?', '~galley:*', '&{galley}*', ...commands)
    const url = `redis://gal%3Aley:p%40ss%3A%2F%3F@127.0.0.1:${redis.port}`
    const over = await startOverRedis([{ url, cluster: false }], { log })
    open.push(over)
    const script = `redis.call('set', KEYS[1], 0, 'EX', 9, 'NX') return redis.call('incrby', KEYS[1], 1)`
    expect(await over.ways[0]?.commands.eval(script, { keys: ['galley:quota:x'], arguments: [] })).to.equal(1)
    expect(said).to.deep.equal([])
  })

  it('says which right is missing', async () => {
    await start()
    await redis.cli('ACL', 'SETUSER', 'galley', 'on', '>secret', '&another*', '+publish', '+subscribe')
    wayBy(`redis://galley:secret@127.0.0.1:${redis.port}`)
    await eventually(() => {
      expect(inspect(said, { depth: null }))
        .to.include('NOPERM')
        .and.not.include('secret')
    })
  })

  it('is encrypted, to a server whose certificate is believed in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'galley-test-'))
    open.push({ close: () => rm(folder, { recursive: true }) })
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    await writeFile(cert, certificate.cert)
    await writeFile(key, certificate.key)
    const port = String(await freePort())
    await start({ 'tls-port': port, 'tls-cert-file': cert, 'tls-key-file': key, 'tls-auth-clients': 'no' })
    const url = `rediss://localhost:${port}`
    expect(await tryFromOutside(url, {})).to.include('self-signed certificate')
    expect(await tryFromOutside(url, { NODE_EXTRA_CA_CERTS: cert })).to.equal('up')
  })
})

const visitor = fileURLToPath(new URL('./visit-redis.ts', import.meta.url))

/** In a process of its own: Node reads whom it trusts at its start alone. @returns what it says */
async function tryFromOutside(url: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', visitor, url], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return said
}
