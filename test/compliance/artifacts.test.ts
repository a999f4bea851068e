import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import type { AuditEntry } from '../../server/core/records.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { join } from '../live/watcher.ts'
import { sharedPostgres } from '../postgres.ts'
import { type Artifact, basePaths, ComplianceClient, refused } from './client.ts'
import { createKey, seedArtifacts, withKey } from './organisations.ts'

const databases = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await (await sharedPostgres()).createDatabase() }),
}

/** More than any of these tests asks. */
const plenty = { points: 100_000, window: 60_000 }

for (const [name, settingsOf] of Object.entries(databases)) {
  describe(`tooling for the compliance API, over ${name}`, () => {
    let app: TestApp
    let other: TestMember
    let secret: string
    before(async () => {
      app = await startTestApp({ quotas: { sizes: { compliance_requests: plenty } } }, await settingsOf())
      other = await app.addMember('bo@other.example', 'Other')
      secret = (await createKey(app, [app.owner.member.orgId, other.member.orgId])).secret
    })
    after(() => app.close())

    for (const base of basePaths) {
      describe(base, () =>
        artifactCalls(() => ({ app, other, client: new ComplianceClient(app.url, withKey(secret), base) })),
      )
    }

    describe('of many artifacts', () => {
      it('pages through 5,000 artifacts of two organisations, whatever is published meanwhile', async function () {
        this.timeout(180_000)
        const seeded = [
          ...(await seedArtifacts(app, app.owner.member, 2_500, 'a')),
          ...(await seedArtifacts(app, other.member, 2_500, 'b')),
        ]
        for (const base of basePaths) {
          const client = new ComplianceClient(app.url, withKey(secret), base)
          const found: string[] = []
          for await (const page of client.pages({ limit: 100 })) {
            expect(page.length).to.be.at.most(100)
            found.push(...page.map(({ id }) => id))
            if (found.length % 1_000 === 0) {
              await app.publish('<p>new')
              await app.publish(`<p>${found.length}`, { to: (await app.publish('<p>newer')).id })
            }
          }
          expect(found, 'sorted, and none twice').to.deep.equal([...new Set(found)].sort())
          const had = new Set(found)
          expect(
            seeded.filter(id => !had.has(id)),
            'none left out',
          ).to.deep.equal([])
        }
      })
    })
  })
}

interface Called {
  app: TestApp
  other: TestMember
  client: ComplianceClient
}

