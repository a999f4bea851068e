import { join } from 'node:path'
import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import type { Actor } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import type { Store } from '../../server/core/store-ports.ts'
import type { World } from '../../server/core/world.ts'
import { compaction } from '../../server/jobs/compaction.ts'
import type { Job } from '../../server/jobs/jobs.ts'
import { retention } from '../../server/jobs/retention.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import type { Content, Press } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import { limits } from '../../shared/limits.ts'
import { type GroundOn, groundOn, nowhere, signedIn, silent } from '../ground.ts'
import { type Implementation, implementations } from '../store/implementations.ts'
import { type Canary, contentCanary, seenIn, seenInFiles, textCanary, unique } from './canaries.ts'

const day = 24 * 60 * 60 * 1000

/** Where a database lies, and all tables of it. */
interface Anatomy {
  folder(place: string): Promise<string>
  tables: string
  /** Whatever an operator has to do so that the files are without what no query finds any more. */
  cleanUp(place: string): Promise<void>
}

const anatomyOf = ({ name, sql }: Implementation): Anatomy =>
  name === 'SQLite'
    ? {
        folder: async place => place,
        tables: "select name from sqlite_schema where type = 'table'",
        cleanUp: async () => {},
      }
    : {
        async folder(place) {
          await sql(place, 'checkpoint')
          const [row] = await sql(
            place,
            "select current_setting('data_directory') as data, oid from pg_database where datname = current_database()",
          )
          return join(String(row?.data), 'base', String(row?.oid))
        },
        tables: "select tablename as name from pg_tables where schemaname = 'public'",
        cleanUp: async place => {
          for (const table of ['artifacts', 'versions', 'contents', 'content_pieces', 'idempotent_answers'])
            await sql(place, `vacuum full ${table}`)
        },
      }

for (const implementation of implementations) {
  describe(`what was erased, over ${implementation.name}`, function () {
    this.timeout(120_000)
    const anatomy = anatomyOf(implementation)
    const press: Press = startPress({ threads: 1 })
    let place: string
    let store: Store
    let ground: GroundOn
    let world: World
    let ana: Actor
    let canaries: Canary[]

    beforeEach(async () => {
      place = await implementation.makePlace()
      store = await implementation.open(place)
      ground = await groundOn(store)
      world = { ...ground, press, deltas: new Deltas(store, press), log: silent }
      ana = (await signedIn(ground)).actor
      const settings = await store.settings(ana.orgId)
      await store.transaction(ana.orgId, tx => tx.putSettings({ ...settings, retentionPrivateDays: 30 }))
      canaries = []
    })
    afterEach(async () => {
      await store.close()
      await implementation.removePlace(place)
    })
    after(() => press.close())

    const run = (job: Job) => job.work(ground, new AbortController().signal)

    /** Of two versions, with a note. @returns their contents */
    async function publish(chars: number, note: string, key?: string): Promise<{ id: string; contents: Content[] }> {
      const upload = (text: string) => ({
        ...{ body: Buffer.from(text), bodyEncoding: 'identity' as const, type: 'text/markdown' as const },
        ...{ query: { note }, idempotencyKey: key },
      })
      const { id } = (await publishNew(world, ana, nowhere, upload(`# Page\n\n${unique(chars)}`))).published
      await publishVersion(
        world,
        ana,
        nowhere,
        id,
        { ...upload(`# Page\n\n${unique(chars)}`), idempotencyKey: undefined },
        'any',
      )
      const versions = await store.versions(ana.orgId, id, { limit: 2 })
      const ids = versions.flatMap(({ pageContent, sourceContent }) => [pageContent, sourceContent])
      const contents = await Promise.all(ids.map(each => store.content(ana.orgId, each)))
      return { id, contents: contents.filter(content => content !== undefined) }
    }

    /** Pages that go, with their canaries, among others that stay. */
    async function publishSome(): Promise<void> {
      const stay: Content[] = []
      const go: { note: string; contents: Content[] }[] = []
      for (const chars of [400, 400, 1_600, 6_000, 600_000]) {
        const kept = await publish(chars, 'kept')
        await store.transaction(ana.orgId, tx => tx.updateArtifact(ana.orgId, kept.id, { audience: 'org' }))
        stay.push(...kept.contents)
        const note = unique(40)
        go.push({ note, contents: (await publish(chars, note, `key ${note}`)).contents })
      }
      for (const { note, contents } of go) {
        canaries.push(textCanary(`note ${note}`, note))
        for (const [n, content] of contents.entries())
          canaries.push(contentCanary(`content ${n} of ${note}`, content, stay))
      }
    }

    const all = () => canaries.map(({ name }) => name)
    const inFiles = async () => seenInFiles(await anatomy.folder(place), canaries)
    async function inTables(): Promise<string[]> {
      const seen = new Set<string>()
      for (const { name } of await implementation.sql(place, anatomy.tables)) {
        const rows = await implementation.sql(place, `select * from ${name}`)
        const values = rows.flatMap(row => Object.values(row))
        const bytes = Buffer.concat(values.map(value => (Buffer.isBuffer(value) ? value : Buffer.from(`${value} `))))
        for (const each of seenIn(bytes, canaries)) seen.add(each)
      }
      return [...seen]
    }

    it('is in no table any more, nor in any file once that was cleaned up', async () => {
      await publishSome()
      expect(await inFiles()).to.have.members(all())
      expect(await inTables()).to.have.members(all())
      ground.clock.advance(30 * day)
      await run(retention)
      ground.clock.advance(limits.retentionGrace - 1)
      await run(sweep)
      expect(await inTables()).to.have.members(all())
      ground.clock.advance(1)
      await run(sweep)
      expect(await inTables()).to.deep.equal([])
      await run(compaction)
      await anatomy.cleanUp(place)
      expect(await inFiles()).to.deep.equal([])
    })
  })
}
