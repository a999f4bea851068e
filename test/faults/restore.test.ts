import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { MiB } from '../../shared/limits.ts'
import { runOn } from '../database-shell.ts'
import { ran, runGalley, spawnGalley } from '../galley-process.ts'
import { silent } from '../ground.ts'
import { acme, notes, publish, seed, version } from '../store/seed.ts'
import { smallDisks } from './small-disk.ts'

/** Data with so many MiB, of which nothing compresses. @returns its epoch */
async function makeData(dataDir: string, size: number): Promise<string> {
  const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
  await seed(store)
  runOn(dataDir, 'update versions set sha256 = source_sha256')
  const large = { encoding: 'identity' as const, bytes: randomBytes(size * MiB) }
  await store.putContent(acme.id, 'cont_large', large, 3_000)
  await publish(store, version(notes, 2))
  await store.close()
  return store.epoch
}

describe('a restore that is cut off', function () {
  this.timeout(120_000)
  let dir: string
  let file: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    file = join(dir, 'backup.galley')
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** Whose data they are, and that they are whole. */
  async function epochIn(dataDir: string): Promise<string> {
    expect(runOn(dataDir, 'pragma integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
    const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
    expect(await store.version(acme.id, notes.id, 2)).to.include({ number: 2 })
    await store.close()
    return store.epoch
  }

  it('by kill -9 at any moment leaves the old data or the new, and nothing that is in the way of another', async () => {
    await makeData(join(dir, 'backed-up'), 24)
    expect(await runGalley(['backup', file], { GALLEY_DATA_DIR: join(dir, 'backed-up') })).to.include({ code: 0 })
    const old = await makeData(join(dir, 'old'), 1)
    const dataDir = join(dir, 'data')
    const env = { GALLEY_DATA_DIR: dataDir }
    await cp(join(dir, 'old'), dataDir, { recursive: true })

    for (let round = 0; round < 6; round++) {
      if ((await epochIn(dataDir)) !== old) await cp(join(dir, 'old'), dataDir, { recursive: true })
      const child = spawnGalley(['restore', file, '--force'], env)
      const done = ran(child)
      // From when it has begun to write, over what it takes for this much.
      await until(async () => (await readdir(dataDir)).includes('restoring'), child)
      await sleep(Math.random() * 600)
      child.kill('SIGKILL')
      const { code } = await done
      const isOld = (await epochIn(dataDir)) === old
      const [large] = runOn(dataDir, "select size from contents where id = 'cont_large'")
      expect(large).to.deep.equal({ size: (isOld ? 1 : 24) * MiB })
      if (code === 0) expect(isOld).to.equal(false)
    }
    expect(await runGalley(['restore', file, '--force'], env)).to.include({ code: 0 })
    expect(await epochIn(dataDir)).not.to.equal(old)
    expect(await readdir(dataDir)).not.to.include('restoring')
  })

  it('by Ctrl-C says so, and leaves what was there', async () => {
    await makeData(join(dir, 'backed-up'), 64)
    await runGalley(['backup', file], { GALLEY_DATA_DIR: join(dir, 'backed-up') })
    const dataDir = join(dir, 'data')
    await mkdir(dataDir)
    const child = spawnGalley(['restore', file], { GALLEY_DATA_DIR: dataDir })
    const done = ran(child)
    await until(async () => (await readdir(dataDir)).includes('restoring'), child)
    child.kill('SIGINT')
    expect(await done).to.deep.equal({ code: 1, stdout: '', stderr: 'Interrupted: nothing was restored.\n' })
    expect(await readdir(dataDir)).to.deep.equal(['galley.lock'])
  })
})

async function until(holds: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && !(await holds())) await sleep(5)
}

for (const { name, make } of smallDisks) {
  describe(`a backup, and its restore, to ${name}`, function () {
    this.timeout(120_000)
    it('say so, and leave nothing of it', async () => {
      const disk = await make()
      const dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
      try {
        await makeData(join(dir, 'data'), 12)
        const env = { GALLEY_DATA_DIR: join(dir, 'data') }
        const there = join(disk.dir, 'backup.galley')
        const backup = await ran(spawnGalley(['backup', there], env, disk.fileSize))
        expect(backup).to.deep.equal({
          code: 1,
          stdout: '',
          stderr: `The backup cannot be written to ${there}: there is no room left on that disk, or it takes no more writes. Nothing was kept.\n`,
        })
        expect(await readdir(disk.dir)).to.deep.equal([])

        const file = join(dir, 'backup.galley')
        await runGalley(['backup', file], env)
        const dataDir = join(disk.dir, 'data')
        const restore = await ran(spawnGalley(['restore', file], { GALLEY_DATA_DIR: dataDir }, disk.fileSize))
        expect(restore).to.deep.equal({
          code: 1,
          stdout: '',
          stderr: `The data cannot be kept in ${dataDir}: there is no room left on its disk, or it takes no more writes.\n`,
        })
        expect(await readdir(dataDir)).to.deep.equal(['galley.lock'])
      } finally {
        await disk.remove()
        await rm(dir, { recursive: true })
      }
    })
  })
}
