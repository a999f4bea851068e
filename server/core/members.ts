import { z } from 'zod'
import type { InvitedMember, MemberInvitation, MemberPatch, OrgMember, OrgMemberList } from '../../shared/admin.ts'
import { GalleyError } from '../../shared/errors.ts'
import { requireSession } from './access.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { peopleEntry } from './change.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { insertMember, type MemberToBe, takeOut } from './people.ts'
import type { Actor, Origin } from './ports.ts'
import { mayPublish } from './publishing.ts'
import { timeOf } from './read.ts'
import type { Member } from './records.ts'
import { roleOf } from './roles.ts'
import { insertSignInLink } from './sign-in.ts'
import type { Reads, Transaction } from './store-ports.ts'
import type { World } from './world.ts'

/** The members of an organisation, for its owners. */

const place = z.tuple([z.string(), z.string()])

/** @throws GalleyError insufficient_scope | forbidden | invalid_request (cursor) */
export async function membersOf(
  world: World,
  actor: Actor,
  { q, limit, cursor }: { q: string; limit: number; cursor: string | undefined },
): Promise<OrgMemberList> {
  await permitOwner(world.store, actor)
  const from = cursor === undefined ? undefined : readCursor(place, cursor)
  const members = await world.store.membersPage(actor.orgId, {
    q: q.trim(),
    limit: limit + 1,
    ...(from && { after: { key: from[0], id: from[1] } }),
  })
  const page = members.slice(0, limit)
  const last = members.length > limit ? page.at(-1) : undefined
  return {
    members: await Promise.all(page.map(member => toView(world.store, member))),
    nextCursor: last ? writeCursor([last.name, last.id]) : null,
  }
}

/**
 * A member, and where people sign in by link the link that signs them in.
 * @param byLink no identity provider vouches for people here
 * @throws GalleyError insufficient_scope | forbidden | invalid_request: a member already
 */
export async function invite(
  world: World,
  actor: Actor,
  origin: Origin,
  invitation: MemberInvitation,
  byLink: boolean,
): Promise<InvitedMember> {
  const asked: MemberToBe = {
    orgId: actor.orgId,
    email: invitation.email,
    name: invitation.name,
    role: invitation.role,
  }
  const { member, link } = await changeAsOwner(world, actor, origin, async (tx, at) => {
    if (byLink) requireSession(actor, inBrowserOnly)
    if (asked.role === 'owner') requireSession(actor, ownersInBrowserOnly)
    const added = await insertMember(world, tx, asked, at)
    const linked = byLink ? await insertSignInLink(world, tx, added.result, at) : undefined
    return {
      result: { member: added.result, link: linked?.result },
      record: [...added.record, ...(linked?.record ?? [])],
    }
  })
  return { member: await toView(world.store, member), signInUrl: link?.url ?? null }
}

/**
 * A new link for who has lost theirs. Where a provider says who people are there is none from here: whoever opened it would
 * be somebody else without a word of the provider's.
 * @throws GalleyError insufficient_scope | forbidden | not_found | invalid_request: a provider vouches for people here
 */
export async function inviteAgain(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  byLink: boolean,
): Promise<string> {
  const { url } = await changeAsOwner(world, actor, origin, async (tx, at) => {
    requireSession(actor, inBrowserOnly)
    if (!byLink) {
      throw new GalleyError(
        'invalid_request',
        'People sign in at your identity provider here. For a day that it does not work, whoever runs the server makes links: galley member link EMAIL',
      )
    }
    return insertSignInLink(world, tx, await memberOf(tx, actor.orgId, id), at)
  })
  return url
}

/** What an owner may do outlasts the token that would have made them one. */
const ownersInBrowserOnly = 'Somebody is made an owner in a browser only, not with an access token.'

const inBrowserOnly = 'A sign-in link is made in a browser only, not with an access token.'

/** @throws GalleyError insufficient_scope | forbidden | not_found: no such member, or role · invalid_request: the last owner */
export async function updateMember(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  patch: MemberPatch,
): Promise<OrgMember> {
  await changeAsOwner(world, actor, origin, async tx => {
    const before = await memberOf(tx, actor.orgId, id)
    const { role = before.role, roleId = before.roleId } = patch
    if (roleId !== null && roleId !== before.roleId) await roleOf(tx, actor.orgId, roleId)
    if (role === before.role && roleId === before.roleId) return { result: undefined, record: [] }
    if (role !== 'owner') await keepAnOwner(tx, before)
    else if (before.role !== 'owner') requireSession(actor, ownersInBrowserOnly)
    await tx.updateMember(actor.orgId, id, { role, roleId })
    const details = { memberId: id, email: before.email, role, roleId, previous_role: before.role }
    return {
      result: undefined,
      record: [peopleEntry('galley_member_updated', actor.orgId, details)],
      announce: [{ kind: 'member-changed', orgId: actor.orgId, memberId: id }],
    }
  })
  return toView(world.store, await memberOf(world.store, actor.orgId, id))
}

/** @throws GalleyError insufficient_scope | forbidden | not_found · invalid_request: the last owner */
export async function expel(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  await changeAsOwner(world, actor, origin, async (tx, at) => {
    const member = await memberOf(tx, actor.orgId, id)
    await keepAnOwner(tx, member)
    return takeOut(tx, member, at)
  })
}

/** @throws GalleyError not_found */
async function memberOf(reads: Pick<Reads, 'member'>, orgId: string, id: string): Promise<Member> {
  const member = await reads.member(orgId, id)
  if (!member) throw new GalleyError('not_found', 'There is no such member.')
  return member
}

/** Nobody could let anybody in any more. @throws GalleyError invalid_request */
async function keepAnOwner(tx: Transaction, member: Member): Promise<void> {
  if (member.role !== 'owner') return
  const others = (await tx.owners(member.orgId)).filter(({ id }) => id !== member.id)
  if (others.length > 0) return
  throw new GalleyError('invalid_request', 'This is the last owner of the organisation. Make somebody else one first.')
}

async function toView(reads: Reads, member: Member): Promise<OrgMember> {
  const { id, orgId, name, email, role, roleId, createdAt } = member
  const [settings, roles, groups] = await Promise.all([
    reads.settings(orgId),
    reads.rolesOf(orgId, id),
    reads.groupsOf(orgId, id),
  ])
  const allowed = mayPublish(settings, member, roles)
  return { id, name, email, role, roleId, groups, mayPublish: allowed, createdAt: timeOf(createdAt) }
}
