import { GalleyError } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { isLine, plain } from '../../shared/text.ts'
import { change, peopleEntry } from './change.ts'
import type { Actor, Origin, ProvedPerson } from './ports.ts'
import type { Member, Org, Session } from './records.ts'
import { newSession, signOut } from './sign-in.ts'
import type { Reads, Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/**
 * Into a session, proved by the identity provider. Who signs in for the first time becomes a member; what waited for
 * their address is theirs, if the provider vouches for it. Name, address and groups are as the provider says now.
 * @param replaced the session that the same browser has until now: it ends
 * @throws GalleyError unknown_org: no organisation here has this claim · forbidden: was a member, and removed
 */
export async function signInWithProvider(
  ground: Ground,
  person: ProvedPerson,
  origin: Origin,
  replaced?: Actor,
): Promise<Session> {
  const member = await enrol(ground, person, origin)
  const id = newId('session', ground.random)
  const session = await change(
    ground,
    { type: 'user', memberId: member.id, ...origin },
    member.orgId,
    async (tx, at) => {
      const session = newSession(id, member, at)
      await tx.addSession(session)
      return { result: session, record: [peopleEntry('galley_signed_in', member.orgId, { sessionId: id })] }
    },
  )
  if (replaced) await signOut(ground, replaced, origin)
  return session
}

/** The member that this person is here, as the provider describes them now. */
async function enrol(ground: Ground, person: ProvedPerson, origin: Origin): Promise<Member> {
  const org = await orgOf(ground.store, person)
  const id = newId('member', ground.random)
  return change(ground, { type: 'anonymous', memberId: null, ...origin }, org.id, async (tx, at) => {
    const known = await memberOf(tx, org, person)
    const member = known ?? (await join(tx, org, person, id, at))
    const changed = await keepUp(tx, member, person)
    const details = { memberId: member.id, email: changed?.email ?? member.email, role: member.role }
    if (!known) return { result: member, record: [peopleEntry('galley_member_added', org.id, details)] }
    if (!changed) return { result: member, record: [] }
    return {
      result: member,
      record: [peopleEntry('galley_member_updated', org.id, details)],
      announce: [{ kind: 'member-changed', orgId: org.id, memberId: member.id }],
    }
  })
}

async function orgOf(reads: Reads, { orgs: claimed }: ProvedPerson): Promise<Org> {
  const orgs = await reads.orgs()
  const [only, ...others] = orgs
  if (claimed === undefined && only && others.length === 0) return only
  const org = orgs.find(({ claim }) => claim !== null && claimed?.includes(claim))
  if (org) return org
  const said = claimed?.map(claim => `"${claim}"`).join(', ')
  throw new GalleyError(
    'unknown_org',
    said
      ? `You are of ${said} where you signed in, and no organisation here goes by that. Ask whoever runs this Galley to add it, or sign in with another account.`
      : 'Nothing was said of your organisation where you signed in. Ask whoever runs this Galley, or sign in with another account.',
  )
}

/**
 * Who was made a member by address before is that member, if the address is proved and nobody else's yet. Whoever was
 * removed comes back only as somebody who was made a member anew.
 */
async function memberOf(tx: Transaction, org: Org, person: ProvedPerson): Promise<Member | undefined> {
  const { issuer, subject, email } = person
  const identity = await tx.memberIdentity(issuer, subject, org.id)
  const member = identity && (await tx.member(org.id, identity.memberId))
  if (member) return member
  // Nobody becomes a member under an address that may be another's: what waits for that one would be theirs.
  if (!person.emailVerified) {
    throw new GalleyError(
      'sign_in_failed',
      `Nobody has shown yet that ${email} is yours. Have the address confirmed where you sign in. Whoever runs this Galley can look at GALLEY_OIDC_TRUST_EMAIL.`,
    )
  }
  const invited = await tx.memberByEmail(org.id, email)
  // Of another issuer: the organisation has moved to this one, whose word on addresses now counts.
  if (invited && (await tx.hasIdentity(org.id, invited.id, issuer))) {
    throw new GalleyError(
      'forbidden',
      `The address ${email} is another member's here. Ask an owner of your organisation.`,
    )
  }
  if (identity && !invited) throw new GalleyError('forbidden', 'You are no longer a member of this organisation.')
  if (invited) await tx.putMemberIdentity({ issuer, subject, orgId: org.id, memberId: invited.id })
  return invited
}

async function join(tx: Transaction, org: Org, person: ProvedPerson, id: string, at: number): Promise<Member> {
  const { issuer, subject, email } = person
  const name = nameOf(person)
  const member: Member = {
    id,
    orgId: org.id,
    email,
    name,
    role: 'member',
    roleId: null,
    rev: 1,
    createdAt: at,
    removedAt: null,
  }
  await tx.addMember(member)
  await tx.putMemberIdentity({ issuer, subject, orgId: org.id, memberId: id })
  return member
}

/** @returns undefined when all was so already */
async function keepUp(
  tx: Transaction,
  member: Member,
  person: ProvedPerson,
): Promise<Pick<Member, 'email' | 'name'> | undefined> {
  const { orgId, id } = member
  const taken = await tx.memberByEmail(orgId, person.email)
  const email = person.emailVerified && (!taken || taken.id === id) ? person.email : member.email
  const name = nameOf(person)
  const groups = [...new Set(person.groups.filter(isLine))].sort()
  if (email === person.email && person.emailVerified) await tx.bindGrants(orgId, email, id)
  const had = await tx.groupsOf(orgId, id)
  if (email === member.email && name === member.name && groups.join('\n') === had.toSorted().join('\n'))
    return undefined
  await tx.updateMember(orgId, id, { name, email })
  await tx.setGroups(orgId, id, groups)
  return { email, name }
}

const nameOf = ({ name, email }: ProvedPerson): string => plain(name).replace(/\s+/g, ' ').trim() || email
