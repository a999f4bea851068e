import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Log } from '../../server/core/ports.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { openPostgresStore } from '../../server/store/postgres.ts'
import { limits } from '../../shared/limits.ts'
import { eventually } from '../e2e/stage.ts'
import { silent } from '../ground.ts'
import { type Link, openLink } from '../link.ts'
import { type Postgres, startPostgres } from '../postgres.ts'
import { failure } from './contract-writes.ts'
import { acme, foreign, notes, other, seed, version } from './seed.ts'

const open = (url: string, log = silent): Promise<Store> =>
  openPostgresStore({ url, patience: 0, random: randomBytes, log })

/** Whatever a node asks of its store, by what came of it: 'overloaded', or 'done'. */
async function outcomes(store: Store): Promise<string[]> {
  const asked = [
    store.artifact(acme.id, notes.id),
    store.transaction(acme.id, tx => tx.updateArtifact(acme.id, notes.id, { description: 'new' })),
    store.putContent(acme.id, `cont_${randomBytes(4).toString('hex')}`, { encoding: 'br', bytes: randomBytes(9) }, 1),
    store.readEpoch(),
    store.alone('sweep', async () => {}),
  ]
  return Promise.all(asked.map(each => each.then(() => 'done').catch(error => error.code ?? String(error))))
}
const refused = Array.from({ length: 5 }, () => 'overloaded')
const done = Array.from({ length: 5 }, () => 'done')

describe('the store over a PostgreSQL that goes away', function () {
  this.timeout(120_000)
  let postgres: Postgres
  let link: Link
  let store: Store
  let said: string[]
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.close())

  let url: string
  beforeEach(async () => {
    url = await postgres.createDatabase()
    const direct = await open(url)
    await seed(direct)
    await direct.close()
    link = await openLink(Number(new URL(url).port))
    said = []
    const say = (_fields: object, message: string) => said.push(message)
    const through = Object.assign(new URL(url), { port: String(link.port) }).href
    store = await open(through, { ...silent, error: say, info: say })
    said.length = 0
    expect(await outcomes(store)).to.deep.equal(done)
  })
  afterEach(async () => {
    await store.close()
    await link.close()
    await postgres.dropDatabase(url)
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`refuses what is asked meanwhile, and goes on by itself when it was ended by ${signal} and is back`, async () => {
      await postgres.stop(signal)
      expect(await outcomes(store)).to.deep.equal(refused)
      expect(await outcomes(store)).to.deep.equal(refused)
      await postgres.start()
      expect(await outcomes(store)).to.deep.equal(done)
      expect(said).to.deep.equal(['PostgreSQL does not answer.', 'PostgreSQL answers again.'])
    })
  }

  it('goes on after its connections were cut, and refuses only what was under way', async () => {
    const cut = store.transaction(acme.id, async tx => {
      await tx.updateArtifact(acme.id, notes.id, { rev: 100 })
      link.reset()
      await tx.updateArtifact(acme.id, notes.id, { rev: 101 })
    })
    expect(await failure(cut)).to.include({ code: 'overloaded' })
    await eventually(async () => {
      expect(await outcomes(store)).to.deep.equal(done)
    })
    expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(1)
  })

  it('does not wait for ever where nothing comes back any more', async () => {
    link.swallow('both')
    const begun = performance.now()
    expect(await outcomes(store)).to.deep.equal(refused)
    expect(performance.now() - begun).to.be.lessThan(limits.storeAnswer + limits.storeConnect + 1_000)
    await link.mend()
    expect(await outcomes(store)).to.deep.equal(done)
  })

  it('tells a job that its hold is lost, and another may have it', async () => {
    const another = await open(url)
    const lost = store.alone('sweep', async signal => {
      expect(await another.alone('sweep', async () => {})).to.equal(false)
      link.reset()
      await once(signal, 'abort')
      expect(await another.alone('sweep', async () => {})).to.equal(true)
    })
    expect(await lost).to.equal(true)
    expect(await store.alone('sweep', async () => {})).to.equal(true)
    await another.close()
  })

  it('comes up with it, when it is not there yet', async () => {
    await postgres.stop()
    const warned: string[] = []
    const log: Log = { ...silent, warn: (_fields, message) => warned.push(message) }
    const opening = openPostgresStore({ url, patience: 30_000, random: randomBytes, log })
    await setTimeout(1_200)
    await postgres.start()
    const late = await opening
    expect(await late.artifact(acme.id, notes.id)).not.to.equal(undefined)
    expect(warned).to.have.length(1)
    expect(warned[0]).to.match(/^Waiting for the PostgreSQL database test_\d+ on 127\.0\.0\.1:\d+\.$/)
    await late.close()
  })
})

