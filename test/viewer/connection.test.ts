import { mock } from 'node:test'
import { expect } from 'chai'
import {
  backoff,
  Connection,
  type ConnectionState,
  type LiveSocket,
  type Network,
} from '../../client/network/connection.ts'
import { type News, type WatchAnswer, watching } from '../../client/viewer/watching.ts'
import type { Artifact } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { WatchReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'

type Handler = (...args: unknown[]) => void
type Acknowledge = (silent: Error | null, reply?: WatchReply) => void

/** The far end of a socket, played by the test. */
class Line {
  private readonly handlers = new Map<string, Handler>()
  asked: Acknowledge[] = []
  connected = false
  closed = false

  say(name: string, ...args: unknown[]): void {
    this.handlers.get(name)?.(...args)
  }

  connects(): void {
    this.connected = true
    this.say('connect')
  }

  answers(): void {
    this.asked.shift()?.(null, { ok: true, artifact })
  }

  refuses(code: ErrorCode): void {
    this.asked.shift()?.(null, { ok: false, code, message: '' })
  }

  socket(): LiveSocket {
    const line = this
    const socket = {
      get connected() {
        return line.connected
      },
      on: (name: string, handler: Handler) => void line.handlers.set(name, handler),
      off: () => line.handlers.clear(),
      connect: () => {},
      disconnect() {
        line.connected = false
        line.closed = true
      },
      timeout: (ms: number) => ({
        emit(_: string, __: unknown, acknowledge: Acknowledge) {
          const silence = setTimeout(() => acknowledge(new Error('timeout')), ms)
          line.asked.push((silent, reply) => {
            clearTimeout(silence)
            acknowledge(silent, reply)
          })
        },
      }),
    }
    return socket as unknown as LiveSocket
  }
}

const artifact: Artifact = {
  ...{ id: 'cart_1', url: '', title: '', icon: '', description: '', role: 'owner', audience: 'private', pinned: null },
  author: { name: '', email: '' },
  shown: { number: 1, sha256: '0'.repeat(64), size: 1, publishedAt: '', note: null },
  ...{ epoch: 'e', rev: 1, createdAt: '', updatedAt: '' },
}

describe('the viewer’s connection', () => {
  let lines: Line[]
  let heard: (ConnectionState | News)[]
  let connection: Connection<WatchAnswer>
  let online: boolean
  let resettlings: number

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    lines = []
    resettlings = 0
    heard = []
    online = true
    const network: Network = {
      origin: '',
      fetch: async () => {
        throw new TypeError('The network is down.')
      },
      online: () => online,
      openSocket() {
        const line = new Line()
        lines.push(line)
        return line.socket()
      },
    }
    const hear = (one: ConnectionState | News): void => void heard.push(one)
    const resettled = () => void resettlings++
    const subject = watching({ artifactId: 'cart_1', http: network, have: () => undefined, hear, resettled })
    connection = new Connection({ network, subject, hear })
    connection.start()
  })
  afterEach(() => {
    connection.stop()
    mock.timers.reset()
  })

  const line = (): Line => lines.at(-1) ?? new Line()
  const statuses = () => heard.flatMap(one => (one.kind === 'status' ? [one.status] : []))
  function goLive(): Line {
    line().connects()
    line().answers()
    return line()
  }

  it('C1: waits a random part of a bound that doubles up to the greatest', () => {
    for (let failures = 1; failures < 12; failures++) {
      const most = Math.min(limits.reconnectMax, limits.reconnectMin * 2 ** failures)
      const waits = Array.from({ length: 300 }, () => backoff(failures))
      expect(Math.max(...waits)).to.be.within(most * 0.9, most)
      expect(Math.min(...waits)).to.be.lessThan(most * 0.1)
    }
  })

  it('C1: tries again after every failure, within the greatest wait', () => {
    for (let failures = 1; failures < 8; failures++) {
      line().say('connect_error', new Error('websocket error'))
      expect(lines).to.have.length(failures)
      mock.timers.tick(limits.reconnectMax)
      expect(lines).to.have.length(failures + 1)
    }
    expect(new Set(statuses())).to.deep.equal(new Set(['connecting']))
  })

  it('C1: says whether it is the first time, a loss, or that there is no network', () => {
    goLive().say('disconnect')
    online = false
    mock.timers.tick(limits.reconnectMax)
    line().say('connect_error', new Error('websocket error'))
    expect(statuses()).to.deep.equal(['connecting', 'live', 'reconnecting', 'offline'])
  })

  it('C2: gives an open socket a moment to answer, then takes another and hears the old one no more', () => {
    const old = goLive()
    connection.check()
    connection.check()
    expect(old.asked, 'asked once').to.have.length(1)
    mock.timers.tick(limits.pingTimeout)
    expect(lines).to.have.length(2)
    expect(old.closed).to.equal(true)
    const before = heard.length
    old.say('version', {})
    old.answers()
    expect(heard).to.have.length(before)
  })

  it('C2: tries at once when something wakes it while it waits', () => {
    line().say('connect_error', new Error('websocket error'))
    connection.check()
    expect(lines).to.have.length(2)
    connection.check()
    expect(lines, 'and leaves a try that runs').to.have.length(2)
  })

  it('C2: does not storm a server that lets in and never answers', () => {
    for (let n = 0; n < 20; n++) {
      line().connects()
      mock.timers.tick(limits.pingTimeout)
    }
    const tried = lines.length
    expect(tried).to.be.lessThan(20)
  })

  it('C3: asks now and then, whatever it has heard', () => {
    const { asked } = goLive()
    mock.timers.tick(limits.currentPoll * 0.7)
    expect(asked).to.have.length(0)
    mock.timers.tick(limits.currentPoll * 0.6)
    expect(line().asked).to.have.length(1)
  })

  it('C6: comes back when it was told to, whether it was cut before or not', () => {
    for (const cut of [false, true]) {
      goLive().say('drain', { retryIn: 1500 })
      if (cut) line().say('disconnect')
      const before = lines.length
      mock.timers.tick(1499)
      expect(lines).to.have.length(before)
      mock.timers.tick(1)
      expect(lines).to.have.length(before + 1)
    }
  })

  it('C7: stays away once it has ended, until started again', () => {
    goLive().say('revoked', { artifactId: 'cart_1', code: 'deleted' })
    expect(heard.at(-1)).to.deep.equal({ kind: 'ended', why: 'deleted' })
    connection.check()
    mock.timers.tick(10 * limits.currentPoll)
    expect(lines).to.have.length(1)
    connection.start()
    expect(lines).to.have.length(2)
  })

  it('C10: stays where its pages are closed, and asks as soon as that may be over, each in their own time', () => {
    const { asked } = goLive()
    line().say('revoked', { artifactId: 'cart_1', code: 'publishing_disabled' })
    expect(statuses().at(-1)).to.equal('closed')
    line().say('settings', {})
    mock.timers.tick(limits.fetchSpread)
    expect(asked).to.have.length(1)
    line().refuses('publishing_disabled')
    mock.timers.tick(limits.currentPoll * 1.3)
    expect(asked).to.have.length(1)
    line().answers()
    expect(statuses().at(-1)).to.equal('live')
    expect([lines.length, resettlings]).to.deep.equal([1, 1])
    line().say('settings', {})
    mock.timers.tick(limits.fetchSpread)
    expect([asked.length, resettlings]).to.deep.equal([0, 2])
  })

  it('C10: is closed through whatever becomes of the connection, until it is told otherwise', () => {
    line().connects()
    line().refuses('publishing_disabled')
    line().say('disconnect')
    expect(statuses().at(-1)).to.equal('closed')
    mock.timers.tick(limits.reconnectMax)
    line().connects()
    expect(statuses().at(-1)).to.equal('closed')
    line().refuses('not_found')
    expect(heard.at(-1)).to.deep.equal({ kind: 'ended', why: 'not_found' })
    connection.start()
    expect(statuses().at(-1)).to.equal('connecting')
  })

  it('C7: does not end for what is said of another artifact', () => {
    goLive().say('revoked', { artifactId: 'cart_2', code: 'deleted' })
    expect(statuses().at(-1)).to.equal('live')
  })
})
