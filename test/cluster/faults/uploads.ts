import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { brotliCompressSync, constants } from 'node:zlib'
import { expect } from 'chai'
import { limits } from '../../../shared/limits.ts'
import { largestTo } from '../../faults/publishers.ts'
import type { Fault } from '../fault.ts'
import { publishNew, type Stage } from '../stage.ts'

/** What is sent to the nodes, as pages. */

const post = ({ cluster, owner }: Stage, headers: Record<string, string>): ClientRequest =>
  request(`${cluster.url}/api/v1/artifacts`, {
    method: 'POST',
    agent: false,
    headers: { Authorization: `Bearer ${owner.token}`, 'Content-Type': 'text/html', ...headers },
  })

/** A few hundred bytes that become a page larger than may be, many times over. */
export const bombs: Fault = {
  name: '60 pages that inflate to 256 MiB each',
  holds: 0,
  async begin(stage) {
    const most = { [constants.BROTLI_PARAM_QUALITY]: 5 }
    const bomb = brotliCompressSync(Buffer.alloc(16 * limits.pageBytes), { params: most })
    const statuses = Array.from({ length: 60 }, async () => {
      const sent = post(stage, { 'Content-Encoding': 'br', 'Content-Length': String(bomb.byteLength) })
      sent.end(bomb)
      const [answer] = await once(sent, 'response')
      answer.resume()
      return answer.statusCode
    })
    for (const status of await Promise.all(statuses)) expect(status, 'of a bomb').to.be.oneOf([413, 429, 503])
  },
}

/** They hold what they may hold, and no more: others publish. */
export function trickling(): Fault {
  let sent: ClientRequest[] = []
  let dripping: ReturnType<typeof setInterval>
  return {
    name: '40 pages arrive byte by byte',
    holds: 6000,
    async begin(stage) {
      sent = Array.from({ length: 40 }, () => post(stage, { 'Content-Length': '100000' }).on('error', () => {}))
      dripping = setInterval(() => {
        for (const one of sent) one.write('x')
      }, 200)
    },
    async end() {
      clearInterval(dripping)
      for (const one of sent) one.destroy()
    },
  }
}

/** More than all nodes may hold at once: some are told to come again, and do. */
export function largest(count: number): Fault {
  return {
    name: `${count} pages of 16 MiB at once`,
    holds: 0,
    async begin(stage) {
      const id = await publishNew(stage)
      await Promise.all(Array.from({ length: count }, () => stage.publishers.publish(largestTo(id))))
    },
  }
}

/** Publishers that are gone in the middle of a page, again and again. */
export const cutShort: Fault = {
  name: '100 uploads are cut short',
  holds: 0,
  async begin(stage) {
    for (let n = 0; n < 100; n++) {
      const sent = post(stage, { 'Content-Length': '100000' }).on('error', () => {})
      await new Promise(resolve => sent.write(randomBytes(50_000), resolve))
      sent.destroy()
    }
  },
}