describe('several nodes on one PostgreSQL', function () {
  this.timeout(120_000)
  const writer = fileURLToPath(new URL('writer.ts', import.meta.url))
  let postgres: Postgres
  let url: string
  let store: Store
  let children: ChildProcess[]
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.close())
  beforeEach(async () => {
    url = await postgres.createDatabase()
    store = await open(url)
    await seed(store)
    children = []
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await store.close()
    await postgres.dropDatabase(url)
  })

  async function start(task: string): Promise<ChildProcess> {
    const args = ['--import', 'tsx', writer, 'PostgreSQL', url, task, '0']
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    await once(child.stdout, 'data')
    return child
  }
  const raise = (orgId = acme.id, id = notes.id) =>
    store.transaction(orgId, async tx => {
      const rev = (await tx.artifact(orgId, id))?.rev ?? 0
      await tx.updateArtifact(orgId, id, { rev: rev + 1 })
    })

  it('wait for one that stands still in the middle of a transaction no longer than a while', async () => {
    const stalled = await start('stall')
    stalled.kill('SIGSTOP')
    await Promise.all([raise(), raise(), raise()])
    expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(4)
    const ended = once(stalled, 'exit')
    stalled.kill('SIGCONT')
    stalled.stdin?.end()
    expect((await ended)[0]).to.equal(0)
    expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(4)
  })

  it('keep their turns to an organisation: others, and who reads, wait for nobody of it', async () => {
    const another = await open(url)
    const inside = promiseOf()
    const held = promiseOf()
    const holding = another.transaction(acme.id, async () => {
      inside.resolve()
      await held.promise
    })
    await inside.promise
    const waiting = Array.from({ length: 30 }, () => raise())
    await setTimeout(50)
    await raise(other.id, foreign.id)
    expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(1)
    held.resolve()
    await Promise.all([holding, ...waiting])
    expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(31)
    await another.close()
  })

  it('let nobody else write while one writes for all', async () => {
    const another = await open(url)
    const order: string[] = []
    const held = promiseOf()
    const inside = promiseOf()
    const all = another.transaction('any', async () => {
      inside.resolve()
      await held.promise
      order.push('all')
    })
    await inside.promise
    const others = [acme.id, other.id].map(orgId => store.transaction(orgId, async () => void order.push('org')))
    await setTimeout(50)
    held.resolve()
    await Promise.all([all, ...others])
    expect(order).to.deep.equal(['all', 'org', 'org'])
    await another.close()
  })

  it('take no content away that another one makes a version of at the same moment', async () => {
    const another = await open(url)
    await another.putContent(acme.id, 'cont_late', { encoding: 'br', bytes: randomBytes(9) }, 1_000)
    const late = version(notes, 2, { pageContent: 'cont_late', sourceContent: 'cont_late' })
    const named = promiseOf()
    const publishing = another.transaction(acme.id, async tx => {
      await tx.addVersion(late)
      named.resolve()
      await setTimeout(300)
    })
    await named.promise
    await store.sweep({ content: 2_000, idempotentAnswers: 0, credentials: 0 }, new AbortController().signal)
    await publishing
    expect((await store.content(acme.id, 'cont_late'))?.bytes.byteLength).to.equal(9)
    await another.close()
  })

  it('have a job one at a time, and it goes over when a node is killed', async () => {
    const child = await start('job')
    expect(await store.alone('sweep', async () => {})).to.equal(false)
    expect(await store.alone('another', async () => {})).to.equal(true)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await eventually(async () => {
      expect(await store.alone('sweep', async () => {})).to.equal(true)
    })
  })

  it('refuse to change, delete or empty the audit log', async () => {
    for (const statement of [
      "update audit set type = ''",
      'delete from audit',
      'truncate audit',
      'truncate orgs cascade',
    ])
      expect(String(await failure(postgres.query(statement, url)))).to.contain('append-only')
  })

  it('may open a new database at once, again and again', async () => {
    for (let round = 0; round < 4; round++) {
      const fresh = await postgres.createDatabase()
      const stores = await Promise.all(Array.from({ length: 5 }, () => open(fresh)))
      expect(new Set(stores.map(each => each.epoch)).size).to.equal(1)
      for (const each of stores) await each.close()
      await postgres.dropDatabase(fresh)
    }
  })
})

function promiseOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>(fulfil => {
    resolve = fulfil
  })
  return { promise, resolve }
}
