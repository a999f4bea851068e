import { setMemberRole } from '../../server/core/people.ts'
import { signInWithProvider } from '../../server/core/provider-sign-in.ts'
import type { Member } from '../../server/core/records.ts'
import type { Audience, Role, Scope, SharingUpdate } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { Sent, TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { nowhere } from '../ground.ts'

/** Everybody who may come to a page, and what DESIGN §1, §5 and §8 let them be there. */

/** One who asks, by one credential. */
export interface Person {
  name: string
  sends: Pick<Sent, 'cookie' | 'token'>
  member: Member | undefined
  /** What the credential covers. */
  scope: Scope
  /** Of the organisation, not of a page. */
  isOwner?: true
  /** The credential is none, or none any more. */
  refused?: ErrorCode
  /** Of a page of Ana's, shared as `named` says, and of one that everyone in the other organisation may see. */
  parts: Parts
}

export type Parts = Readonly<Record<Audience | 'elsewhere', Role | undefined>>

/** Whom Ana's pages let in by name, whatever their audience is: of a private one, for later. */
export const named: Pick<SharingUpdate, 'people' | 'groups'> = {
  people: [
    { email: 'edgar@acme.example', role: 'editor' },
    { email: 'vera@acme.example', role: 'viewer' },
    { email: 'gina@acme.example', role: 'viewer' },
    { email: 'rex@acme.example', role: 'editor' },
    { email: 'invited@acme.example', role: 'viewer' },
    { email: 'unproved@acme.example', role: 'editor' },
  ],
  groups: [
    { name: 'Design', role: 'viewer' },
    { name: 'Writers', role: 'editor' },
    // Whose name alone may say too much.
    { name: 'Nobody yet', role: 'viewer' },
  ],
}

const owner: Parts = { private: 'owner', people: 'owner', org: 'owner', elsewhere: undefined }
const editor: Parts = { private: undefined, people: 'editor', org: 'editor', elsewhere: undefined }
const viewer: Parts = { private: undefined, people: 'viewer', org: 'viewer', elsewhere: undefined }
const member: Parts = { private: undefined, people: undefined, org: 'viewer', elsewhere: undefined }
const host: Parts = { private: undefined, people: undefined, org: undefined, elsewhere: 'owner' }
const guest: Parts = { private: undefined, people: undefined, org: undefined, elsewhere: 'editor' }
const nobody: Parts = { private: undefined, people: undefined, org: undefined, elsewhere: undefined }

export interface Cast {
  people: Person[]
  /** Of the page's owner, and of the owner of the other organisation: to set things up with. */
  ana: Person
  stranger: Person
  /** A member who asks to be let in, and is in nobody's way otherwise. */
  asker: Person
}

/**
 * A server's people, each by a credential that the server gave out itself.
 * @param app whose clock is some minutes ahead of the commands', so that a short-lived token has expired already
 */
export async function castOf(app: TestApp): Promise<Cast> {
  const { store } = app.ground
  const add = async (name: string, org?: string) => (await app.addMember(`${name}@acme.example`, org)).member
  const bySession = async (name: string, who: Member, parts: Parts): Promise<Person> => ({
    name,
    sends: { cookie: await app.signIn(who) },
    member: who,
    scope: 'full',
    parts,
  })
  const byToken = async (name: string, who: Member, parts: Parts, scope: Scope): Promise<Person> => ({
    name,
    sends: { token: await app.createToken(who, { scope }) },
    member: who,
    scope,
    parts,
  })
  const intoGroups = (who: Member, groups: string[]) =>
    store.transaction('any', tx => tx.setGroups(who.orgId, who.id, groups))

  const [ana, edgar, vera, gina, rex] = [
    await add('ana'),
    await add('edgar'),
    await add('vera'),
    await add('gina'),
    await add('rex'),
  ]
  const [gus, walt, mia, asker] = [await add('gus'), await add('walt'), await add('mia'), await add('asker')]
  await intoGroups(gus, ['Design'])
  await intoGroups(walt, ['Writers', 'Design'])
  // Let in by name as a viewer, and by a group as an editor: the stronger counts.
  await intoGroups(gina, ['Writers'])
  const strange = await setMemberRole(app.ground, await add('sam', 'Other'), 'owner')
  const namesake = await add('vera', 'Other')
  await intoGroups(strange, ['Writers'])
  await intoGroups(namesake, ['Writers'])

  const people = [
    await bySession('owner', ana, owner),
    await byToken('owner, by token', ana, owner, 'full'),
    await byToken('owner, by a token that reads', ana, owner, 'read'),
    await byToken('owner, by a token that publishes', ana, owner, 'publish'),
    await bySession('editor', edgar, editor),
    await byToken('editor, by a token that publishes', edgar, editor, 'publish'),
    await bySession('viewer', vera, viewer),
    await byToken('viewer, by a token that reads', vera, viewer, 'read'),
    await byToken('viewer, by a token that publishes', vera, viewer, 'publish'),
    await bySession('group viewer', gus, viewer),
    await bySession('group editor', walt, editor),
    await bySession('viewer by name, editor by group', gina, editor),
    await bySession('org member', mia, member),
    await byToken('org member, by a token that publishes', mia, member, 'publish'),
    { ...(await bySession('org owner', app.owner.member, member)), isOwner: true as const },
    { ...(await byToken('org owner, by token', app.owner.member, member, 'full')), isOwner: true as const },
    await byToken('org owner, by a token that reads', app.owner.member, member, 'read'),
    await byToken('org owner, by a token that publishes', app.owner.member, member, 'publish'),
    { ...(await bySession('owner of another org', strange, host)), isOwner: true as const },
    await bySession('namesake of the viewer in another org', namesake, guest),
  ]
  return {
    people: [...people, ...(await notLetIn(app, { ana, vera, rex }))],
    ana: must(people[0]),
    stranger: must(people.find(person => person.parts === host)),
    asker: await bySession('asker', asker, member),
  }
}

/** Whose credential has ended, and who never had one. */
async function notLetIn(app: TestApp, { ana, vera, rex }: Record<'ana' | 'vera' | 'rex', Member>): Promise<Person[]> {
  const late = (name: string, sends: Person['sends'], refused: ErrorCode): Person => ({
    ...{ name, sends, refused, member: undefined, scope: 'full', parts: nobody },
  })
  const expired = await app.signIn(ana)
  runOn(app.dataDir, `update sessions set expires_at = created_at where id = '${idOf(expired)}'`)
  const signedOut = await app.signIn(vera)
  await app.request('/api/v1/session', { method: 'DELETE', cookie: signedOut })
  const revoked = await app.createToken(ana)
  await app.request(`/api/v1/tokens/${idOf(revoked)}`, { method: 'DELETE', token: revoked })
  const [removedSession, removedToken] = [await app.signIn(rex), await app.createToken(rex)]
  return [
    late('anonymous', {}, 'not_signed_in'),
    late('expired token', { token: await app.createToken(ana, { expiresIn: 60 }) }, 'token_expired'),
    late('expired session', { cookie: expired }, 'not_signed_in'),
    late('revoked token', { token: revoked }, 'token_revoked'),
    late('signed out', { cookie: signedOut }, 'not_signed_in'),
    late('forged token', { token: `${await app.createToken(ana)}x` }, 'token_invalid'),
    // Removed when the pages are there: until then they are a member, and let in.
    { ...late('removed member', { cookie: removedSession }, 'not_signed_in'), member: rex },
    { ...late('removed member, by token', { token: removedToken }, 'token_revoked'), member: rex },
  ]
}

/**
 * After the pages are there: who was invited signs in at the provider with an address that it vouches for, or does not.
 * Somebody else leaves.
 */
export async function signInLater(app: TestApp): Promise<Person[]> {
  const prove = (subject: string, email: string, emailVerified = true) =>
    signInWithProvider(
      app.ground,
      { issuer: 'https://id.example', subject, email, emailVerified, name: subject, groups: [], orgs: ['acme'] },
      nowhere,
    )
  const { orgId } = app.owner.member
  const org = must(await app.ground.store.org(orgId))
  runOn(app.dataDir, `update orgs set claim = 'acme' where id = '${org.id}'`)
  const invited = await prove('ivy', 'invited@acme.example')
  await prove('una', 'una@acme.example')
  // The same person, who now says to have another's address.
  const unproved = await prove('una', 'unproved@acme.example', false)
  runOn(app.dataDir, `update members set removed_at = ${Date.now()} where email = 'rex@acme.example'`)
  const person = async (name: string, memberId: string, parts: Parts): Promise<Person> => {
    const who = must(await app.ground.store.member(orgId, memberId))
    return { name, sends: { cookie: await app.signIn(who) }, member: who, scope: 'full', parts }
  }
  return [
    await person('pending, signed in since with that address', invited.memberId, viewer),
    await person('pending, under an address that nobody vouches for', unproved.memberId, member),
  ]
}

/** The row behind the JWT in a cookie or an access token. */
function idOf(credential: string): string {
  const payload = JSON.parse(Buffer.from(credential.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
  return payload.jti
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The stage was set up wrongly.')
  return value
}
