import { expect } from 'chai'
import {
  auditPage,
  complianceKeyList,
  createdComplianceKey,
  deletedList,
  orgMemberList,
  orgTokenList,
  roleList,
  settingsEffects,
  settingsView,
} from '../../shared/admin.ts'
import { api, full, type OtherCall, open } from './calls.ts'
import { type Exchange, json } from './exchange.ts'
import { bodyOf, type Expected, refused } from './page-calls.ts'
import { must, type Person } from './people.ts'

/**
 * What owners of an organisation do, each to their own. Most of what would change something asks for what is not there:
 * who may not is told so before that.
 */
export function adminCalls(): OtherCall[] {
  const none = () => refused('not_found')
  const role = json({ name: 'Owner', publish: true, groups: [] })
  return [
    admin('GET', '/settings', shaped(settingsView)),
    admin('PATCH', '/settings', shaped(settingsView), json({ presence: true })),
    admin('POST', '/settings/preview', shaped(settingsEffects), json({ publishing: false })),
    { ...admin('GET', '/deleted', shaped(deletedList)), tellsOwners: true },
    admin('POST', '/deleted/:id/restore', none),
    admin('GET', '/members', ownPeople),
    // There is one in each of the organisations.
    admin('POST', '/members', () => refused('invalid_request'), json({ email: 'vera@acme.example' })),
    admin('PATCH', '/members/:id', none, json({ role: 'owner' })),
    admin('DELETE', '/members/:id', none),
    // People sign in at a provider here.
    admin(
      'POST',
      '/members/:id/sign-in-link',
      inBrowser(() => refused('invalid_request')),
    ),
    admin('GET', '/roles', shaped(roleList)),
    admin('POST', '/roles', () => refused('invalid_request'), role),
    admin('PUT', '/roles/:id', none, role),
    admin('DELETE', '/roles/:id', none),
    { ...admin('GET', '/audit', shaped(auditPage)), tellsOwners: true },
    { ...admin('POST', '/audit/export', () => ({ status: 200 })), tellsOwners: true },
    admin('GET', '/tokens', ownTokens),
    admin('DELETE', '/tokens/:id', none),
    admin('GET', '/compliance-keys', shaped(complianceKeyList)),
    admin(
      'POST',
      '/compliance-keys',
      inBrowser(shaped(createdComplianceKey, 201)),
      json({ name: 'of the matrix', scopes: ['read:compliance_user_data'] }),
    ),
    admin('DELETE', '/compliance-keys/:id', none),
  ]
}

/** Tokens open no screens, and who has a session and is no owner is told so on one. */
export const adminScreens = (): OtherCall[] =>
  ['/admin', '/admin/:section'].map(path =>
    open(
      'GET',
      path,
      person => {
        if (person.sends.cookie === undefined || person.refused) return { status: 303 }
        return { status: person.isOwner ? 200 : 403 }
      },
      { path: path.replace(':section', 'members') },
    ),
  )

type Allowed = (person: Person) => Expected

function admin(
  method: string,
  path: string,
  allowed: Allowed,
  sends: ReturnType<typeof json> | object = {},
): OtherCall {
  const owners = (person: Person): Expected => full(person, person.isOwner ? allowed(person) : refused('forbidden'))
  return api(method, `/admin${path}`, owners, { path: `/admin${path.replace(':id', 'none')}`, ...sends })
}

/** A token makes nothing that would outlast it. */
const inBrowser =
  (allowed: Allowed): Allowed =>
  person =>
    person.sends.token === undefined ? allowed(person) : refused('forbidden')

const shaped =
  (shape: { strict(): { parse(value: unknown): unknown } }, status = 200): Allowed =>
  () => ({ status, see: answer => void bodyOf(shape.strict(), answer) })

const ownPeople: Allowed = person => ({
  status: 200,
  see: answer => {
    const { members } = bodyOf(orgMemberList.strict(), answer)
    expect(members.map(({ id }) => id)).to.include(must(person.member).id)
    expectOwn(
      members.map(({ email }) => email),
      person,
    )
  },
})

const ownTokens: Allowed = person => ({
  status: 200,
  see: (answer: Exchange) => {
    const { tokens } = bodyOf(orgTokenList.strict(), answer)
    expectOwn(
      tokens.map(({ member }) => member.email),
      person,
    )
  },
})

/** Edgar is of the one organisation alone, and Sam of the other. */
function expectOwn(emails: readonly string[], { member }: Person): void {
  const other = must(member).email.startsWith('sam') ? 'edgar@acme.example' : 'sam@acme.example'
  expect(emails).to.not.include(other)
}
