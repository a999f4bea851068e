import type { Member } from '../../server/core/records.ts'
import type { CreatedComplianceKey, CustomRole, InvitedMember } from '../../shared/admin.ts'
import {
  type Artifact,
  type CreatedToken,
  type DeviceAuthorization,
  deviceClientId,
  deviceGrantType,
  type Published,
  type VersionList,
} from '../../shared/api.ts'
import { as, type Doer, nobody, type Walk } from './walk.ts'

/** Everything that is done over HTTP, in an order in which it can be; and of each what changes nothing. */

export interface People {
  /** Owns the organisation. */
  olive: Doer & { member: Member }
  /** Publishes. */
  ana: Doer & { member: Member }
  /** Looks. */
  ben: Doer & { member: Member }
}

const page = (title: string) => ({
  headers: { 'Content-Type': 'text/html' },
  body: `<!doctype html><title>${title}</title>`,
})
const bodyOf = async <Body>(answer: Promise<Response>): Promise<Body> => (await (await answer).json()) as Body
const secretIn = (url: string | null): string => new URL(url ?? '').hash.slice(1)

/** @returns the id of a page of two versions, which Ana has shared with everyone */
export async function publish(walk: Walk, { ana, ben }: People): Promise<string> {
  const once = { ...page('One'), headers: { ...page('One').headers, 'Idempotency-Key': 'once' } }
  const { id } = await bodyOf<Published>(
    walk.call('POST /api/v1/artifacts', ana, ['claude_artifact_created', 'claude_artifact_published'], once),
  )
  await walk.call('POST /api/v1/artifacts', ana, [], once)
  await walk.call('POST /api/v1/artifacts', ana, [], { ...page(''), body: ' ', status: 422 })

  const versions = `POST /api/v1/artifacts/${id}/versions`
  await walk.call(versions, ana, ['claude_artifact_published'], page('Two'))
  // Its retention begins anew.
  await walk.call(versions, ana, ['galley_artifact_kept'], page('Two'))
  await walk.call(versions, ana, [], {
    ...page('Three'),
    headers: { ...page('').headers, 'If-Match': '"1"' },
    status: 412,
  })

  const labels = `PATCH /api/v1/artifacts/${id}`
  await walk.call(labels, ana, ['claude_artifact_renamed'], { json: { title: 'Renamed' } })
  await walk.call(labels, ana, [], { json: { title: 'Renamed' } })
  await walk.call(labels, ana, [], { json: { icon: 'no emoji' }, status: 400 })
  // Renamed by publishing it again is renamed all the same.
  await walk.call(`${versions}?title=Again`, ana, ['galley_artifact_kept', 'claude_artifact_renamed'], page('Two'))

  const sharing = `PUT /api/v1/artifacts/${id}/sharing`
  const everyone = { audience: 'org', people: [], groups: [], version: 'latest' }
  await askedFor(walk, { ana, ben }, id)
  await walk.call(sharing, ana, ['claude_artifact_sharing_updated'], { json: everyone })
  await walk.call(sharing, ana, [], { json: everyone })
  await walk.call(sharing, ana, [], { json: { ...everyone, version: 9 }, status: 400 })
  await walk.call(sharing, ana, ['claude_artifact_sharing_updated'], { json: { ...everyone, version: 1 } })
  return id
}

/** Ben asks, is let in and is taken out again, asks, and is declined. */
async function askedFor(walk: Walk, { ana, ben }: Pick<People, 'ana' | 'ben'>, id: string): Promise<void> {
  const asks = `POST /api/v1/artifacts/${id}/access-requests`
  const answers = `${asks}/${ben.member.id}`
  await walk.call(asks, ben, ['galley_access_requested'], { keptAfter: 500 })
  await walk.call(asks, ben, ['claude_artifact_access_failed'], { keptAfter: 500 })
  const letIn = ['galley_access_request_answered', 'claude_artifact_sharing_updated'] as const
  await walk.call(answers, ana, letIn, { json: { role: 'viewer' } })
  await walk.call(answers, ana, [], { json: { role: 'viewer' }, status: 404 })
  const taken = { audience: 'private', people: [], groups: [], version: 'latest' }
  await walk.call(`PUT /api/v1/artifacts/${id}/sharing`, ana, ['claude_artifact_sharing_updated'], { json: taken })
  await walk.call(asks, ben, ['galley_access_requested'], { keptAfter: 500 })
  await walk.call(answers, ana, ['galley_access_request_answered'], { json: { role: null } })
}

