import { MiB } from '../shared/limits.ts'
import { viewAgainAndAgain } from './support/other-viewer.ts'
import { median, publish } from './support/publisher.ts'
import { editRow, report } from './support/sample-pages.ts'
import { startBenchServer } from './support/server.ts'

/**
 * Whether a publish of the largest page holds up everybody else: the delay of the server's event loop, and how long
 * another viewer waits for a page meanwhile, next to both while nothing is published.
 */

const rounds = 5
const limit = 50

const server = await startBenchServer()
const small = await publish(server, report(64 * 1024))
const largest = 16 * MiB
/** Made beforehand: what takes this process long must not count as the server's. */
const versions = Array.from({ length: rounds + 1 }, (_, round) => round)
const rowsOfText = report(largest - 1024)
const edits = versions.map(round => Buffer.from(editRow(rowsOfText, round)))
const images = versions.map(round => Buffer.from(report(largest - 1024, 14 * MiB, round + 1)))
const rewrites = versions.map(round => Buffer.from(report(largest - 1024, 0, round + 1)))
const cases: [string, (round: number) => Promise<unknown>][] = [
  ['nothing published', () => new Promise(resolve => setTimeout(resolve, 1500))],
  ['16 MiB of table rows, new artifact', round => publish(server, edits[round] ?? '')],
  ['16 MiB, 14 of them data URI, new artifact', round => publish(server, images[round] ?? '')],
  ['16 MiB, one row changed', updates(edits)],
  ['16 MiB, all rows changed', updates(rewrites)],
]
const rows = []
for (const [name, work] of cases) rows.push(await measure(name, work))
console.table(rows)
await server.close()
const worst = Math.max(...rows.map(row => row['delay max ms']))
console.log(`The longest stall was ${worst} ms, of ${limit} ms that are allowed.`)

function updates(pages: readonly Buffer<ArrayBuffer>[]): (round: number) => Promise<unknown> {
  let artifact: string | undefined
  return async round => {
    const { id } = await publish(server, pages[round] ?? '', artifact)
    artifact = id
  }
}

async function measure(name: string, work: (round: number) => Promise<unknown>) {
  await work(0)
  const other = await viewAgainAndAgain(`${server.url}/api/v1/artifacts/${small.id}/versions/1/page`, server.token)
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
