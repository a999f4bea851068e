import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Log } from '../../server/core/ports.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { limits } from '../../shared/limits.ts'
import { failure } from './contract-writes.ts'
import { acme } from './seed.ts'

describe('the embedded database', () => {
  let parent: string
  let dataDir: string
  const said: string[] = []
  const info = (_fields: object, message: string) => said.push(message)
  const log: Log = { debug: () => {}, info, warn: () => {}, error: () => {} }
  const open = (): Promise<Store> => openSqliteStore({ dataDir, random: randomBytes, log })
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'galley-sqlite-'))
    dataDir = join(parent, 'deep', 'data')
    said.length = 0
  })
  afterEach(() => rm(parent, { recursive: true }))

  it('makes its folder, and lets nobody else read it', async () => {
    const store = await open()
    await store.transaction('any', tx => tx.addOrg(acme))
    expect(await modeOf(dataDir)).to.equal('700')
    for (const file of await readdir(dataDir)) expect(await modeOf(join(dataDir, file)), file).to.equal('600')
    await store.close()
  })

  it('keeps its files to itself in a folder that others may read', async () => {
    await mkdir(dataDir, { recursive: true, mode: 0o755 })
    const store = await open()
    for (const file of await readdir(dataDir)) expect(await modeOf(join(dataDir, file)), file).to.equal('600')
    await store.close()
  })

  it('says that it migrated, and only when it did', async () => {
    await (await open()).close()
    expect(said.splice(0)).to.include('Migrated the database.')
    await (await open()).close()
    expect(said).to.deep.equal([])
  })

  it('leaves its file alone behind when it is closed, whatever a thread has put into it', async () => {
    const store = await open()
    await store.transaction('any', tx => tx.addOrg(acme))
    const bytes = randomBytes(3 * limits.pieceBytes)
    await store.putContent(acme.id, 'cont_a', { encoding: 'identity', bytes }, 1_000)
    await store.close()
    expect(await readdir(dataDir)).to.deep.equal(['galley.db'])
  })

  it('leaves nothing of erased bytes in its file', async () => {
    const store = await open()
    const secret = Buffer.from('the secret of the erased page '.repeat(1_000))
    await store.transaction('any', tx => tx.addOrg(acme))
    await store.putContent(acme.id, 'cont_a', { encoding: 'identity', bytes: secret }, 1_000)
    await store.sweep({ content: 2_000, idempotentAnswers: 0, credentials: 0 }, new AbortController().signal)
    await store.close()
    expect((await readFile(join(dataDir, 'galley.db'))).includes('secret of the erased')).to.equal(false)
  })

  it('does not touch what a newer Galley wrote, and says so', async () => {
    await (await open()).close()
    const database = new Database(join(dataDir, 'galley.db'))
    database.prepare("insert into kysely_migration values ('9999_future', '2999-01-01T00:00:00.000Z')").run()
    database.close()
    expect(String(await failure(open()))).to.contain('written by a newer Galley')
  })

  it('says in a sentence why its folder cannot be used', async () => {
    await writeFile(join(parent, 'file'), '')
    for (const place of [join(parent, 'file'), join(parent, 'file', 'data')]) {
      dataDir = place
      expect(String(await failure(open()))).to.contain(
        `The data cannot be kept in ${place}: that, or a part of the path to it, is a file.`,
      )
    }
    dataDir = parent
    await mkdir(join(parent, 'galley.db'))
    expect(String(await failure(open()))).to.contain('its galley.db is a folder.')
  })

  it('does not take another file for its own', async () => {
    await mkdir(dataDir, { recursive: true })
    await writeFile(
      join(dataDir, 'galley.db'),
      'something else altogether, and long enough to be no database '.repeat(100),
    )
    expect(String(await failure(open()))).to.contain('not a database')
  })
})
