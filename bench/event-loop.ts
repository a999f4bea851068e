import { MiB } from '../shared/limits.ts'
import { median, publish } from './support/publisher.ts'
import { editRow, report } from './support/sample-pages.ts'
import { type BenchServer, startBenchServer } from './support/server.ts'

/**
 * Whether a publish of the largest page holds up everybody else: the delay of the server's event loop, and how long
 * another viewer waits for a page meanwhile, next to both while nothing is published.
 */

const rounds = 5
const limit = 50

const server = await startBenchServer()
const small = await publish(server, report(64 * 1024))
const largest = 16 * MiB
const cases: [string, (round: number) => Promise<unknown>][] = [
  ['nothing published', () => new Promise(resolve => setTimeout(resolve, 1500))],
  ['16 MiB of table rows, new artifact', round => publish(server, editRow(report(largest - 1024), round))],
  ['16 MiB, 14 of them data URI, new artifact', round => publish(server, dataUris(round))],
  ['16 MiB, one row changed', updates(editRow)],
  ['16 MiB, all rows changed', updates((_page, round) => report(largest - 1024, 0, round + 2))],
]
const rows = []
for (const [name, work] of cases) rows.push(await measure(name, work))
console.table(rows)
await server.close()
const worst = Math.max(...rows.map(row => row['delay max ms']))
console.log(`The longest stall was ${worst} ms, of ${limit} ms that are allowed.`)

function dataUris(seed: number): string {
  return report(largest - 1024, 14 * MiB, seed + 1)
}

function updates(edit: (page: string, round: number) => string): (round: number) => Promise<unknown> {
  const page = report(largest - 1024)
  let artifact: string | undefined
  return async round => {
    const { id } = await publish(server, edit(page, round), artifact)
    artifact = id
  }
}

async function measure(name: string, work: (round: number) => Promise<unknown>) {
  await work(0)
  const other = viewOther(server, small.id)
  await server.loopDelay()
  const began = performance.now()
  for (let round = 1; round <= rounds; round += 1) await work(round)
  const took = (performance.now() - began) / rounds
  const delay = await server.loopDelay()
  const waits = await other.stop()
  return {
    publish: name,
    'ms each': Math.round(took),
    'delay p50 ms': round1(delay.p50),
    'delay p99 ms': round1(delay.p99),
    'delay max ms': round1(delay.max),
    'other viewer, median ms': round1(median(waits)),
    'other viewer, max ms': round1(Math.max(...waits)),
  }
}

function round1(value: number): number {
  return Math.round(value * 10) / 10
}

/** Somebody else, who loads another page again and again. */
function viewOther(server: BenchServer, id: string) {
  const waits: number[] = []
  let stopped = false
  // As a browser would: undici does not ask for brotli over HTTP.
  const headers = { Authorization: `Bearer ${server.token}`, 'Accept-Encoding': 'br' }
  const running = (async () => {
    while (!stopped) {
      const began = performance.now()
      const answer = await fetch(`${server.url}/api/v1/artifacts/${id}/versions/1/page`, { headers })
      await answer.arrayBuffer()
      waits.push(performance.now() - began)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  })()
  return {
    async stop() {
      stopped = true
      await running
      return waits
    },
  }
}
