import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Fault } from '../fault.ts'
import { openStopped } from '../stopped-reader.ts'

/** What happens to viewers, and on their way to the proxy. */

/** Longer than a node waits for a sign of life: when they wake up, their connections are long gone. */
export const asleep: Fault = {
  name: 'all viewers sleep for a minute',
  holds: 60_000,
  begin: async ({ viewers }) => viewers.freeze(),
  async end({ viewers }) {
    viewers.thaw()
    await viewers.tell({ do: 'wake' })
  },
}

export const flapping: Fault = {
  name: "viewers' network comes and goes",
  holds: 0,
  async begin({ viewers, chance }) {
    for (let n = 0; n < 6; n++) {
      await viewers.tell({ do: 'network', up: false })
      await sleep(chance.below(800))
      await viewers.tell({ do: 'network', up: true })
      await sleep(chance.below(800))
    }
  },
}

export const blocked: Fault = {
  name: 'websockets are blocked',
  holds: 15_000,
  begin: ({ cluster }) => cluster.front.be({ websockets: 'blocked' }),
  async end({ cluster, viewers }) {
    const statuses = new Set([...(await viewers.look()).values()].map(({ status }) => status))
    expect(statuses, 'what viewers say').to.include('polling').and.not.include('live')
    await cluster.front.be({})
  },
}

export const idleCut: Fault = {
  name: 'the proxy cuts what is quiet for 2 s',
  holds: 10_000,
  begin: ({ cluster }) => cluster.front.be({ idle: 2 }),
  end: ({ cluster }) => cluster.front.be({}),
}

export const atOnce: Fault = {
  name: 'all viewers lose their connections at once, three times',
  holds: 0,
  async begin({ viewers }) {
    for (let n = 0; n < 3; n++) {
      await viewers.tell({ do: 'cut' })
      await sleep(1000)
    }
  },
}

/** They watch, and read nothing any more: nobody else is to notice. */
export function stopped(): Fault {
  let readers: Awaited<ReturnType<typeof openStopped>>[]
  return {
    name: 'fifty viewers stop reading (zero window)',
    holds: 6000,
    async begin(stage) {
      readers = await Promise.all(Array.from({ length: 50 }, () => openStopped(stage)))
    },
    async end() {
      for (const reader of readers) reader.close()
    },
  }
}