/** Ana deletes a page and takes it back; then so does an owner, who may not look at it. */
export async function removeAndRestore(walk: Walk, { ana, olive }: People, id: string): Promise<void> {
  await walk.call(`DELETE /api/v1/artifacts/${id}`, ana, ['claude_published_artifact_deleted'])
  await walk.call(`DELETE /api/v1/artifacts/${id}`, ana, [], { status: 404 })
  await walk.call(`POST /api/v1/artifacts/${id}/restore`, ana, ['galley_artifact_restored'])
  await walk.call(`POST /api/v1/artifacts/${id}/restore`, ana, [], { status: 404 })
  await walk.call(`DELETE /api/v1/artifacts/${id}`, ana, ['claude_published_artifact_deleted'])
  await walk.call(`POST /api/v1/admin/deleted/${id}/restore`, olive, ['galley_artifact_restored'])
  await walk.call(`POST /api/v1/admin/deleted/${id}/restore`, olive, [], { status: 404 })
}

/** In and out of sessions, with access tokens, and on a device. */
export async function signInAndOut(walk: Walk, { olive, ana }: People): Promise<void> {
  const link = `POST /api/v1/admin/members/${ana.member.id}/sign-in-link`
  const { signInUrl } = await bodyOf<{ signInUrl: string }>(walk.call(link, olive, ['galley_sign_in_link_created']))
  const json = { secret: secretIn(signInUrl) }
  await walk.call('POST /api/v1/session/preview', nobody, [], { json })
  await walk.call('POST /api/v1/session', nobody, [], { json: { secret: 'none' }, status: 403 })
  const signedIn = await walk.call('POST /api/v1/session', nobody, ['galley_signed_in'], { by: ana.member, json })
  await walk.call('POST /api/v1/session', nobody, [], { json, status: 403 })
  const [cookie = ''] = signedIn.headers.getSetCookie().map(line => line.split(';', 1)[0] ?? '')
  const inSession = as(ana.member, { cookie })
  await walk.call('POST /api/v1/session/renew', inSession, [])

  const request = { name: 'CI', scope: 'full', expiresIn: 3600 }
  const make = () =>
    bodyOf<CreatedToken>(
      walk.call('POST /api/v1/tokens', inSession, ['galley_access_token_created'], { json: request }),
    )
  const [own, other] = [await make(), await make()]
  await walk.call(`DELETE /api/v1/tokens/${own.id}`, as(ana.member, { token: other.token }), [
    'galley_access_token_revoked',
  ])
  await walk.call(`DELETE /api/v1/tokens/${own.id}`, inSession, [], { status: 404 })
  await walk.call(`DELETE /api/v1/admin/tokens/${other.id}`, olive, ['galley_access_token_revoked'])
  await walk.call(`DELETE /api/v1/admin/tokens/${other.id}`, olive, [], { status: 404 })

  await onDevice(walk, inSession, ana.member)
  await walk.call('DELETE /api/v1/session', inSession, ['galley_signed_out'])
  await walk.call('DELETE /api/v1/session', inSession, [], { status: 401 })
}

