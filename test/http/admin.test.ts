import { expect } from 'chai'
import { createComplianceKeyFor } from '../../server/core/compliance-keys.ts'
import { complierOf } from '../../server/core/comply.ts'
import { addMember } from '../../server/core/people.ts'
import type { OrgMemberList } from '../../shared/admin.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { type Organisations, startOrganisations } from '../provider/app.ts'
import { problemOf } from './wire.ts'

describe('what owners administer', () => {
  let app: TestApp
  let cookie: string
  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
  })
  after(() => app.close())

  const admin = (method: string, path: string, sent: object = {}) =>
    app.request(`/api/v1/admin${path}`, { method, cookie, ...sent })
  const refusal = async (answer: Response) => {
    const { status, code } = await problemOf(answer)
    return { status, code }
  }

  it('makes with an access token nothing that would outlast it: no key, and no link', async () => {
    const byToken = { cookie: '', token: app.owner.token }
    const forbidden = { status: 403, code: 'forbidden' }
    const key = { name: 'SIEM', scopes: ['read:compliance_user_data'] }
    const bo = { email: 'bo@acme.example' }
    const link = `/members/${app.owner.member.id}/sign-in-link`
    expect(await refusal(await admin('POST', '/compliance-keys', { json: key, ...byToken }))).to.deep.equal(forbidden)
    expect(await refusal(await admin('POST', link, byToken))).to.deep.equal(forbidden)
    expect(await refusal(await admin('POST', '/members', { json: bo, ...byToken }))).to.deep.equal(forbidden)
    const { members } = (await (await admin('GET', '/members?q=bo@')).json()) as OrgMemberList
    expect(members).to.deep.equal([])
    expect((await admin('POST', '/compliance-keys', { json: key })).status).to.equal(201)
    expect((await admin('POST', link)).status).to.equal(201)
  })

  it('takes nothing back while all pages are closed, rather than taking it back and refusing to say so', async () => {
    const { id } = await app.publish('<p>')
    const call = (method: string, path = '') => app.request(`/api/v1/artifacts/${id}${path}`, { method, cookie })
    await call('DELETE')
    await admin('PATCH', '/settings', { json: { publishing: false, readableWhenOff: false } })
    expect(await refusal(await call('POST', '/restore'))).to.deep.equal({ status: 403, code: 'publishing_disabled' })
    await admin('PATCH', '/settings', { json: { publishing: true, readableWhenOff: true } })
    expect((await call('GET')).status).to.equal(404)
    expect((await call('POST', '/restore')).status).to.equal(200)
  })

  it('takes its organisation out of the reach of a key, which goes on for the others', async () => {
    const { member } = await app.addMember('gus@globex.example', 'Globex')
    const { orgId } = app.owner.member
    const scopes = ['read:compliance_activities' as const]
    const { key, secret } = await createComplianceKeyFor(app.ground, [orgId, member.orgId], { name: 'Both', scopes })
    expect((await admin('DELETE', `/compliance-keys/${key.id}`)).status).to.equal(204)
    expect((await admin('DELETE', `/compliance-keys/${key.id}`)).status).to.equal(404)
    const origin = { ip: null, userAgent: null }
    expect((await complierOf(app.ground, secret, origin)).key.orgIds).to.deep.equal([member.orgId])
    const types = ['galley_compliance_key_revoked']
    const rowsIn = (org: string) => app.ground.store.auditRows({ orgIds: [org], types, order: 'desc', limit: 1 })
    expect((await rowsIn(orgId))[0]?.actor).to.include({ type: 'user', memberId: app.owner.member.id })
    expect(await rowsIn(member.orgId), 'nothing has changed for it').to.deep.equal([])
  })
})

describe('where people sign in at a provider', () => {
  let here: Organisations
  before(async () => {
    here = await startOrganisations()
  })
  after(() => here.close())

  it('no owner signs in as somebody else by a link made for them', async () => {
    const { app } = here
    const { orgId } = app.owner.member
    const cookie = await app.signIn(app.owner.member)
    const ada = await addMember(app.ground, { orgId, email: 'ada@acme.example', role: 'member' })
    const answer = await app.request(`/api/v1/admin/members/${ada.id}/sign-in-link`, { method: 'POST', cookie })
    const { status, code } = await problemOf(answer)
    expect({ status, code }).to.deep.equal({ status: 400, code: 'invalid_request' })
    const types = ['galley_sign_in_link_created']
    const made = await app.ground.store.auditRows({ orgIds: [orgId], types, order: 'desc', limit: 100 })
    expect(made.map(({ details }) => details.memberId)).to.not.include(ada.id)
  })
})
