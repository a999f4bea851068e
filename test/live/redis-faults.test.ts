import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createClient } from 'redis'
import { limits } from '../../shared/limits.ts'
import { eventually } from '../e2e/stage.ts'
import { type Link, openLink } from '../link.ts'
import { type Redis, startRedis } from '../redis.ts'
import { allUp, impatient } from './over-redis.ts'
import { type RedisStage, startRedisStage } from './redis-stage.ts'

/** Longer than a node waits for its own heartbeat. */
const longSilence = 1.5 * impatient.silence

/** The second of two has a link between it and Redis. */
describe('nodes whose Redis fails', () => {
  let redis: Redis
  let link: Link
  let stage: RedisStage

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())

  beforeEach(async () => {
    link = await openLink(redis.port)
    const at = (port: number) => ({ url: `redis://127.0.0.1:${port}`, cluster: false })
    stage = await startRedisStage([at(redis.port), at(link.port)])
  })
  afterEach(async () => {
    await stage.close()
    await link.close()
  })

  const faults: { name: string; fault(): unknown; mend?(): unknown }[] = [
    { name: 'subscribers are cut', fault: () => redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub') },
    { name: 'publishers are cut', fault: () => redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes') },
    { name: 'a subscriber has too much to read', fault: overflow },
    { name: 'it is restarted', fault: () => redis.stop(), mend: () => redis.start() },
    { name: 'it is killed', fault: () => redis.stop('SIGKILL'), mend: () => redis.start() },
    { name: 'it stands still', fault: () => redis.freeze(), mend: () => redis.thaw() },
    { name: 'it keeps all waiting', fault: () => redis.cli('CLIENT', 'PAUSE', String(2 * longSilence), 'ALL') },
    { name: 'connections are reset', fault: () => link.reset() },
    { name: 'what is said is swallowed', fault: () => link.swallow('up'), mend: () => link.mend() },
    { name: 'what is to be heard is swallowed', fault: () => link.swallow('down'), mend: () => link.mend() },
    { name: 'everything is swallowed', fault: () => link.swallow('both'), mend: () => link.mend() },
    { name: 'nothing is read', fault: () => link.hold('both'), mend: () => link.mend() },
    { name: 'connections are refused', fault: () => link.refuse(), mend: () => link.mend() },
    { name: 'all takes seconds', fault: () => link.delay(longSilence), mend: () => link.mend() },
  ]

  /** Of what is published there is more in one message than a subscriber may be behind with. */
  async function overflow(): Promise<void> {
    await redis.cli('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32kb 0 0')
    const script = `return redis.call('PUBLISH', ARGV[1], string.rep('x', 1048576))`
    await redis.cli('EVAL', script, '0', '{galley}-request#/#')
    await redis.cli('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60')
  }

  for (const { name, fault, mend } of faults) {
    it(`N9: publish while ${name}, and show what is kept as soon as that is over`, async () => {
      await fault()
      await stage.publish('while it fails')
      if (mend) await sleep(longSilence)
      const last = await stage.publishUnsaid('and nobody said so')
      await mend?.()
      await stage.showsAt(1, last)
      expect(await stage.gapsAt(1)).to.be.at.least(1)
      await allUp(stage.over.ways)
      const next = await stage.publish('as ever')
      await stage.showsAt(0, next)
      await stage.showsAt(1, next)
    })
  }

  it('go on as if nothing had happened when Redis forgets all it holds', async () => {
    await redis.cli('FLUSHALL')
    await stage.showsAt(1, await stage.publish('as ever'))
    expect(await stage.gapsAt(1)).to.equal(0)
  })

  it('do not take their own being busy for silence', async () => {
    const until = performance.now() + 2 * longSilence
    while (performance.now() < until) {
      // As long as it takes.
    }
    await sleep(2 * impatient.heartbeat)
    expect(await stage.gapsAt(1)).to.equal(0)
    await stage.showsAt(1, await stage.publish('as ever'))
  })

  it('drop what they have to say to a Redis that does not answer, rather than keep it', async () => {
    link.swallow('both')
    const excess = 100
    await stage.announceAt(1, limits.redisUnanswered + excess)
    await eventually(async () => {
      expect(await stage.over.ways[1]?.counted('announcements_dropped')).to.be.at.least(excess)
    })
  })

  it('do nothing with their viewers, and tell nothing of them, however they are asked to by way of Redis', async () => {
    const listener = createClient({ url: `redis://127.0.0.1:${redis.port}` })
    const answers: string[] = []
    await listener.connect()
    await listener.pSubscribe('{galley}-response#*', answer => void answers.push(answer))
    const everybody = { rooms: [], except: [] }
    const packet = { type: 2, nsp: '/', data: ['revoked', { artifactId: 'all', code: 'not_signed_in' }] }
    // As the adapter numbers it: who there is, their rooms, joining, leaving, disconnecting, their cookies, broadcasting.
    for (const type of [0, 1, 2, 3, 4, 5, 7]) {
      const asked = { type, uid: 'x', requestId: `x${type}`, opts: everybody, rooms: ['x'], close: true, packet }
      await redis.cli('PUBLISH', '{galley}-request#/#', JSON.stringify(asked))
    }
    const next = await stage.publish('as ever')
    await stage.showsAt(0, next)
    await stage.showsAt(1, next)
    listener.destroy()
    expect(answers).to.deep.equal([])
  })

  it('take no notice of what makes no sense', async () => {
    const said = [
      'null',
      '{',
      '{}',
      '{"type":5}',
      '{"type":6}',
      '{"type":6,"uid":"x","data":{}}',
      '{"type":6,"uid":"x","data":["announced"]}',
      '{"type":6,"uid":"x","data":["announced",{"kind":"praised","artifactId":7}]}',
      '{"type":6,"uid":"x","data":["announced",{"epoch":"x","announcement":{"kind":"changed"}}]}',
      '{"type":6,"uid":"x","data":["present",{"node":[]}]}',
      '{"type":6,"uid":"x","data":["connection",{"data":{}}]}',
      '{"type":99}',
      '\u0093\u0001',
      '\u00c1',
    ]
    const channels = ['{galley}-request#/#', '{galley}-response#/#', '{galley}#/#']
    for (const channel of channels) for (const message of said) await redis.cli('PUBLISH', channel, message)
    const long = `'{"type":6,"uid":"x","data":["announced","' .. string.rep('x', ARGV[2]) .. '"]}'`
    const script = `return redis.call('PUBLISH', ARGV[1], ${long})`
    await redis.cli('EVAL', script, '0', '{galley}-request#/#', String(2 * limits.announcementBytes))
    await stage.showsAt(1, await stage.publish('as ever'))
    expect(await stage.gapsAt(1)).to.equal(0)
  })
})
