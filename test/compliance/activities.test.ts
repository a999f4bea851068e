import { expect } from 'chai'
import { newId } from '../../shared/ids.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { sharedPostgres } from '../postgres.ts'
import { entry } from '../store/seed.ts'
import { type Activity, basePaths, ComplianceClient, type Query, refused } from './client.ts'
import { createKey, withKey } from './organisations.ts'

const databases = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await (await sharedPostgres()).createDatabase() }),
}

for (const [name, settingsOf] of Object.entries(databases)) {
  describe(`the activities that the compliance API tells of, over ${name}`, () => {
    let app: TestApp
    let other: TestMember
    let client: ComplianceClient
    let keyId: string
    before(async () => {
      app = await startTestApp({}, await settingsOf())
      other = await app.addMember('bo@other.example', 'Other')
      const { secret, id } = await createKey(app, [app.owner.member.orgId, other.member.orgId])
      client = new ComplianceClient(app.url, withKey(secret))
      keyId = id
    })
    after(() => app.close())

    const send = (method: string, path: string, json: object) =>
      app.request(path, { method, token: app.owner.token, json, headers: { 'User-Agent': 'a test' } })
    const only = async (type: string, query: Query = {}): Promise<Activity> => {
      const { data } = await client.activities({ ...query, 'activity_types[]': [type], limit: 1 })
      const [activity] = data
      if (!activity) throw new Error(`There is no ${type}.`)
      return activity
    }

    it('are told with who did what, where, and from where', async () => {
      const { member, token } = app.owner
      const published = await app.request('/api/v1/artifacts?title=Plan&description=Of%20ours', {
        method: 'POST',
        token,
        headers: { 'Content-Type': 'text/html', 'User-Agent': 'a test' },
        body: '<p>',
      })
      const { id } = (await published.json()) as { id: string }
      const { id: versionId } = (await app.ground.store.version(member.orgId, id, 1)) ?? {}
      const common = {
        organization_uuid: member.orgId,
        organization_id: `org_${member.orgId.replaceAll('-', '')}`,
        actor: {
          type: 'user_actor',
          email_address: 'olive@acme.example',
          user_id: member.id,
          ip_address: (await only('claude_artifact_created')).actor.ip_address,
          user_agent: 'a test',
        },
      }
      expect(common.actor.ip_address).to.match(/127\.0\.0\.1|::1/)
      const told = async (type: string) => {
        const { id, created_at, ...activity } = await only(type)
        expect(id).to.match(/^activity_\w+$/)
        expect(new Date(created_at).toISOString()).to.equal(created_at)
        expect(activity).to.deep.include({ ...common, type })
        const { organization_uuid: _, organization_id: __, actor: ___, type: ____, ...fields } = activity
        return fields
      }
      expect(await told('claude_artifact_created')).to.deep.equal({ claude_artifact_id: id })
      expect(await told('claude_artifact_published')).to.deep.equal({
        claude_published_artifact_id: id,
        claude_artifact_version_id: versionId,
        artifact_type: 'text/html',
        title: 'Plan',
        description: 'Of ours',
        is_redeploy: false,
      })
      const place = { claude_artifact_id: id, claude_artifact_version_id: versionId }
      const share = (audience: string, people: object[]) =>
        send('PUT', `/api/v1/artifacts/${id}/sharing`, { audience, people, groups: [], version: 'latest' })
      const before = { previous_mode: 'owner', previous_user_count: 0 }
      await share('people', [{ email: 'ada@example.org', role: 'viewer' }])
      expect(await told('claude_artifact_sharing_updated')).to.deep.equal({
        ...{ ...place, ...before, audience: [{ type: 'users' }], new_mode: 'users', new_user_count: 1 },
      })
      await share('org', [])
      expect(await told('claude_artifact_sharing_updated')).to.deep.equal({
        ...{ ...place, previous_mode: 'users', previous_user_count: 1 },
        ...{ audience: [{ type: 'organization' }], new_mode: 'org', new_user_count: 0 },
      })
      await share('private', [])
      expect(await told('claude_artifact_sharing_updated')).to.deep.include({ audience: [], new_mode: 'owner' })
      await send('PATCH', `/api/v1/artifacts/${id}`, { title: 'Plans' })
      expect(await told('claude_artifact_renamed'))
        .to.include({ claude_artifact_id: id })
        .and.have.property('details')
      await send('DELETE', `/api/v1/artifacts/${id}`, {})
      expect(await told('claude_published_artifact_deleted')).to.deep.equal({ claude_published_artifact_id: id })
    })

    it('are told of who looked, and of who was refused', async () => {
      const { orgId } = app.owner.member
      const place = { artifactId: 'cart_plan', versionId: 'cver_1' }
      const actor = { type: 'anonymous', memberId: null, ip: '192.0.2.1', userAgent: null } as const
      await app.ground.store.transaction(orgId, async tx => {
        const details = { version: 1, reason: 'forbidden' }
        await tx.audit([entry('activity_v', orgId, { ...place, type: 'claude_artifact_viewed', details })])
        await tx.audit([
          entry('activity_f', orgId, { ...place, type: 'claude_artifact_access_failed', details, actor }),
        ])
        const guess = { artifactId: null, versionId: null, details: { asked: 'cart_guess' }, at: 4_000 }
        await tx.audit([entry('activity_g', orgId, { ...guess, type: 'claude_artifact_access_failed', actor })])
      })
      const [viewed, failed, guessed] = (
        await client.activities({ order: 'asc', 'created_at.lte': '1970-01-01T00:01:00Z' })
      ).data
        .filter(({ id }) => /^activity_[vfg]$/.test(id))
        .toSorted((a, b) => 'vfg'.indexOf(a.id.slice(-1)) - 'vfg'.indexOf(b.id.slice(-1)))
      const where = { claude_artifact_id: 'cart_plan', claude_artifact_version_id: 'cver_1' }
      expect(viewed).to.include(where).and.not.have.any.keys('details', 'reason')
      expect(failed)
        .to.include({ ...where, reason: 'forbidden' })
        .and.not.have.property('details')
      expect(failed?.actor).to.deep.equal({
        ...{ type: 'unauthenticated_user_actor', ip_address: '192.0.2.1', user_agent: null },
      })
      expect(guessed).to.include({ claude_artifact_id: 'cart_guess', claude_artifact_version_id: null })
      expect(guessed).to.include({ reason: 'not_found' })
    })

    it('name a key that read or deleted, and what the server did by itself', async () => {
      const { id } = await app.publish('<p>')
      const [listed] = (await client.all()).filter(each => each.id === id)
      const versionId = listed?.published_version_id ?? ''
      await client.version(id, versionId)
      await client.delete(id)
      const read = await only('galley_compliance_content_read')
      expect(read).to.include({ claude_artifact_id: id, claude_artifact_version_id: versionId })
      expect(read.actor).to.include({ type: 'api_actor', api_key_id: keyId })
      expect(read.actor).to.have.all.keys('type', 'api_key_id', 'ip_address', 'user_agent')
      const deleted = await only('claude_published_artifact_deleted')
      expect(deleted).to.include({ claude_published_artifact_id: id })
      expect(deleted.actor).to.include({ type: 'api_actor', api_key_id: keyId })
      expect((await only('galley_compliance_key_created')).actor).to.deep.equal({ type: 'system_actor' })
    })

    it('are narrowed by type, actor, organisation and time', async () => {
      await app.publish('<p>')
      await app.publish('<p>', { token: other.token })
      const found = async (query: Query) => (await client.activities({ limit: 5_000, ...query })).data
      const all = await found({})
      const type = 'claude_artifact_created'
      const of = (is: (activity: Activity) => boolean) => all.filter(is)
      expect(await found({ 'activity_types[]': [type] })).to.deep.equal(of(each => each.type === type))
      expect(await found({ 'activity_types[]': ['no_such'] })).to.deep.equal([])
      expect(await found({ 'exclude_activity_types[]': [type] })).to.deep.equal(of(each => each.type !== type))
      const owners = of(each => each.actor.user_id === app.owner.member.id)
      for (const name of ['actor_ids[]', 'user_ids[]']) {
        expect(await found({ [name]: [app.owner.member.id] })).to.deep.equal(owners)
      }
      const [mine, theirs] = [app.owner.member.id, other.member.id]
      expect(await found({ 'actor_ids[]': [mine], 'user_ids[]': [theirs] })).to.deep.equal(
        of(each => [mine, theirs].includes(String(each.actor.user_id))),
      )
      const { orgId } = other.member
      for (const org of [orgId, `org_${orgId.replaceAll('-', '')}`]) {
        expect(await found({ 'organization_ids[]': [org] })).to.deep.equal(of(each => each.organization_uuid === orgId))
      }
      expect(await found({ 'organization_ids[]': [crypto.randomUUID()] })).to.deep.equal([])
      const at = all[Math.floor(all.length / 2)]?.created_at ?? ''
      const inZone = new Date(Date.parse(at) - 3 * 3_600_000).toISOString().replace('Z', '-03:00')
      for (const time of [at, inZone]) {
        expect(await found({ 'created_at.gt': time })).to.deep.equal(of(each => each.created_at > at))
        expect(await found({ 'created_at.gte': time })).to.deep.equal(of(each => each.created_at >= at))
        expect(await found({ 'created_at.lt': time })).to.deep.equal(of(each => each.created_at < at))
        expect(await found({ 'created_at.lte': time, 'created_at.gt': time })).to.deep.equal([])
        const then = of(each => each.created_at === at)
        expect(await found({ 'created_at.lte': time, 'created_at.gte': time })).to.deep.equal(then)
      }
    })

    it('are paged through in either order and direction, with none left out, also of one moment', async () => {
      const { orgId, id } = app.owner.member
      await app.ground.store.transaction(orgId, async tx => {
        for (let n = 0; n < 250; n++) {
          const actor = { type: 'user', memberId: id, ip: null, userAgent: null } as const
          const activity = newId('activity', app.ground.random)
          await tx.audit([entry(activity, orgId, { at: 1_000 + Math.floor(n / 60), actor, type: 'galley_signed_in' })])
        }
      })
      const query = { 'activity_types[]': ['galley_signed_in'] }
      const newestFirst = (await client.activities({ ...query, limit: 5_000 })).data.map(({ id }) => id)
      expect(newestFirst).to.have.lengthOf(250)
      for (const order of ['desc', 'asc']) {
        const wanted = order === 'desc' ? newestFirst : newestFirst.toReversed()
        const first = await client.activities({ ...query, order })
        expect(first.data).to.have.lengthOf(100)
        const forwards: string[] = []
        for (let page = first; ; ) {
          expect([page.first_id, page.last_id]).to.deep.equal([page.data[0]?.id, page.data.at(-1)?.id])
          forwards.push(...page.data.map(({ id }) => id))
          if (!page.has_more) break
          page = await client.activities({ ...query, order, after_id: page.last_id ?? '' })
        }
        expect(forwards).to.deep.equal(wanted)
        const backwards: string[] = []
        for (let before = wanted.at(-1) ?? ''; ; ) {
          const page = await client.activities({ ...query, order, limit: 70, before_id: before })
          backwards.unshift(...page.data.map(({ id }) => id))
          if (!page.has_more) break
          before = page.first_id ?? ''
        }
        expect(backwards).to.deep.equal(wanted.slice(0, -1))
      }
      const last = await client.activities({ ...query, after_id: newestFirst.at(-1) ?? '' })
      expect(last).to.deep.equal({ data: [], has_more: false, first_id: null, last_id: null })
    })

    it('are of the organisations that a key reaches, and no other', async () => {
      const alone = new ComplianceClient(app.url, withKey((await createKey(app, [app.owner.member.orgId])).secret))
      const { data } = await alone.activities({ limit: 5_000 })
      expect(new Set(data.map(each => each.organization_uuid))).to.deep.equal(new Set([app.owner.member.orgId]))
      await app.publish('<p>', { token: other.token })
      const theirs = await only('claude_artifact_created', { 'organization_ids[]': [other.member.orgId] })
      for (const query of [{ after_id: theirs.id }, { before_id: theirs.id }, { after_id: 'activity_none' }]) {
        expect(await refused(alone.activities(query))).to.include({ status: 400, type: 'invalid_request_error' })
      }
      await client.activities({ after_id: theirs.id })
    })

    it('are asked for as documented, or not told', async () => {
      const { id } = await only('claude_artifact_created')
      for (const query of [
        { limit: 0 },
        { limit: 5_001 },
        { order: 'newest' },
        { after_id: id, before_id: id },
        { 'created_at.gte': '2030-13-01T00:00:00Z' },
        { activity_types: 'claude_artifact_created' },
      ]) {
        const error = await refused(client.activities(query))
        expect(error, JSON.stringify(query)).to.include({ status: 400, type: 'invalid_request_error' })
      }
      expect(await refused(client.send('GET', `${basePaths[0]}/activities`))).to.include({ status: 405 })
    })
  })
}
