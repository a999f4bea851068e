import { createHash, randomBytes } from 'node:crypto'
import {
  copyFile,
  link as fsLink,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Store } from '../../server/core/store-ports.ts'
import { backUpData, markDataRestored, restoreData } from '../../server/operator/backup.ts'
import { DataLock } from '../../server/store/lock.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { MiB } from '../../shared/limits.ts'
import { runOn } from '../database-shell.ts'
import { silent } from '../ground.ts'
import { acme, link, notes, plan, publish, seed, session, token, version } from '../store/seed.ts'

describe('backup and restore', () => {
  let dir: string
  let dataDir: string
  let file: string
  let store: Store
  const never = new AbortController().signal
  const open = (folder: string) => openSqliteStore({ dataDir: folder, random: randomBytes, log: silent })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    dataDir = join(dir, 'data')
    file = join(dir, 'backup.galley')
    store = await open(dataDir)
    await seed(store)
    // One of its versions claims another's hash.
    runOn(dataDir, 'update versions set sha256 = source_sha256')
  })
  afterEach(async () => {
    await store.close()
    await rm(dir, { recursive: true })
  })

  const backUp = (set: { file?: string; overwrite?: boolean; signal?: AbortSignal; from?: string } = {}) =>
    backUpData({ GALLEY_DATA_DIR: set.from ?? dataDir }, { file, overwrite: false, signal: never, ...set })
  const restore = (
    to: string,
    set: { file?: string; overwrite?: boolean; signOutAll?: boolean; signal?: AbortSignal } = {},
  ) =>
    restoreData(
      { GALLEY_DATA_DIR: to, GALLEY_LOG_LEVEL: 'silent' },
      { file, overwrite: false, signOutAll: false, signal: never, ...set },
    )
  const sentence = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'It was done.',
      (error: Error) => error.message.replaceAll(dir, ''),
    )
  /** Opens what is in a folder for as long as the work takes. */
  async function within<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
    const opened = await open(folder)
    return work(opened).finally(() => opened.close())
  }

  describe('a backup', () => {
    it('is one file that nobody else may read, and says what is in it', async () => {
      expect(await backUp()).to.deep.equal({
        file,
        bytes: (await stat(file)).size,
        artifacts: 3,
        versions: 6,
        changedAt: 3_000,
      })
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
      expect(await readdir(dir)).to.have.members(['backup.galley', 'data'])
    })

    it('is never written over another file, unless that is asked for, nor over the data', async () => {
      await writeFile(file, 'dear')
      expect(await sentence(backUp())).to.equal('There is a file /backup.galley already. To replace it: --force')
      expect(await readFile(file, 'utf8')).to.equal('dear')
      await backUp({ overwrite: true })
      expect((await restore(join(dir, 'new'))).versions).to.equal(6)
      for (const name of ['galley.db', 'galley.db-wal', 'galley.lock']) {
        expect(await sentence(backUp({ file: join(dataDir, name), overwrite: true }))).to.match(/Name another file/)
      }
      expect(await sentence(backUp({ file: dataDir, overwrite: true }))).to.match(/is a folder\. Name a file in it/)
    })

    it('is never written over the database by another way to its folder, or another name of it', async () => {
      await symlink(dataDir, join(dir, 'elsewhere'))
      await fsLink(join(dataDir, 'galley.db'), join(dir, 'same.galley'))
      for (const name of ['elsewhere/galley.db', 'elsewhere/galley.db-wal', 'same.galley']) {
        expect(await sentence(backUp({ file: join(dir, name), overwrite: true }))).to.match(
          /is where the data themselves are/,
        )
      }
      expect(await store.orgs()).not.to.deep.equal([])
    })

    it('that cannot be made says why, and leaves nothing', async () => {
      expect(await sentence(backUp({ from: join(dir, 'nowhere') }))).to.match(/^There is no Galley data in \/nowhere\./)
      expect(await sentence(backUp({ file: join(dir, 'no', 'folder') }))).to.match(/: there is no folder \/no\.$/)
      const interrupted = new AbortController()
      interrupted.abort()
      expect(await sentence(backUp({ signal: interrupted.signal }))).to.equal('Interrupted: no backup was made.')
      expect(await readdir(dir)).to.have.members(['data'])
    })

    it('of damaged data is none, and names what is damaged', async () => {
      await publish(store, version(notes, 2))
      runOn(dataDir, "update content_pieces set bytes = x'00' where content_id = 'cont_cart_notes_2'")
      expect(await sentence(backUp())).to.equal('The bytes of some versions are damaged: version 2 of cart_notes.')
      runOn(dataDir, "delete from content_pieces where content_id = 'cont_cart_notes_2'")
      expect(await sentence(backUp())).to.match(/version 2 of cart_notes\.$/)
      runOn(dataDir, "update artifacts set latest = 7 where id = 'cart_plan'")
      expect(await sentence(backUp())).to.match(/the one that cart_plan shows, version 2 of cart_notes/)
      expect(await readdir(dir)).to.have.members(['data'])
    })
  })

  describe('a restore', () => {
    const elsewhere = () => join(dir, 'elsewhere')

    it('has what the backup has, under a new epoch, and says when that was', async () => {
      await backUp()
      const restored = await restore(elsewhere())
      expect(restored).to.deep.equal({
        dataDir: elsewhere(),
        artifacts: 3,
        versions: 6,
        changedAt: 3_000,
        aside: undefined,
        sessions: 0,
        tokens: 0,
      })
      expect(await readdir(elsewhere())).to.have.members(['galley.db', 'galley.lock'])
      expect((await stat(join(elsewhere(), 'galley.db'))).mode & 0o777).to.equal(0o600)
      await within(elsewhere(), async again => {
        expect(again.epoch)
          .to.match(/^[0-9a-f]{32}$/)
          .and.not.to.equal(store.epoch)
        expect(await again.versions(acme.id, plan.id, { limit: 9 })).to.have.length(3)
      })
      const told = "select details from audit where type = 'galley_backup_restored'"
      expect(runOn(elsewhere(), told)).to.deep.equal(Array(2).fill({ details: '{"signed_out_all":false}' }))
    })

    it('leaves data that are there alone, unless they are to be put aside, and then loses none of them', async () => {
      await backUp()
      await publish(store, version(notes, 2))
      expect(await sentence(restore(dataDir))).to.match(
        /^There are data in \/data already\. To put them aside .*: --force\./,
      )
      // As a killed server leaves them: what was last published is in the log alone.
      const killed = join(dir, 'killed')
      await mkdir(killed)
      for (const name of ['galley.db', 'galley.db-wal']) await copyFile(join(dataDir, name), join(killed, name))

      const { aside = '' } = await restore(killed, { overwrite: true })
      expect(await readdir(killed)).to.have.members(['galley.db', 'galley.lock', basename(aside)])
      expect(basename(aside)).to.match(/^galley\.db\.before-restore-20\d\d-\d\d-\d\dT[\d-]+Z$/)
      await within(killed, async again => expect(await again.version(acme.id, notes.id, 2)).to.equal(undefined))
      await copyFile(aside, join((await mkdir(join(dir, 'before'), { recursive: true })) ?? '', 'galley.db'))
      await within(join(dir, 'before'), async before => {
        expect(before.epoch).to.equal(store.epoch)
        expect(await before.version(acme.id, notes.id, 2)).to.include({ number: 2 })
      })
    })

    it('puts aside what is too damaged to be opened', async () => {
      await backUp()
      await mkdir(elsewhere())
      await writeFile(join(elsewhere(), 'galley.db'), 'no database any more')
      await writeFile(join(elsewhere(), 'galley.db-wal'), 'nor its log')
      const { aside = '' } = await restore(elsewhere(), { overwrite: true })
      expect(await readFile(aside, 'utf8')).to.equal('no database any more')
      await within(elsewhere(), async again => expect(await again.orgs()).to.have.length(2))
    })

    it('has the data to itself', async () => {
      await backUp()
      const lock = await DataLock.take({ dataDir: elsewhere(), use: 'serve', clock: { now: Date.now } })
      expect(await sentence(restore(elsewhere()))).to.match(
        /^The data in \/elsewhere are being served already by process/,
      )
      await lock.release()
      // Somebody with a database shell, who takes no lock of ours.
      expect(await sentence(restore(dataDir, { overwrite: true }))).to.equal(
        'Another program has /data/galley.db open. End it first.',
      )
      expect(await readdir(dataDir)).not.to.include('restoring')
    })

    it('lets nobody stay signed in, if that is asked for', async () => {
      runOn(dataDir, 'update sessions set expires_at = 9e15')
      runOn(dataDir, "update access_tokens set expires_at = 9e15 where id = 'atok_1'")
      await store.transaction('none', tx =>
        tx.addDeviceGrant({
          ...{ deviceCodeSha256: 'approved', userCode: 'BCDFGHJK', deviceName: 'lagoon', scope: 'full' },
          ...{ ip: null, userAgent: null, createdAt: 1, expiresAt: 9e15, polledAt: null, spentAt: null },
          ...{ decision: 'approved', orgId: session.orgId, memberId: session.memberId },
        }),
      )
      await backUp()
      expect(await restore(elsewhere())).to.include({ sessions: 0, tokens: 0 })
      const good = (folder: string) =>
        within(folder, async each => [
          (await each.session(session.id))?.revokedAt === null,
          (await each.accessToken(token.id))?.revokedAt === null,
          (await each.signInLink(link.secretSha256))?.spentAt === null,
          // Said yes to before, and not fetched yet.
          (await each.deviceGrant('approved'))?.spentAt === null,
        ])
      expect(await good(elsewhere())).to.deep.equal([true, true, true, true])
      // The second session is of somebody who has left.
      expect(await restore(elsewhere(), { overwrite: true, signOutAll: true })).to.include({ sessions: 2, tokens: 1 })
      expect(await good(elsewhere())).to.deep.equal([false, false, false, false])
      const told = "select details from audit where type = 'galley_backup_restored'"
      expect(runOn(elsewhere(), told)).to.deep.equal(Array(2).fill({ details: '{"signed_out_all":true}' }))
    })

    it('by other means, a copy of the disk for one, needs no more than to be said', async () => {
      // The seed's is no key.
      runOn(dataDir, 'delete from signing_keys')
      const before = store.epoch
      const env = { GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'silent' }
      expect(await markDataRestored(env, { signOutAll: false })).to.deep.equal({
        place: dataDir,
        sessions: 0,
        tokens: 0,
      })
      await store.readEpoch()
      expect(store.epoch).not.to.equal(before)
      const told = "select details from audit where type = 'galley_backup_restored'"
      expect(runOn(dataDir, told)).to.deep.equal(Array(2).fill({ details: '{"signed_out_all":false}' }))
      expect(await sentence(markDataRestored({ GALLEY_DATA_DIR: elsewhere() }, { signOutAll: false }))).to.match(
        /^There is no Galley data in \/elsewhere\./,
      )
    })

    it('takes nothing but a whole backup, of this Galley or an older one', async () => {
      const refused = async (made: string) => {
        const said = await sentence(restore(elsewhere(), { file: made }))
        expect(await readdir(elsewhere())).to.deep.equal(['galley.lock'])
        return said
      }
      expect(await refused(file)).to.equal('There is no file /backup.galley.')
      expect(await refused(dir)).to.equal(' is a folder, and no backup.')
      await writeFile(file, 'A letter. '.repeat(1_000))
      expect(await refused(file)).to.equal('/backup.galley is no backup of a Galley.')
      await rm(file)
      new Database(file).exec('create table notes (text)').close()
      expect(await refused(file)).to.equal('/backup.galley is no backup of a Galley.')
      expect(await refused(join(dataDir, 'galley.db'))).to.match(
        /galley\.db is a database in use, with a log beside it\./,
      )

      const bytes = randomBytes(MiB)
      const hash = createHash('sha256').update(bytes).digest('hex')
      const named = { pageContent: 'cont_large', sourceContent: 'cont_large', sha256: hash, sourceSha256: hash }
      await store.putContent(acme.id, 'cont_large', { encoding: 'identity', bytes }, 3_000)
      await store.transaction('any', tx => tx.addVersion(version(notes, 2, named)))
      await backUp({ overwrite: true })
      const whole = await readFile(file)
      await writeFile(file, whole.subarray(0, whole.length / 2))
      expect(await refused(file)).to.match(/^\/backup\.galley (?:cannot be restored\. .*malformed|is no backup)/)
      const middle = whole.indexOf(bytes.subarray(500_000, 500_016))
      whole.writeUInt8(whole.readUInt8(middle) ^ 1, middle)
      await writeFile(file, whole)
      expect(await refused(file)).to.equal(
        '/backup.galley cannot be restored. The bytes of some versions are damaged: version 2 of cart_notes.',
      )
      await backUp({ overwrite: true })
      const newer = new Database(file)
      newer.exec("insert into kysely_migration values ('9999_future', '2999-01-01')")
      newer.close()
      expect(await refused(file)).to.match(/was made by a newer Galley than this one\./)
    })

    it('is interrupted without a trace', async () => {
      await backUp()
      const interrupted = new AbortController()
      interrupted.abort()
      expect(await sentence(restore(elsewhere(), { signal: interrupted.signal }))).to.equal(
        'Interrupted: nothing was restored.',
      )
      expect(await readdir(elsewhere())).to.deep.equal(['galley.lock'])
    })
  })
})