async function onDevice(walk: Walk, inSession: Doer, member: Member): Promise<void> {
  const form = (fields: Record<string, string>) => ({
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: deviceClientId, ...fields }).toString(),
  })
  const begin = () => bodyOf<DeviceAuthorization>(walk.call('POST /api/v1/device/authorize', nobody, [], form({})))
  const [asking, denied] = [await begin(), await begin()]
  const poll = form({ grant_type: deviceGrantType, device_code: asking.device_code })
  await walk.call('POST /api/v1/device/token', nobody, [], { ...poll, status: 400 })
  await walk.call('POST /api/v1/device/preview', inSession, [], { json: { userCode: asking.user_code } })
  const decide = 'POST /api/v1/device/decision'
  const yes = { json: { userCode: asking.user_code, approve: true } }
  await walk.call(decide, inSession, ['galley_device_approved'], yes)
  await walk.call(decide, inSession, [], { ...yes, status: 404 })
  await walk.call(decide, inSession, ['galley_device_denied'], { json: { userCode: denied.user_code, approve: false } })
  await walk.call('POST /api/v1/device/token', nobody, ['galley_access_token_created'], { ...poll, by: member })
  await walk.call('POST /api/v1/device/token', nobody, [], { ...poll, status: 400 })
}

/** What an owner of the organisation does to it. */
export async function administer(walk: Walk, { olive, ana }: People): Promise<void> {
  const settings = 'PATCH /api/v1/admin/settings'
  await walk.call('POST /api/v1/admin/settings/preview', olive, [], { json: { presence: false } })
  await walk.call(settings, olive, ['galley_settings_updated'], { json: { presence: false, retentionPrivateDays: 30 } })
  await walk.call(settings, olive, [], { json: { presence: false } })
  await walk.call(settings, olive, [], { json: { retentionPrivateDays: 0 }, status: 400 })
  await walk.call(settings, olive, ['galley_settings_updated'], { json: { retentionPrivateDays: null } })
  await walk.call(settings, ana, [], { json: { presence: true }, status: 403 })

  const role = { name: 'Writers', publish: true, groups: ['Docs', 'Design'] }
  const { id } = await bodyOf<CustomRole>(
    walk.call('POST /api/v1/admin/roles', olive, ['galley_role_created'], { json: role }),
  )
  await walk.call('POST /api/v1/admin/roles', olive, [], { json: role, status: 400 })
  const put = `PUT /api/v1/admin/roles/${id}`
  await walk.call(put, olive, [], { json: { ...role, groups: ['Design', 'Docs'] } })
  await walk.call(put, olive, ['galley_role_updated'], { json: { ...role, publish: false } })

  await members(walk, olive, id)
  await walk.call(`DELETE /api/v1/admin/roles/${id}`, olive, ['galley_role_deleted'])
  await walk.call(`DELETE /api/v1/admin/roles/${id}`, olive, [], { status: 404 })

  for (const format of ['jsonl', 'csv']) {
    await walk.call(`POST /api/v1/admin/audit/export?format=${format}`, olive, ['galley_audit_exported'])
  }
  await walk.call('POST /api/v1/admin/audit/export', ana, [], { status: 403 })
}

async function members(walk: Walk, olive: People['olive'], roleId: string): Promise<void> {
  const invitation = { email: 'nina@acme.example' }
  const { member } = await bodyOf<InvitedMember>(
    walk.call('POST /api/v1/admin/members', olive, ['galley_member_added', 'galley_sign_in_link_created'], {
      json: invitation,
    }),
  )
  await walk.call('POST /api/v1/admin/members', olive, [], { json: invitation, status: 400 })
  const change = `PATCH /api/v1/admin/members/${member.id}`
  await walk.call(change, olive, ['galley_member_updated'], { json: { role: 'owner', roleId } })
  await walk.call(change, olive, [], { json: { role: 'owner' } })
  await walk.call(change, olive, [], { json: { roleId: 'role_none' }, status: 404 })
  await walk.call(`DELETE /api/v1/admin/members/${member.id}`, olive, ['galley_member_removed'])
  await walk.call(`DELETE /api/v1/admin/members/${member.id}`, olive, [], { status: 404 })
  await walk.call(`DELETE /api/v1/admin/members/${olive.member.id}`, olive, [], { status: 400 })
}

