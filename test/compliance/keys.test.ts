import { expect } from 'chai'
import type { ComplianceScope } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { problemOf } from '../http/wire.ts'
import { basePaths, ComplianceClient, refused } from './client.ts'
import { createKey, withKey } from './organisations.ts'

const activitiesPath = '/v1/compliance/activities'

describe('a compliance key', () => {
  let app: TestApp
  let other: TestMember
  let secret: string
  let mine: Page
  let theirs: Page
  before(async () => {
    app = await startTestApp({ quotas: { sizes: { compliance_requests: { points: 100_000, window: 60_000 } } } })
    other = await app.addMember('bo@other.example', 'Other')
    secret = (await createKey(app, [app.owner.member.orgId])).secret
    mine = await pageOf(app.owner)
    theirs = await pageOf(other)
  })
  after(() => app.close())

  interface Page {
    id: string
    versionId: string
  }
  async function pageOf({ member, token }: TestMember): Promise<Page> {
    const { id } = await app.publish('<p>', { token })
    const version = await app.ground.store.version(member.orgId, id, 1)
    return { id, versionId: version?.id ?? '' }
  }
  const withHeaders = (headers: Record<string, string>, base?: string) => new ComplianceClient(app.url, headers, base)
  it('opens the API in either header, and each path knows it', async () => {
    for (const headers of [
      withKey(secret),
      { Authorization: `Bearer ${secret}` },
      { Authorization: `bearer ${secret}` },
    ]) {
      for (const base of basePaths) {
        const ids = (await withHeaders(headers, base).all()).map(({ id }) => id)
        expect(ids).to.include(mine.id).and.not.include(theirs.id)
      }
      expect((await withHeaders(headers).activities()).data).to.not.deep.equal([])
    }
  })

  it('is asked for, and nothing else will do: no session, no access token, no key that was revoked', async () => {
    const revoked = await createKey(app, [app.owner.member.orgId])
    await withHeaders(withKey(revoked.secret)).list()
    const cookie = await app.signIn(app.owner.member)
    await app.request(`/api/v1/admin/compliance-keys/${revoked.id}`, { method: 'DELETE', cookie })
    const nobody: Record<string, string>[] = [
      {},
      { Cookie: cookie },
      { Authorization: `Bearer ${app.owner.token}` },
      { Authorization: 'Basic b2xpdmU6c2VjcmV0' },
      withKey(app.owner.token),
      withKey(''),
      withKey(revoked.secret),
      withKey(`${secret}x`),
      { Authorization: `Bearer ${revoked.secret}` },
    ]
    for (const headers of nobody) {
      for (const base of basePaths) {
        const client = withHeaders(headers, base)
        const calls = [
          () => client.list(),
          () => client.version(mine.id, mine.versionId),
          () => client.delete(mine.id),
          () => client.activities(),
        ]
        for (const call of calls) {
          expect(await refused(call()), JSON.stringify(headers)).to.include({
            status: 401,
            type: 'authentication_error',
          })
        }
      }
    }
  })

  it('opens nothing else', async () => {
    for (const path of ['/api/v1/me', '/api/v1/artifacts', '/api/v1/admin/settings', `/api/v1/artifacts/${mine.id}`]) {
      const { status, code } = await problemOf(await app.request(path, { token: secret }))
      expect({ status, code }).to.deep.equal({ status: 401, code: 'token_invalid' })
      expect((await app.request(path, { headers: withKey(secret) })).status).to.equal(401)
    }
  })

  it('does what its scopes say, and is told which one it lacks', async () => {
    const scopes = ['read:compliance_activities', 'read:compliance_user_data', 'delete:compliance_user_data'] as const
    const needs: { scope: ComplianceScope; call: (client: ComplianceClient, page: Page) => Promise<unknown> }[] = [
      { scope: 'read:compliance_activities', call: client => client.activities() },
      { scope: 'read:compliance_user_data', call: client => client.list() },
      { scope: 'read:compliance_user_data', call: (client, page) => client.version(page.id, page.versionId) },
      { scope: 'delete:compliance_user_data', call: (client, page) => client.delete(page.id) },
    ]
    for (const base of basePaths) {
      for (const { scope, call } of needs) {
        const page = await pageOf(app.owner)
        const others = scopes.filter(each => each !== scope)
        const lacking = await createKey(app, [app.owner.member.orgId], others)
        const error = await refused(call(withHeaders(withKey(lacking.secret), base), page))
        expect(error).to.include({ status: 403, type: 'permission_error' })
        expect(error.message).to.equal(
          `Missing required scopes. Got: ['${others[0]}', '${others[1]}'] Needed: ['${scope}']`,
        )
        const alone = await createKey(app, [app.owner.member.orgId], [scope])
        await call(withHeaders(withKey(alone.secret), base), page)
      }
    }
  })

  it('finds nothing of an organisation that it does not reach', async () => {
    for (const base of basePaths) {
      const client = withHeaders(withKey(secret), base)
      const nowhere = { id: `cart_${'0'.repeat(22)}`, versionId: `cver_${'0'.repeat(22)}` }
      const mixed = [
        { ...theirs, id: mine.id },
        { ...mine, id: theirs.id },
      ]
      for (const page of [theirs, nowhere, ...mixed]) {
        const error = await refused(client.version(page.id, page.versionId))
        expect(error).to.include({ status: 404, type: 'not_found_error' })
      }
      for (const { id } of [theirs, nowhere]) {
        expect(await refused(client.delete(id))).to.include({ status: 404, type: 'not_found_error' })
      }
      const filtered = await client.list({
        'organization_ids[]': [other.member.orgId],
        'user_ids[]': [other.member.id],
      })
      expect(filtered).to.deep.equal({ data: [], has_more: false, next_page: null })
    }
    expect((await app.request(`/api/v1/artifacts/${theirs.id}`, { token: other.token })).status).to.equal(200)
  })

  it('is answered as documented whatever is asked', async () => {
    const client = withHeaders(withKey(secret))
    const unknown = { status: 404, type: 'not_found_error' }
    for (const path of ['/v1/compliance', '/v1/compliance/', '/v1/compliance/chats', `${basePaths[0]}/a/b/c/d`]) {
      expect(await refused(client.send('GET', path)), path).to.include(unknown)
    }
    const wrong = await refused(client.send('POST', basePaths[0]))
    expect(wrong).to.include({ status: 405, type: 'invalid_request_error' })
    expect(wrong.headers.get('Allow')).to.equal('GET, HEAD')
    const malformed = await refused(client.send('DELETE', `${basePaths[0]}/%ff`))
    expect(malformed).to.include({ status: 400, type: 'invalid_request_error' })
    const elsewhere = new ComplianceClient(app.url.replace('localhost', '127.0.0.1'), withKey(secret))
    expect(await refused(elsewhere.delete(mine.id))).to.include({ status: 400, type: 'invalid_request_error' })
  })

  it('is told no more of what broke than which request it was', async () => {
    const server = await startTestApp({ announcing: live => ({ ...live, announce: () => fail() }) })
    try {
      const { id } = await server.publish('<p>').catch(() => ({ id: '' }))
      expect(id).to.equal('')
      const listed = new ComplianceClient(
        server.url,
        withKey((await createKey(server, [server.owner.member.orgId])).secret),
      )
      const [artifact] = await listed.all()
      const error = await refused(listed.delete(artifact?.id ?? ''))
      expect(error).to.include({ status: 500, type: 'api_error' })
      expect(error.message).to.not.include('broken')
    } finally {
      await server.close()
    }
  })
})

