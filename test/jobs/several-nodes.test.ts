import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Random } from '../../server/core/ports.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { type Job, type Jobs, startJobs } from '../../server/jobs/jobs.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import { openMetrics } from '../../server/metrics/metrics.ts'
import { eventually } from '../e2e/stage.ts'
import { publicUrl, silent } from '../ground.ts'
import { postgres } from '../store/implementations.ts'
import { acme, ana, artifact, seed } from '../store/seed.ts'

const program = fileURLToPath(new URL('node.ts', import.meta.url))

describe('jobs of several nodes', () => {
  let database: string
  let stores: Store[]
  let started: Jobs[]
  let now = Date.UTC(2030, 0, 1)

  beforeEach(async () => {
    started = []
    database = await postgres.makePlace()
    stores = await Promise.all([1, 2, 3].map(() => postgres.open(database)))
  })
  afterEach(async () => {
    for (const jobs of started) await jobs.close()
    for (const store of stores) await store.close()
    await postgres.removePlace(database)
  })

  const clock = { now: () => now }
  /** A node that starts, and has looked when this resolves: it draws then when to look next. */
  const look = (store: Store, job: Job): Promise<void> =>
    new Promise(resolve => {
      const random: Random = n => {
        resolve()
        return randomBytes(n)
      }
      const world = { store, live: { announce() {} }, clock, random, publicUrl, log: silent, metrics: openMetrics() }
      started.push(startJobs(world, [job]))
    })
  const counted = (): { job: Job; done: number[] } => {
    const done: number[] = []
    return { done, job: { name: 'counted', every: 1_000, work: async () => void done.push(now) } }
  }
  const first = () => stores[0] as Store

  it('are done by one of those that look at once, and in their period by no other', async () => {
    const { job, done } = counted()
    await Promise.all(stores.map(store => look(store, job)))
    expect(done).to.have.length(1)
    for (const store of stores) await look(store, job)
    expect(done).to.have.length(1)
    now += 1_000
    await Promise.all(stores.map(store => look(store, job)))
    expect(done).to.have.length(2)
  })

  it('are taken over when the node dies that is at them', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', program, database], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    const { job, done } = counted()
    try {
      await once(child.stdout, 'data')
      await look(first(), job)
      expect(done).to.have.length(0)
    } finally {
      child.kill('SIGKILL')
    }
    await ended
    await eventually(async () => {
      await look(first(), job)
      expect(done).to.have.length(1)
    })
  })

  it('are taken over when the node has lost its hold on them, and are not done by it', async () => {
    let cut: AbortSignal | undefined
    const work = async (_world: unknown, signal: AbortSignal): Promise<void> => {
      cut = signal
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    }
    const losing = look(first(), { name: 'counted', every: 1_000, work })
    await eventually(() => {
      expect(cut).to.not.equal(undefined)
    })
    const holders = "select pid from pg_locks where locktype = 'advisory' and objsubid = 1"
    await postgres.sql(database, `select pg_terminate_backend(pid) from (${holders}) as holders`)
    await losing
    expect(cut?.aborted).to.equal(true)
    const { job, done } = counted()
    await look(stores[1] as Store, job)
    expect(done).to.have.length(1)
  })

  it('erase once what is to be erased, and let others publish meanwhile', async () => {
    await seed(first())
    await first().transaction('any', async tx => {
      for (let n = 0; n < 400; n++) await tx.addArtifact(artifact(`cart_${n}`, ana, { deletedAt: 7_000 }))
    })
    let sweeping = true
    let turns = 0
    const publishing = (async () => {
      for (; sweeping; turns++) {
        await stores[2]?.transaction(acme.id, tx => tx.updateArtifact(acme.id, 'cart_plan', { updatedAt: turns }))
      }
    })()
    await Promise.all(stores.slice(0, 2).map(store => look(store, sweep)))
    await eventually(async () => {
      expect(await first().jobDoneAt(sweep.name)).to.equal(now)
    })
    sweeping = false
    await publishing
    const erased = await postgres.sql(database, "select artifact_id from audit where type = 'galley_artifact_erased'")
    expect(erased).to.have.length(401)
    expect(new Set(erased.map(row => row.artifact_id)).size).to.equal(401)
    expect(await postgres.sql(database, 'select id from artifacts where deleted_at is not null')).to.deep.equal([])
    // It takes nine turns, and lets others in between.
    expect(turns).to.be.greaterThan(4)
  })
})