/** With a key of the compliance API, under both of its addresses. */
export async function comply(walk: Walk, { olive, ana }: People): Promise<void> {
  const scopes = ['read:compliance_activities', 'read:compliance_user_data', 'delete:compliance_user_data']
  const made = await bodyOf<CreatedComplianceKey>(
    walk.call('POST /api/v1/admin/compliance-keys', olive, ['galley_compliance_key_created'], {
      json: { name: 'eDiscovery', scopes },
    }),
  )
  const key: Doer = { type: 'api', id: made.id, sends: { headers: { 'x-api-key': made.key } } }
  await walk.call('GET /v1/compliance/activities', key, [])
  for (const base of ['/v1/compliance/code/artifacts', '/v1/compliance/apps/code/artifacts']) {
    const { id } = await bodyOf<Published>(
      walk.call(
        'POST /api/v1/artifacts',
        ana,
        ['claude_artifact_created', 'claude_artifact_published'],
        page('Erased'),
      ),
    )
    const { versions } = await bodyOf<VersionList>(walk.call(`GET /api/v1/artifacts/${id}/versions`, ana, []))
    await walk.call(`GET ${base}`, key, [])
    const version = `GET ${base}/${id}/versions/${versions[0]?.id}`
    await walk.call(version, key, ['galley_compliance_content_read'])
    const erased = ['claude_published_artifact_deleted', 'galley_artifact_erased'] as const
    await walk.call(`DELETE ${base}/${id}`, key, erased)
    await walk.call(`DELETE ${base}/${id}`, key, [], { status: 404 })
    await walk.call(version, key, [], { status: 404 })
  }
  await walk.call(`DELETE /api/v1/admin/compliance-keys/${made.id}`, olive, ['galley_compliance_key_revoked'])
  await walk.call(`DELETE /api/v1/admin/compliance-keys/${made.id}`, olive, [], { status: 404 })
  await walk.call('GET /v1/compliance/activities', key, [], { status: 401 })
}

/** Looking at a page counts, however it is read, and so does being refused one. Reading what there is about it does not. */
export async function look(
  walk: Walk,
  { olive, ana, ben }: People,
  id: string,
  routes: readonly string[],
): Promise<void> {
  const later = { keptAfter: 1_500 }
  const { shown } = await bodyOf<Artifact>(walk.call(`GET /api/v1/artifacts/${id}`, ben, []))
  const read = `GET /api/v1/artifacts/${id}/versions/${shown.number}/page`
  await walk.call(`${read}?as=preview`, ben, ['galley_artifact_previewed'], later)
  await walk.call(`${read}?as=preview`, ben, [])
  await walk.call(read, ben, ['claude_artifact_viewed'], later)
  await walk.call(read, ana, [])
  await walk.call(`GET /api/v1/artifacts/${id}/current`, ben, [])
  await walk.call(`GET /api/v1/artifacts/${id}/current`, ana, [])
  await walk.call(`GET /api/v1/artifacts/${id}/sharing`, ben, ['claude_artifact_access_failed'], {
    ...later,
    status: 403,
  })
  await walk.call(`GET /api/v1/artifacts/${id}/sharing`, ben, [], { status: 403 })
  const others = routes.filter(route => route.startsWith('GET ') && !walk.ways.has(route))
  for (const route of others) {
    const who = route.startsWith('GET /admin') || route.startsWith('GET /api/v1/admin') ? olive : ana
    await walk.read(ownPath(route, id), who)
  }
}

const ownPath = (route: string, id: string): string =>
  route
    .replace(':section', 'members')
    .replace(':file', 'none.js')
    .replace(':number', '1')
    .replace(':id', id)
    .replace(/\/delta$/, `/delta?from=${'0'.repeat(64)}`)
    .replace(/\/diff$/, '/diff?from=1&to=2')
