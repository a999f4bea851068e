import { randomBytes } from 'node:crypto'
import { startJobs } from '../../server/jobs/jobs.ts'
import { openMetrics } from '../../server/metrics/metrics.ts'
import { publicUrl, silent } from '../ground.ts'
import { postgres } from '../store/implementations.ts'

/** A process of its own that is in the middle of a job when it says so, and stays there, to be killed: `node.ts <database>`. */
const [url = ''] = process.argv.slice(2)
const store = await postgres.open(url)
const work = async (): Promise<void> => {
  process.stdout.write('begun\n')
  await new Promise(resolve => setTimeout(resolve, 60_000))
}
const world = { store, live: { announce() {} }, clock: { now: Date.now }, random: randomBytes, publicUrl }
startJobs({ ...world, log: silent, metrics: openMetrics() }, [{ name: 'counted', every: 1_000, work }])
