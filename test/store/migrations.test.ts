import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { Migrator } from 'kysely'
import { restoreData } from '../../server/operator/backup.ts'
import { connect } from '../../server/store/connection.ts'
import { migrations } from '../../server/store/migrations.ts'
import { openSqliteStore, sqlite } from '../../server/store/sqlite.ts'
import { runOn } from '../database-shell.ts'
import { silent } from '../ground.ts'
import { acme, notes, plan } from './seed.ts'

describe('data of an older Galley', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-store-'))
    const db = await connect(join(dataDir, 'galley.db'))
    const { error } = await new Migrator({ db, provider: migrations(sqlite) }).migrateTo('0001_live_page')
    if (error !== undefined) throw error
    await db.destroy()
    fill(join(dataDir, 'galley.db'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  /** As that one wrote them, whatever the store writes today. */
  function fill(path: string): void {
    const database = new Database(path)
    database.exec(`
      insert into meta values ('epoch', 'of the first day');
      insert into orgs (id, name, created_at) values ('${acme.id}', 'Acme', 1000);
      insert into members (id, org_id, email, email_key, name, role, created_at)
        values ('user_ana', '${acme.id}', 'Ana@Example.org', 'ana@example.org', 'Ana', 'owner', 1000);
      insert into artifacts (id, org_id, owner_id, title, title_given, icon, description, audience, latest, rev, viewer_rev,
          created_at, updated_at)
        values ('${plan.id}', '${acme.id}', 'user_ana', 'Plan', 1, '📄', '', 'private', 1, 1, 1, 3000, 3000);
      insert into contents (org_id, id, encoding, size, complete, created_at)
        values ('${acme.id}', 'cont_a', 'identity', 0, 1, 3000);
      insert into content_pieces (org_id, content_id, number, bytes) values ('${acme.id}', 'cont_a', 0, x'');
      insert into versions (id, org_id, artifact_id, number, type, sha256, size, source_sha256, source_size, page_content,
          source_content, author_id, created_at)
        values ('cver_a', '${acme.id}', '${plan.id}', 1, 'text/html', '${emptySha256}', 0, '${emptySha256}', 0, 'cont_a',
          'cont_a', 'user_ana', 3000);`)
    database.close()
  }

  async function check(folder: string): Promise<string> {
    const store = await openSqliteStore({ dataDir: folder, random: randomBytes, log: silent })
    expect(await store.artifact(acme.id, plan.id)).to.include({ title: 'Plan', latest: 1 })
    expect(await store.artifact(acme.id, notes.id)).to.equal(undefined)
    expect(await store.content(acme.id, 'cont_a')).to.have.property('encoding', 'identity')
    expect(await store.waitingDeviceGrants(null, 0)).to.equal(0)
    await store.close()
    expect(runOn(folder, 'pragma foreign_key_check')).to.deep.equal([])
    return store.epoch
  }

  it('are brought up to date when they are opened, and stay what they are', async () => {
    expect(await check(dataDir)).to.equal('of the first day')
    expect(await check(dataDir)).to.equal('of the first day')
  })

  it('are brought up to date when a backup of them is restored', async () => {
    const file = join(dataDir, 'galley.db')
    const { signal } = new AbortController()
    const elsewhere = join(dataDir, 'elsewhere')
    const env = { GALLEY_DATA_DIR: elsewhere, GALLEY_LOG_LEVEL: 'silent' }
    expect(await restoreData(env, { file, overwrite: false, signOutAll: true, signal })).to.include({ versions: 1 })
    expect(await check(elsewhere)).not.to.equal('of the first day')
    expect(runOn(dataDir, 'select name from kysely_migration')).to.deep.equal([{ name: '0001_live_page' }])
  })
})

/** Of no bytes. */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