function artifactCalls(called: () => Called): void {
  let app: TestApp
  let other: TestMember
  let client: ComplianceClient
  beforeEach(() => {
    ;({ app, other, client } = called())
  })

  const notFound = { status: 404, type: 'not_found_error' }
  const share = (id: string, sharing: object) =>
    app.request(`/api/v1/artifacts/${id}/sharing`, {
      method: 'PUT',
      token: app.owner.token,
      json: { audience: 'private', people: [], groups: [], version: 'latest', ...sharing },
    })
  const listed = async (id: string): Promise<Artifact> => {
    const artifact = (await client.all({ limit: 100 })).find(each => each.id === id)
    if (!artifact) throw new Error(`${id} is not listed.`)
    return artifact
  }

  it('lists an artifact with who owns it, who may read it, and its versions', async () => {
    const { id } = await app.publish('<title>First</title>')
    await app.publish('<title>Second</title>', { to: id })
    const { member } = app.owner
    const { versions, updated_at, published_version_id, ...artifact } = await listed(id)
    expect(artifact).to.deep.equal({
      id,
      organization_uuid: member.orgId,
      organization_id: `org_${member.orgId.replaceAll('-', '')}`,
      owner_user_id: member.id,
      read_mode: 'owner',
      user: { id: member.id, email_address: 'olive@acme.example' },
    })
    expect(versions.map(({ name }) => name)).to.deep.equal(['Second', 'First'])
    expect(Object.keys(versions[0] ?? {})).to.deep.equal(['id', 'created_at', 'name'])
    expect(updated_at).to.equal(versions[0]?.created_at)
    expect(published_version_id).to.equal(versions[0]?.id)

    const people = [{ email: 'ada@example.org', role: 'viewer' }]
    expect((await share(id, { audience: 'people', people, version: 1 })).status).to.equal(200)
    expect(await listed(id)).to.include({ read_mode: 'users', published_version_id: versions[1]?.id })
    await share(id, { audience: 'org' })
    expect((await listed(id)).read_mode).to.equal('org')
  })

  it('lists the newest 20 versions, and what viewers see also where it is an older one', async () => {
    const { id } = await app.publish('<title>0</title>')
    const first = (await listed(id)).versions[0]?.id
    for (let n = 1; n <= 21; n++) await app.publish(`<title>${n}</title>`, { to: id })
    await share(id, { audience: 'org', version: 1 })
    const { versions, published_version_id } = await listed(id)
    expect(versions.map(({ name }) => name)).to.deep.equal(Array.from({ length: 20 }, (_, n) => String(21 - n)))
    expect(published_version_id).to.equal(first)
  })

  it('narrows the list by organisation in either form, by owner and by time, in any zone', async () => {
    const mine = (await app.publish('<p>mine')).id
    const theirs = (await app.publish('<p>theirs', { token: other.token })).id
    const ids = async (query: Record<string, string | string[]>) =>
      (await client.all({ limit: 100, ...query })).map(({ id }) => id)
    const { orgId } = other.member
    for (const org of [orgId, orgId.toUpperCase(), `org_${orgId.replaceAll('-', '')}`]) {
      const found = await ids({ 'organization_ids[]': [org] })
      expect(found).to.include(theirs).and.not.include(mine)
    }
    const both = [orgId, app.owner.member.orgId, crypto.randomUUID()]
    expect(await ids({ 'organization_ids[]': both })).to.include.members([mine, theirs])
    expect(await ids({ 'organization_ids[]': [crypto.randomUUID()] })).to.deep.equal([])
    expect(await ids({ 'user_ids[]': [app.owner.member.id] }))
      .to.include(mine)
      .and.not.include(theirs)

    const at = (await listed(theirs)).updated_at ?? ''
    const inZone = new Date(Date.parse(at) + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30')
    for (const time of [at, inZone]) {
      expect(await ids({ 'updated_at.gte': time })).to.include(theirs)
      expect(await ids({ 'updated_at.gt': time })).to.not.include(theirs)
      expect(await ids({ 'updated_at.lte': time })).to.include.members([mine, theirs])
      expect(await ids({ 'updated_at.lt': time })).to.not.include(theirs)
    }
  })

  it('takes as many organisations and people at once as are documented, and no more', async () => {
    const uuids = (many: number) => Array.from({ length: many }, () => crypto.randomUUID())
    const users = (many: number) => Array.from({ length: many }, (_, n) => `user_${String(n).padStart(22, '0')}`)
    const { data } = await client.list({ 'organization_ids[]': uuids(500), 'user_ids[]': users(200) })
    expect(data).to.deep.equal([])
    for (const query of [{ 'organization_ids[]': uuids(501) }, { 'user_ids[]': users(201) }]) {
      expect(await refused(client.list(query))).to.include({ status: 400, type: 'invalid_request_error' })
    }
  })

  it('says so when it is asked for what there is not', async () => {
    for (const query of [
      { limit: 0 },
      { limit: 101 },
      { limit: 'many' },
      { limit: ['1', '2'] },
      { page: 'nowhere' },
      { 'updated_at.gt': 'yesterday' },
      { 'updated_at.gt': '2030-01-01' },
      { organization_ids: app.owner.member.orgId },
      { 'updated_at.after': '2030-01-01T00:00:00Z' },
    ]) {
      const refusal = await refused(client.list(query))
      expect(refusal, JSON.stringify(query)).to.include({ status: 400, type: 'invalid_request_error' })
    }
  })

  it('downloads a version byte for byte as it was published, and never as a document', async () => {
    const source = '# Straße\r\n\r\n<script>alert(1)</script>\n'
    const published = await app.request('/api/v1/artifacts', {
      method: 'POST',
      token: app.owner.token,
      headers: { 'Content-Type': 'text/markdown' },
      body: source,
    })
    const { id } = (await published.json()) as { id: string }
    const versionId = (await listed(id)).published_version_id ?? ''
    const answer = await client.version(id, versionId)
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes.toString()).to.equal(source)
    const headers = Object.fromEntries(answer.headers)
    expect(headers).to.include({
      'content-type': 'text/markdown; charset=utf-8',
      'content-disposition': `attachment; filename*=utf-8''${id}-${versionId}.txt`,
      'cache-control': 'no-store, private',
      'content-md5': createHash('md5').update(source).digest('base64'),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    expect(headers).to.not.have.property('content-encoding')
  })

  it('downloads 16 MiB, compressible or not', async () => {
    const head = '<!doctype html><html><head><title>Large</title></head><body><!-- '
    for (const filler of ['x'.repeat(limits.sourceBytes), randomBytes(limits.sourceBytes).toString('base64')]) {
      const page = head + filler.slice(0, limits.sourceBytes - head.length)
      const { id } = await app.publish(page)
      const answer = await client.version(id, (await listed(id)).published_version_id ?? '')
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(bytes.equals(Buffer.from(page))).to.equal(true)
      expect(answer.headers.get('content-md5')).to.equal(createHash('md5').update(bytes).digest('base64'))
      await client.delete(id)
    }
  }).timeout(60_000)

  it('records that a key has read a page', async () => {
    const { id } = await app.publish('<p>read')
    const versionId = (await listed(id)).published_version_id ?? ''
    await client.version(id, versionId)
    const read = await auditOf(app, id, 'galley_compliance_content_read')
    expect(read.map(({ actor, versionId }) => [actor.type, versionId])).to.deep.equal([['api', versionId]])
  })

  it('lists nothing of what its owner has deleted, and erases it before its owner can take it back', async () => {
    const { token } = app.owner
    const { id } = await app.publish('<p>deleted by its owner')
    const versionId = (await listed(id)).published_version_id ?? ''
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token })
    expect(await refused(client.version(id, versionId))).to.include(notFound)

    const rows = await contentsOf(app, id)
    expect(await client.delete(id)).to.deep.equal({ id, type: 'code_artifact_deleted' })
    for (const content of rows)
      expect(await app.ground.store.content(app.owner.member.orgId, content)).to.equal(undefined)
    expect((await app.request(`/api/v1/artifacts/${id}/restore`, { method: 'POST', token })).status).to.equal(404)
    expect(await refused(client.delete(id))).to.include(notFound)
  })

  it('lets not two delete the same', async () => {
    const both = (await app.publish('<p>deleted by two')).id
    const outcomes = await Promise.allSettled([client.delete(both), client.delete(both)])
    expect(outcomes.map(({ status }) => status)).to.have.members(['fulfilled', 'rejected'])
    expect(await refused(client.delete(both))).to.include(notFound)
  })

  it('deletes: erased when it is answered, open viewers cut off, and once', async () => {
    const { id } = await app.publish('<p>A secret to be erased')
    await app.publish('<p>Another', { to: id })
    const { versions } = await listed(id)
    const rows = await contentsOf(app, id)
    expect(rows.length).to.be.above(0)
    const watcher = await join(app.url, { token: app.owner.token, origin: null })
    await watcher.watch(id)

    expect(await client.delete(id)).to.deep.equal({ id, type: 'code_artifact_deleted' })
    for (const content of rows)
      expect(await app.ground.store.content(app.owner.member.orgId, content)).to.equal(undefined)
    const [told] = await watcher.heard(1)
    expect(told).to.include({ name: 'revoked' }).and.have.nested.property('body.code', 'deleted')
    watcher.close()
    expect(await refused(client.delete(id))).to.include(notFound)
    expect((await client.all({ limit: 100 })).map(each => each.id)).to.not.include(id)
    for (const version of versions) expect(await refused(client.version(id, version.id))).to.include(notFound)
    const types = ['claude_published_artifact_deleted', 'galley_artifact_erased'] as const
    for (const type of types)
      expect((await auditOf(app, id, type)).map(({ actor }) => actor.type)).to.deep.equal(['api'])
    const restored = await app.request(`/api/v1/artifacts/${id}/restore`, { method: 'POST', token: app.owner.token })
    expect(restored.status, 'there is no taking it back').to.equal(404)
  })
}

const auditOf = ({ ground, owner }: TestApp, artifactId: string, type: AuditEntry['type']): Promise<AuditEntry[]> =>
  ground.store.auditRows({ orgIds: [owner.member.orgId], types: [type], artifactId, order: 'asc', limit: 10 })

/** Ids of all that the store keeps of an artifact's versions. */
async function contentsOf({ ground, owner }: TestApp, artifactId: string): Promise<string[]> {
  const versions = await ground.store.versions(owner.member.orgId, artifactId, { limit: 10 })
  return versions.flatMap(({ pageContent, sourceContent }) => [pageContent, sourceContent])
}