function fail(): never {
  throw new Error('broken')
}

describe('who asks the compliance API too often', () => {
  let app: TestApp
  afterEach(() => app.close())

  it('is told how many are left of 600 a minute, for all keys of an organisation, and when there are more', async () => {
    app = await startTestApp()
    const other = await app.addMember('bo@other.example', 'Other')
    const [first, second, third] = [
      new ComplianceClient(app.url, withKey((await createKey(app, [app.owner.member.orgId])).secret)),
      new ComplianceClient(app.url, withKey((await createKey(app, [app.owner.member.orgId])).secret), basePaths[1]),
      new ComplianceClient(app.url, withKey((await createKey(app, [other.member.orgId])).secret)),
    ]
    const begun = Date.now()
    for (let n = 1; n <= limits.complianceRequests; n++) {
      const client = n % 2 ? first : second
      const { headers } = await client.send('GET', n % 2 ? activitiesPath : basePaths[1], { limit: 1 })
      expect(headers.get('anthropic-ratelimit-requests-limit')).to.equal('600')
      expect(headers.get('anthropic-ratelimit-requests-remaining')).to.equal(String(600 - n))
      const reset = headers.get('anthropic-ratelimit-requests-reset') ?? ''
      expect(reset).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
      expect(Date.parse(reset)).to.be.within(begun, Date.now() + 60_000)
    }
    for (const call of [() => first.list(), () => second.delete('cart_none'), () => first.activities()]) {
      const error = await refused(call())
      expect(error).to.include({ status: 429, type: 'rate_limit_error' })
      expect(error.headers.get('anthropic-ratelimit-requests-remaining')).to.equal('0')
      expect(Number(error.headers.get('retry-after'))).to.be.within(1, 60)
    }
    await third.list()
  }).timeout(60_000)

  it('goes on when the minute is over', async () => {
    app = await startTestApp({ quotas: { sizes: { compliance_requests: { points: 1, window: 1_000 } } } })
    const client = new ComplianceClient(app.url, withKey((await createKey(app, [app.owner.member.orgId])).secret))
    await client.list()
    const { headers } = await refused(client.list())
    await new Promise(resolve => setTimeout(resolve, Number(headers.get('retry-after')) * 1_000))
    await client.list()
  })

  it('is slowed down by address when the keys are wrong, and a right one is let in', async () => {
    app = await startTestApp({ quotas: { sizes: { failed_proofs: { points: 2, window: 60_000 } } } })
    const { secret } = await createKey(app, [app.owner.member.orgId])
    const guess = (n: number) => refused(new ComplianceClient(app.url, withKey(`galley_compliance_${n}`)).list())
    for (const n of [1, 2]) expect(await guess(n)).to.include({ status: 401 })
    const error = await guess(3)
    expect(error).to.include({ status: 429, type: 'rate_limit_error' })
    expect(Number(error.headers.get('retry-after'))).to.be.within(1, 60)
    await new ComplianceClient(app.url, withKey(secret)).list()
  })
})
