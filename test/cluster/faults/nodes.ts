import { expect } from 'chai'
import { atOnce, type Fault, nodeOf } from '../fault.ts'
import type { Stage } from '../stage.ts'

/** What happens to the nodes themselves. */

export const none: Fault = { name: 'none', holds: 1000, outWithin: atOnce, async begin() {} }

export const killed: Fault = {
  name: 'a node is killed, and starts again',
  holds: 3000,
  begin: stage => nodeOf(stage, 1).end('SIGKILL'),
  end: stage => nodeOf(stage, 1).start(),
}

export const stalled: Fault = {
  name: 'a node stands still for 5 s',
  holds: 5000,
  begin: async stage => nodeOf(stage, 2).freeze(),
  end: async stage => nodeOf(stage, 2).thaw(),
}

/** Milliseconds: a fraction of limits.drainSpread, over which a node that is asked to end spreads its viewers. */
const moment = 500

/** As an upgrade goes: under load, the next once the one before serves again. Nobody is to be run over. */
export const rolling: Fault = {
  name: 'each node is restarted in turn',
  holds: 0,
  async begin({ cluster }) {
    for (const node of cluster.nodes) {
      await node.end('SIGTERM')
      expect(node.exitCode, `A node asked to end: ${node.lastWords()}`).to.equal(0)
      await node.start()
    }
  },
  async check({ viewers, audience }) {
    const { connected } = await viewers.history({ anew: false })
    const atOnce = connected.map(at => connected.filter(other => other >= at && other < at + moment).length)
    expect(connected.length, 'viewers that moved').to.be.greaterThan(0)
    expect(Math.max(...atOnce), `viewers that came within ${moment} ms`).to.be.at.most(audience.length / 3)
  },
}

/** Two nodes at once, one of them while nobody hears of what the third announces. */
export const worse: Fault = {
  name: 'one node is killed, one stands still, Redis is away',
  holds: 5000,
  async begin(stage) {
    await nodeOf(stage, 0).end('SIGKILL')
    nodeOf(stage, 1).freeze()
    await stage.cluster.redis.stop('SIGKILL')
  },
  async end(stage: Stage) {
    await stage.cluster.redis.start()
    nodeOf(stage, 1).thaw()
    await nodeOf(stage, 0).start()
  },
}
