import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Log, Random } from '../../server/core/ports.ts'
import { type Job, type Jobs, startJobs } from '../../server/jobs/jobs.ts'
import { limits } from '../../shared/limits.ts'
import { openGround, silent, type TestGround } from '../ground.ts'

const every = limits.sweep

describe('jobs', () => {
  let ground: TestGround
  const started: Jobs[] = []

  beforeEach(async () => {
    ground = await openGround()
  })
  afterEach(async () => {
    for (const jobs of started.splice(0)) await jobs.close()
    await ground.close()
  })

  /** A node that starts, and has looked when this resolves: it draws then when to look next. */
  const look = (job: Job, log: Log = silent): Promise<void> =>
    new Promise(resolve => {
      const random: Random = n => {
        resolve()
        return randomBytes(n)
      }
      started.push(startJobs({ ...ground, random, log }, [job]))
    })

  const counted = () => {
    const done: number[] = []
    const job: Job = { name: 'counted', every, work: async () => void done.push(ground.clock.now()) }
    return { job, done }
  }

  it('are done soon after the start, and by whichever node starts then no sooner than their time has come', async () => {
    const { job, done } = counted()
    await look(job)
    await look(job)
    expect(done).to.have.length(1)
    ground.clock.advance(every - 1)
    await look(job)
    expect(done).to.have.length(1)
    ground.clock.advance(1)
    await look(job)
    expect(done).to.have.length(2)
  })

  it('are each done in their own time', async () => {
    const often = counted()
    const seldom = { done: 0 }
    const jobs = [often.job, { name: 'seldom', every: 3 * every, work: async () => void seldom.done++ }]
    for (let n = 0; n < 4; n++) {
      for (const job of jobs) await look(job)
      ground.clock.advance(every)
    }
    expect([often.done.length, seldom.done]).to.deep.equal([4, 2])
  })

  it('are not put off by a node whose clock was wrong', async () => {
    const { job, done } = counted()
    ground.clock.advance(2 * every)
    await look(job)
    ground.clock.advance(-2 * every)
    await look(job)
    expect(done).to.have.length(2)
  })

  it('that fail say so, and are tried again at the next look', async () => {
    const said: object[] = []
    const log = { ...silent, error: (fields: object) => void said.push(fields) }
    const fault = new Error('no')
    await look({ name: 'counted', every, work: () => Promise.reject(fault) }, log)
    expect(said).to.deep.equal([{ err: fault, job: 'counted' }])
    const { job, done } = counted()
    await look(job)
    expect(done).to.have.length(1)
  })

  it('that are under way when the node stops are asked to end, waited for, and not taken for done', async () => {
    let ended = false
    await new Promise<void>(resolve => {
      const work: Job['work'] = async (_world, signal) => {
        resolve()
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        await sleep(20)
        ended = true
      }
      started.push(startJobs({ ...ground, log: silent }, [{ name: 'counted', every, work }]))
    })
    await started.pop()?.close()
    expect(ended).to.equal(true)
    const { job, done } = counted()
    await look(job)
    expect(done).to.have.length(1)
  })

  it('whose store is gone say so, and can still be closed', async () => {
    const said: object[] = []
    await ground.store.close()
    await look(counted().job, { ...silent, error: (fields: object) => void said.push(fields) })
    expect(said).to.have.length(1)
    ground = await openGround()
  })
})
