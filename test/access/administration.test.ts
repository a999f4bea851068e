import { expect } from 'chai'
import type { CreatedComplianceKey, CustomRole } from '../../shared/admin.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { type Asked, bytesOf, exchange, json } from './exchange.ts'
import { must, type Person } from './people.ts'
import { startWithRoutes } from './routes.ts'

describe('administration', function () {
  this.timeout(120_000)
  let app: TestApp
  let routes: string[]
  /** Owners of two organisations. */
  let olive: Pick<Person, 'sends'>
  let sam: Pick<Person, 'sends'>
  /** Of the first: what the other has no business with. */
  let theirs: Record<'member' | 'role' | 'token' | 'key' | 'deleted' | 'page', string>

  before(async () => {
    ;({ app, routes } = await startWithRoutes(() => startTestApp({}, { GALLEY_TRUST_PROXY: '1' })))
    olive = { sends: { cookie: await app.signIn(app.owner.member) } }
    sam = await ownerOf('sam@other.example', 'Other')
    theirs = await makeTheirs()
  })
  after(() => app.close())

  async function ownerOf(email: string, orgName: string): Promise<Pick<Person, 'sends'>> {
    const { member } = await app.addMember(email, orgName)
    await app.ground.store.transaction(member.orgId, tx => tx.updateMember(member.orgId, member.id, { role: 'owner' }))
    return { sends: { cookie: await app.signIn(member) } }
  }

  const call = (who: Pick<Person, 'sends'>, method: string, path: string, sends: Partial<Asked> = {}) =>
    exchange(app, who, { method, path: `/api/v1${path}`, ...sends })

  async function makeTheirs() {
    const { member } = await app.addMember('mia@acme.example')
    const token = await app.createToken(member)
    const made = async <Body>(path: string, body: object) =>
      JSON.parse((await call(olive, 'POST', path, json(body))).body.toString()) as Body
    const role = await made<CustomRole>('/admin/roles', { name: 'Writers', publish: true, groups: ['Docs'] })
    const scopes = ['read:compliance_user_data', 'delete:compliance_user_data']
    const key = await made<CreatedComplianceKey>('/admin/compliance-keys', { name: 'Legal', scopes })
    const [{ id: deleted }, { id: page }] = [
      await app.publish('<title>Gone</title>'),
      await app.publish('<title>Here</title>'),
    ]
    await call(olive, 'DELETE', `/artifacts/${deleted}`)
    const [stored] = runOn(
      app.dataDir,
      `select id from access_tokens where member_id = '${member.id}' order by rowid desc`,
    )
    expect(token).to.match(/^galley_/)
    return { member: member.id, role: role.id, token: String(stored?.id), key: key.id, deleted, page }
  }

  const tables = [
    'members',
    'roles',
    'role_groups',
    'access_tokens',
    'compliance_keys',
    'artifacts',
    'sign_in_links',
    'audit',
  ]
  const state = () => tables.map(table => runOn(app.dataDir, `select * from ${table} order by rowid`))

  it('of one organisation reaches nothing of another: it answers as if that were not there, and changes nothing', async () => {
    const role = json({ name: 'Mine', publish: true, groups: [] })
    const calls: [string, keyof typeof theirs, string, Partial<Asked>?][] = [
      ['PATCH', 'member', '/admin/members/{id}', json({ role: 'owner' })],
      ['DELETE', 'member', '/admin/members/{id}'],
      ['POST', 'member', '/admin/members/{id}/sign-in-link'],
      ['PUT', 'role', '/admin/roles/{id}', role],
      ['DELETE', 'role', '/admin/roles/{id}'],
      ['DELETE', 'token', '/admin/tokens/{id}'],
      ['DELETE', 'key', '/admin/compliance-keys/{id}'],
      ['POST', 'deleted', '/admin/deleted/{id}/restore'],
      ['POST', 'page', '/admin/deleted/{id}/restore'],
    ]
    const withIds = routes.filter(route => /^(POST|PUT|PATCH|DELETE) \/api\/v1\/admin\/.*:id/.test(route))
    const asked = calls.map(([method, , path]) => `${method} /api/v1${path.replace('{id}', ':id')}`)
    expect([...new Set(asked)].sort()).to.deep.equal([...new Set(withIds)].sort())
    const before = state()
    for (const [method, what, path, sends] of calls) {
      const [real, none] = [theirs[what], `${theirs[what].split('_')[0]}_0000000000000000000000`]
      const answers = [real, none].map(async id => {
        const answer = await call(sam, method, path.replace('{id}', id), sends)
        expect(answer.status, `${method} ${path}`).to.equal(404)
        return bytesOf(answer, id)
      })
      const [there, nowhere] = await Promise.all(answers)
      expect(there, `${method} ${path}`).to.equal(nowhere)
    }
    expect(state()).to.deep.equal(before)
  })

  it('of one organisation gives nobody a role of another’s', async () => {
    const members = JSON.parse((await call(sam, 'GET', '/admin/members')).body.toString()).members
    const own = `/admin/members/${must(members[0]).id}`
    expect((await call(sam, 'PATCH', own, json({ roleId: theirs.role }))).status).to.equal(404)
  })

  it('of one organisation tells nothing of another, whatever it is asked for', async () => {
    const filters = [
      '',
      `&actor=${theirs.member}`,
      '&actor=mia@acme.example',
      `&artifact=${theirs.deleted}`,
      `&artifact=${theirs.page}`,
    ]
    const reads: [string, string][] = [
      ...['/members?q=', '/members?q=mia', '/roles?', '/tokens?', '/compliance-keys?', '/deleted?'].map(
        path => ['GET', `/admin${path}`] as [string, string],
      ),
      ...filters.flatMap(filter => [
        ['GET', `/admin/audit?limit=100${filter}`] as [string, string],
        ['POST', `/admin/audit/export?format=csv${filter}`] as [string, string],
      ]),
    ]
    for (const [method, path] of reads) {
      const { status, body } = await call(sam, method, path)
      expect(status, path).to.equal(200)
      // That one has asked for it is in one's own log.
      const told = body
        .toString()
        .replaceAll(/^.*galley_audit_exported.*$/gm, '')
        .replaceAll(/\{[^{}]*galley_audit_exported.*?\}\}/g, '')
      for (const id of [...Object.values(theirs), 'acme.example']) expect(told, path).to.not.include(id)
    }
  })

  it('makes no owner by an access token, which would outlast it', async () => {
    const byToken = { sends: { token: app.owner.token } }
    const { member } = await app.addMember('tom@acme.example')
    const makes: [string, string, Partial<Asked>][] = [
      ['PATCH', `/admin/members/${member.id}`, json({ role: 'owner' })],
      ['POST', '/admin/members', json({ email: 'una@acme.example', role: 'owner' })],
    ]
    const before = state()
    for (const [method, path, sends] of makes) {
      const { status, body } = await call(byToken, method, path, sends)
      expect([status, JSON.parse(body.toString()).code], path).to.deep.equal([403, 'forbidden'])
    }
    expect(state()).to.deep.equal(before)
    for (const [method, path, sends] of makes) expect((await call(olive, method, path, sends)).status).to.be.below(300)
  })

  it('finds what somebody did by their address also when they have left, and has no tokens of theirs', async () => {
    const { member, token } = await app.addMember('lea@acme.example')
    await app.publish('<p>by Lea', { token })
    const asked = async (path: string) => (await call(olive, 'GET', path)).body.toString()
    const log = '/admin/audit?type=claude_artifact_created&actor=LEA@acme.example'
    const before = JSON.parse(await asked(log))
    expect(before.rows).to.have.length(1)
    expect(await asked('/admin/tokens')).to.include(member.id)
    await call(olive, 'DELETE', `/admin/members/${member.id}`)
    expect(JSON.parse(await asked(log)).rows).to.have.length(1)
    expect(await asked('/admin/tokens')).not.to.include(member.id)

    const again = await app.addMember('lea@acme.example')
    await app.publish('<p>by another Lea', { token: again.token })
    expect(JSON.parse(await asked(log)).rows).to.have.length(2)
  })

  it('ends with the role: who was an owner a moment ago is refused the next call', async () => {
    const otto = await ownerOf('otto@acme.example', 'Acme')
    const members = JSON.parse((await call(olive, 'GET', '/admin/members?q=otto')).body.toString()).members
    const { id } = must(members[0])
    const reads = routes
      .filter(route => /^GET \/api\/v1\/admin\//.test(route))
      .map(route => route.slice('GET /api/v1'.length))
    expect(reads).to.not.be.empty
    for (const path of reads) expect((await call(otto, 'GET', path)).status, path).to.equal(200)
    expect((await call(olive, 'PATCH', `/admin/members/${id}`, json({ role: 'member' }))).status).to.equal(200)
    for (const path of reads) expect((await call(otto, 'GET', path)).status, path).to.equal(403)
    expect((await call(otto, 'POST', '/admin/audit/export')).status).to.equal(403)
    expect((await call(otto, 'PATCH', `/admin/members/${id}`, json({ role: 'owner' }))).status).to.equal(403)
    await call(olive, 'DELETE', `/admin/members/${id}`)
    for (const path of reads) expect((await call(otto, 'GET', path)).status, path).to.equal(401)
  })

  it('is done from the app’s own origin, where a browser’s session does it', async () => {
    const unsafe = routes.filter(route => /^(POST|PUT|PATCH|DELETE) \/api\/v1\/admin\//.test(route))
    expect(unsafe).to.not.be.empty
    const { cookie = '' } = olive.sends
    const before = state()
    for (const route of unsafe) {
      const [method = '', path = ''] = route.split(' ')
      const from: Record<string, string>[] = [
        {},
        { Origin: 'null' },
        { Origin: 'https://elsewhere.example' },
        { Origin: must(app.contentUrls[0]) },
        { Origin: app.url, 'Sec-Fetch-Site': 'cross-site' },
        { Origin: app.url, 'Sec-Fetch-Site': 'same-site' },
      ]
      for (const headers of from) {
        const asked = { method, path: path.replace(':id', theirs.member), headers: { Cookie: cookie, ...headers } }
        const { status, body } = await exchange(app, { sends: {} }, asked)
        expect([status, JSON.parse(body.toString()).code], `${route} ${JSON.stringify(headers)}`).to.deep.equal([
          403,
          'bad_origin',
        ])
      }
    }
    expect(state()).to.deep.equal(before)
  })
})
