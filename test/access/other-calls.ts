import { expect } from 'chai'
import { artifactList, groupList, listScopes, me, peopleList, tokenList } from '../../shared/api.ts'
import type { TestApp } from '../app.ts'
import { adminCalls, adminScreens } from './admin-calls.ts'
import { api, full, type OtherCall, open } from './calls.ts'
import { complianceCalls } from './compliance-calls.ts'
import { type Exchange, json } from './exchange.ts'
import { expectArtifact } from './expected.ts'
import { bodyOf, type Expected, refused } from './page-calls.ts'
import { type Page, partOf } from './pages.ts'
import { must, type Person } from './people.ts'

const hasSession = ({ sends }: Person): boolean => sends.cookie !== undefined
const always = (status: number) => (): Expected => ({ status })

/** Every call that is about no one page. */
export function otherCalls(app: TestApp, pages: readonly Page[]): OtherCall[] {
  return [
    ...listScopes.map(scope =>
      api('GET', '/artifacts', person => ({ status: 200, see: listed(app, pages, person, scope) }), {
        query: `?scope=${scope}&limit=100`,
      }),
    ),
    api('GET', '/artifacts', person => ({ status: 200, see: listed(app, pages, person, 'all') }), {
      query: '?sort=title&limit=100',
    }),
    api('POST', '/artifacts', ({ scope }) => (scope === 'read' ? refused('insufficient_scope') : { status: 201 }), {
      headers: { 'Content-Type': 'text/html' },
      body: '<!doctype html><title>Mine</title>',
    }),
    api('GET', '/people', person => full(person, { status: 200, see: hasNobodyElse(person, app) })),
    api('GET', '/groups', person => full(person, { status: 200, see: hasOwnGroups(person, app) })),
    api('GET', '/me', person => ({
      status: 200,
      see: answer => expect(bodyOf(me.strict(), answer).member.id).to.equal(person.member?.id),
    })),
    ...accountCalls(),
    ...deviceCalls(),
    ...screens(),
    ...adminCalls(),
    ...adminScreens(),
    ...complianceCalls(),
    open('GET', '/healthz', always(200)),
    open('GET', '/readyz', always(200)),
    open('GET', '/.well-known/jwks.json', always(200)),
    open('GET', '/.well-known/oauth-authorization-server', always(200)),
  ]
}

/** Exactly those pages, as they are for this person. A token that publishes knows of its member's own alone. */
const listed =
  (app: TestApp, pages: readonly Page[], person: Person, scope: (typeof listScopes)[number]) =>
  (answer: Exchange): void => {
    const wanted = pages.filter(page => {
      const part = partOf(person, page)
      if (scope === 'mine' || person.scope === 'publish') return part === 'owner'
      if (scope === 'org') return part !== undefined && (page.audience === 'org' || page.audience === 'elsewhere')
      if (scope === 'shared') return part !== undefined && part !== 'owner' && isNamed(person, page)
      return part !== undefined
    })
    const known = new Map(pages.map(page => [page.id, page]))
    const { artifacts } = bodyOf(artifactList.strict(), answer)
    const found = artifacts.filter(({ id }) => known.has(id))
    expect(found.map(({ id }) => must(known.get(id)).name).sort()).to.deep.equal(wanted.map(({ name }) => name).sort())
    for (const artifact of found) {
      const page = must(known.get(artifact.id))
      expectArtifact(artifact, must(partOf(person, page)), page, app, { inList: true })
    }
  }

/** By name or by group, and not as one of everybody. */
const isNamed = ({ parts }: Person, { audience }: Page): boolean =>
  (audience === 'elsewhere' ? parts.elsewhere : parts.people) !== undefined

/** The directory is that of one's own organisation. */
const hasNobodyElse =
  ({ member }: Person, app: TestApp) =>
  (answer: Exchange): void => {
    const { people } = bodyOf(peopleList.strict(), answer)
    const isAcme = member?.orgId === app.owner.member.orgId
    expect(people.some(({ email }) => email.startsWith('edgar'))).to.equal(isAcme)
    expect(people.some(({ email }) => email.startsWith('sam'))).to.equal(!isAcme)
  }

/** Groups that people are in, and those that one has typed oneself: not what others have. */
const hasOwnGroups =
  ({ member, parts }: Person, app: TestApp) =>
  (answer: Exchange): void => {
    const isAcme = member?.orgId === app.owner.member.orgId
    const hasTyped = parts.private === 'owner' || parts.elsewhere === 'owner'
    const wanted = [...(isAcme || hasTyped ? ['Design'] : []), ...(hasTyped ? ['Nobody yet'] : []), 'Writers']
    expect(bodyOf(groupList.strict(), answer).groups).to.deep.equal(wanted)
  }

function accountCalls(): OtherCall[] {
  const secret = json({ secret: 'none' })
  return [
    open('POST', '/api/v1/session', () => refused('link_invalid'), secret),
    open('POST', '/api/v1/session/preview', () => refused('link_invalid'), secret),
    api('POST', '/session/renew', always(204)),
    {
      ...api('DELETE', '/session', person => (hasSession(person) ? { status: 204 } : refused('invalid_request'))),
      endsSession: true,
    },
    api('GET', '/tokens', person =>
      full(person, { status: 200, see: answer => void bodyOf(tokenList.strict(), answer) }),
    ),
    api(
      'POST',
      '/tokens',
      person => full(person, { status: 201 }),
      json({ name: 'another', scope: 'publish', expiresIn: 60 }),
    ),
    api('DELETE', '/tokens/:id', person => full(person, refused('not_found')), { path: '/tokens/atok_none' }),
  ]
}

/** A device has no credentials of its own, and whoever lets it in has a session. */
function deviceCalls(): OtherCall[] {
  const form = (fields: string) => ({ headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: fields })
  const withoutToken =
    (status: number) =>
    ({ sends }: Person): Expected => ({ status: sends.token === undefined ? status : 401 })
  const decided = (person: Person): Expected => refused(hasSession(person) ? 'device_code_invalid' : 'forbidden')
  const grant = encodeURIComponent('urn:ietf:params:oauth:grant-type:device_code')
  return [
    open('POST', '/api/v1/device/authorize', withoutToken(200), form('client_id=galley')),
    open(
      'POST',
      '/api/v1/device/token',
      withoutToken(400),
      form(`client_id=galley&grant_type=${grant}&device_code=none`),
    ),
    api('POST', '/device/preview', decided, json({ userCode: 'BCDF-GHJK' })),
    api('POST', '/device/decision', decided, json({ userCode: 'BCDF-GHJK', approve: true })),
  ]
}

/** Screens know sessions alone; whoever has none is sent to the provider, which nobody can reach here. */
function screens(): OtherCall[] {
  const forSessions = (person: Person): Expected => ({
    status: hasSession(person) && person.refused === undefined ? 200 : 303,
  })
  return [
    open('GET', '/', forSessions),
    open('GET', '/device', forSessions),
    open('GET', '/sign-in', always(200)),
    open('GET', '/sign-in/start', always(502)),
    open('GET', '/sign-in/callback', always(400)),
    open('GET', '/assets/:file', always(404), { path: '/assets/none.js' }),
  ]
}
