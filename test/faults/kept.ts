import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { type Artifact, artifactList, type Version, versionList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { runOn } from '../database-shell.ts'
import type { Chance } from './chance.ts'
import type { Publish } from './publishers.ts'
import type { Newest } from './viewers.ts'

/** Versions looked at again, byte for byte, that were found right before. All of them would be the square of all. */
const samples = 8

/** What must be true of the database whenever a server has started on it. Each gives the rows that break it. */
const broken = {
  'a version whose content is not whole': `select v.artifact_id, v.number from versions v
     join contents c on c.org_id = v.org_id and c.id in (v.page_content, v.source_content)
     where c.complete <> 1 or c.size <> (select sum(length(bytes)) from content_pieces
       where org_id = c.org_id and content_id = c.id)`,
  'a version that names no content': `select v.artifact_id, v.number from versions v where exists (
     select 1 from (select v.page_content as id union select v.source_content) named
     where not exists (select 1 from contents c where c.org_id = v.org_id and c.id = named.id))`,
  'a version that was not recorded once': `select v.id from versions v where 1 <> (select count(*) from audit a
     where a.version_id = v.id and a.type = 'claude_artifact_published')`,
  'a record of a version that is not there': `select a.id from audit a where a.type = 'claude_artifact_published'
     and not exists (select 1 from versions v where v.id = a.version_id)`,
  'an artifact that was not recorded once': `select f.id from artifacts f where 1 <> (select count(*) from audit a
     where a.artifact_id = f.id and a.type = 'claude_artifact_created')`,
  'an artifact whose latest version is another': `select f.id from artifacts f where f.latest <>
     (select max(number) from versions v where v.artifact_id = f.id)`,
}

/** A server, and a shell on its database. */
export interface Books {
  url: string
  rows(sql: string): Record<string, unknown>[] | Promise<Record<string, unknown>[]>
}

/** Compares what publishers know with what a server has. */
export class Kept {
  private readonly url: string
  private readonly token: string
  private readonly rows: Books['rows']
  private readonly chance: Chance
  /** Versions found right byte for byte, by their key. */
  private readonly right = new Set<string>()
  private readonly revs = new Map<string, number>()

  constructor(of: Books, token: string, chance: Chance) {
    this.url = of.url
    this.rows = of.rows
    this.token = token
    this.chance = chance
  }

  /** The database was put back: what was found in it is void. */
  restored(): void {
    this.right.clear()
    this.revs.clear()
  }

  /** Of each of these artifacts. */
  async newest(ids: readonly string[]): Promise<Map<string, Newest>> {
    const found = new Map<string, Newest>()
    for (const id of ids) {
      const [latest] = versionList.parse(await this.json(`/artifacts/${id}/versions?limit=1`)).versions
      if (latest) found.set(id, { number: latest.number, sha256: latest.sha256, key: latest.note ?? '' })
    }
    return found
  }

  /** While nobody publishes: everything acknowledged is there, all that is there was published, whole and once. */
  async check(publishes: readonly Publish[]): Promise<void> {
    for (const [what, query] of Object.entries(broken)) expect(await this.rows(query), what).to.deep.equal([])
    const missing = new Map(publishes.map(publish => [publish.key, publish]))
    for (const artifact of await this.artifacts()) {
      this.checkRev(artifact)
      const versions = await this.versions(artifact.id)
      const numbers = versions.map(({ number }) => number)
      expect(numbers, `${artifact.id} has a hole or a double`).to.deep.equal(numbers.map((_, i) => numbers.length - i))
      for (const version of versions) await this.checkVersion(artifact.id, version, missing)
    }
    const lost = [...missing.values()].filter(({ acknowledged }) => acknowledged).map(({ key }) => key)
    expect(lost, 'acknowledged and not there').to.deep.equal([])
    await this.checkAgain(publishes)
  }

  /** Every byte of every version, and of the embedded database. */
  async checkWhole(publishes: readonly Publish[]): Promise<void> {
    this.right.clear()
    await this.check(publishes)
    expect(await this.rows('pragma foreign_key_check'), 'rows without what they refer to').to.deep.equal([])
    expect(await this.rows('pragma integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
  }

  private checkRev({ id, rev }: Artifact): void {
    expect(rev, `the rev of ${id} went back`).to.be.at.least(this.revs.get(id) ?? 0)
    this.revs.set(id, rev)
  }

  /** @param missing publishes by their key, of which this one is taken away */
  private async checkVersion(id: string, version: Version, missing: Map<string, Publish>): Promise<void> {
    const { number, note } = version
    const publish = missing.get(note ?? '')
    if (!publish) throw new Error(`Version ${number} of ${id} was not published, or twice: ${note}`)
    missing.delete(publish.key)
    const found = { artifactId: id, number }
    // A publish that was kept and not answered is answered, when it is sent again, with the version that it has become.
    if (publish.answer) {
      const { answer } = publish
      expect({ artifactId: answer.id, number: answer.version, sha256: answer.sha256 }, publish.key).to.deep.equal({
        ...found,
        sha256: version.sha256,
      })
      if (publish.foundAs) expect(found, publish.key).to.deep.equal(publish.foundAs)
    } else publish.foundAs = found
    if (!this.right.has(publish.key)) await this.checkBytes(id, version, publish)
    this.right.add(publish.key)
  }

  private async checkBytes(id: string, { number, sha256, size }: Version, publish: Publish): Promise<void> {
    const source = await this.get(`/artifacts/${id}/versions/${number}/source`)
    expect(sha256Of(source), `the source of ${publish.key}`).to.equal(publish.sha256)
    const page = await this.get(`/artifacts/${id}/versions/${number}/page`)
    expect({ sha256: sha256Of(page), size: page.byteLength }, `the page of ${publish.key}`).to.deep.equal({
      sha256,
      size,
    })
  }

  private async checkAgain(publishes: readonly Publish[]): Promise<void> {
    const answered = publishes.flatMap(({ answer }) => answer ?? [])
    for (const { id, version, sha256 } of this.chance.shuffled(answered).slice(0, samples)) {
      const page = await this.get(`/artifacts/${id}/versions/${version}/page`)
      expect(sha256Of(page), `the page of ${id}, version ${version}`).to.equal(sha256)
    }
  }

  private async artifacts(): Promise<Artifact[]> {
    return this.all('/artifacts', async path => {
      const { artifacts, nextCursor } = artifactList.parse(await this.json(path))
      return { items: artifacts, nextCursor }
    })
  }

  private async versions(id: string): Promise<Version[]> {
    return this.all(`/artifacts/${id}/versions`, async path => {
      const { versions, nextCursor } = versionList.parse(await this.json(path))
      return { items: versions, nextCursor }
    })
  }

  private async all<T>(
    path: string,
    get: (path: string) => Promise<{ items: T[]; nextCursor: string | null }>,
  ): Promise<T[]> {
    const found: T[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`
      const { items, nextCursor } = await get(`${path}?limit=${limits.pageSizeMax}${query}`)
      found.push(...items)
      cursor = nextCursor
    }
    return found
  }

  private async json(path: string): Promise<unknown> {
    return JSON.parse((await this.get(path)).toString())
  }

  private async get(path: string): Promise<Buffer> {
    const answer = await fetch(`${this.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${this.token}` } })
    const body = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${body}`)
    return body
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** As if many publishes had been cut off, long enough ago that the next start sweeps what they left. */
export function plantRemains(dataDir: string): void {
  const remains = `with recursive n(i) as (select 0 union all select i + 1 from n where i < 199)
    select (select id from orgs limit 1), 'cont_remains' || hex(randomblob(8)), 'br', 65536, i % 2, 0 from n`
  runOn(dataDir, `insert into contents (org_id, id, encoding, size, complete, created_at) ${remains}`)
  runOn(
    dataDir,
    `insert into content_pieces (org_id, content_id, number, bytes)
     select org_id, id, 0, randomblob(65536) from contents where id like 'cont_remains%'
     and id not in (select content_id from content_pieces)`,
  )
  // What is named stays, however old.
  runOn(dataDir, 'update contents set created_at = 0')
  // The sweep of the start before was as long ago.
  runOn(dataDir, "delete from meta where key = 'done:sweep'")
}

/** How much is left of what was due to be swept. */
export const remainsIn = (dataDir: string): number =>
  Number(
    runOn(
      dataDir,
      `select count(*) as left from contents c where created_at = 0 and not exists (
       select 1 from versions v where v.org_id = c.org_id and c.id in (v.page_content, v.source_content))`,
    )[0]?.left,
  )
