import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Store } from '../../server/core/store-ports.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { silent } from '../ground.ts'
import { acme, ana, notes, publish, seed, version } from './seed.ts'

describe("the embedded database's write-ahead log", () => {
  let dataDir: string
  let store: Store
  let published: number
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-store-'))
    store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
    await seed(store)
    published = 1
  })
  afterEach(async () => {
    await store.close()
    await rm(dataDir, { recursive: true })
  })
  const logSize = () => statSync(join(dataDir, 'galley.db-wal')).size

  /** Versions of 1 MiB, and one small one each. @returns how large the log was at most */
  async function publishSome(times: number): Promise<number> {
    let largest = 0
    for (let n = 0; n < times; n++) {
      const next = version(notes, ++published)
      await store.putContent(acme.id, `${next.pageContent}_large`, { encoding: 'br', bytes: randomBytes(MiB) }, 3_000)
      await publish(store, next)
      largest = Math.max(largest, logSize())
    }
    return largest
  }

  it('stays small while pages are published and read', async () => {
    let reading = true
    const reader = (async () => {
      while (reading) {
        await store.content(acme.id, 'cont_cart_notes_1_large')
        await store.artifactsFor(acme.id, ana.id, { scope: 'mine', q: '', sort: 'updated', limit: 50 })
        await setImmediate()
      }
    })()
    const largest = await publishSome(60)
    reading = false
    await reader
    expect(largest).to.be.lessThan(limits.writeAheadLogBytes)
  })

  it('is cut back once somebody is done who has read for long', async () => {
    const reader = new Database(join(dataDir, 'galley.db'))
    reader.exec('begin')
    reader.prepare('select count(*) from artifacts').get()
    expect(await publishSome(30)).to.be.greaterThan(limits.writeAheadLogBytes)
    reader.close()
    await publishSome(5)
    expect(logSize()).to.be.at.most(limits.writeAheadLogBytes)
  })
})
