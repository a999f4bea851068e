import { z } from 'zod'
import { line } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { newId, newUuid } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { change, type Done, peopleEntry, systemActor } from './change.ts'
import type { Member, Org } from './records.ts'
import { makeSignInLink } from './sign-in.ts'
import type { Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/** Organisations and their members, made by commands where the data is and at the first start. */

const defaultOrg = 'Default'
/** Nobody's address: the first owner signs in by link alone. */
const firstOwner = { email: 'owner@localhost', name: 'Owner' }

const orgName = line(limits.nameChars)
const memberEmail = z.string().trim().toLowerCase().max(limits.emailChars).pipe(z.email())
const memberName = line(limits.nameChars)

/** @throws GalleyError invalid_request: no usable name, or one that is taken in any case */
export async function addOrg(ground: Ground, input: { name: string; claim?: string | undefined }): Promise<Org> {
  const name = valid(
    orgName,
    input.name,
    `An organisation needs a name of at most ${limits.nameChars} plain characters.`,
  )
  const id = newUuid(ground.random)
  const claim = input.claim === undefined ? null : validClaim(input.claim)
  return change(ground, systemActor, 'any', async (tx, at) => {
    const orgs = await tx.orgs()
    const taken = orgs.some(org => org.name.toLowerCase() === name.toLowerCase())
    if (taken) throw new GalleyError('invalid_request', `There is an organisation called "${name}" already.`)
    refuseTaken(orgs, claim)
    const org = { id, name, claim, createdAt: at }
    return { result: org, record: [await putOrg(tx, org)] }
  })
}

/** @throws GalleyError invalid_request: no usable claim, or another organisation's */
export async function setOrgClaim(ground: Ground, org: Org, value: string): Promise<Org> {
  const claim = validClaim(value)
  return change(ground, systemActor, 'any', async tx => {
    const others = (await tx.orgs()).filter(other => other.id !== org.id)
    refuseTaken(others, claim)
    if (claim === org.claim) return { result: org, record: [] }
    await tx.updateOrg(org.id, { claim })
    return {
      result: { ...org, claim },
      record: [peopleEntry('galley_organization_updated', org.id, { previous_claim: org.claim, new_claim: claim })],
    }
  })
}

const validClaim = (value: string): string =>
  valid(orgName, value, `A claim's value has 1 to ${limits.nameChars} plain characters.`)

function refuseTaken(orgs: readonly Org[], claim: string | null): void {
  const other = claim === null ? undefined : orgs.find(org => org.claim === claim)
  if (other) throw new GalleyError('invalid_request', `"${other.name}" has the claim "${claim}" already.`)
}

/**
 * @param input.name when absent, what stands before the @
 * @throws GalleyError invalid_request: no such address, or it is a member's already · not_found: no such org
 */
export async function addMember(ground: Ground, input: MemberToBe): Promise<Member> {
  return change(ground, systemActor, input.orgId, (tx, at) => insertMember(ground, tx, input, at))
}

export interface MemberToBe {
  orgId: string
  email: string
  name?: string | undefined
  role: Member['role']
}

/** Within a change that may be made. @throws as addMember does */
export async function insertMember(
  { random }: Pick<Ground, 'random'>,
  tx: Transaction,
  input: MemberToBe,
  at: number,
): Promise<Done<Member>> {
  const email = valid(memberEmail, input.email, `"${input.email}" is not an e-mail address.`)
  const name = valid(
    memberName,
    input.name ?? email.slice(0, email.indexOf('@')).slice(0, limits.nameChars),
    `A member's name has 1 to ${limits.nameChars} plain characters.`,
  )
  if (!(await tx.org(input.orgId))) throw new GalleyError('not_found', 'There is no such organisation.')
  if (await tx.memberByEmail(input.orgId, email)) {
    throw new GalleyError('invalid_request', `This organisation has a member ${email} already.`)
  }
  const id = newId('member', random)
  const { orgId, role } = input
  const member: Member = { id, orgId, email, name, role, roleId: null, rev: 1, createdAt: at, removedAt: null }
  return { result: member, record: [await putMember(tx, member)] }
}

/** @throws GalleyError not_found: removed already */
export function setMemberRole(ground: Ground, { orgId, id }: Member, role: Member['role']): Promise<Member> {
  return change(ground, systemActor, orgId, async tx => {
    const member = await tx.member(orgId, id)
    if (!member) throw new GalleyError('not_found', 'There is no such member.')
    if (member.role === role) return { result: member, record: [] }
    await tx.updateMember(orgId, id, { role })
    return {
      result: { ...member, role },
      record: [peopleEntry('galley_member_updated', orgId, { memberId: id, email: member.email, role })],
    }
  })
}

/**
 * Every session and token of theirs is void, and they cannot sign in again; their pages stay, for those who see them.
 * Made a member anew under the same address, they are somebody else.
 * @throws GalleyError not_found: removed already
 */
export async function removeMember(ground: Ground, { orgId, id }: Member): Promise<void> {
  await change(ground, systemActor, orgId, async (tx, at) => {
    const member = await tx.member(orgId, id)
    if (!member) throw new GalleyError('not_found', 'There is no such member.')
    return takeOut(tx, member, at)
  })
}

/** Within a change that may be made. */
export async function takeOut(tx: Transaction, { orgId, id, email, role }: Member, at: number): Promise<Done<void>> {
  await tx.updateMember(orgId, id, { removedAt: at })
  await tx.setGroups(orgId, id, [])
  return {
    result: undefined,
    record: [peopleEntry('galley_member_removed', orgId, { memberId: id, email, role })],
    announce: [{ kind: 'member-changed', orgId, memberId: id }],
  }
}

/**
 * An empty database gets its default organisation and an owner. As long as no owner of the oldest organisation has
 * ever signed in, each start makes a new link for the first of them: who lost the last one needs no other way in.
 * @returns undefined once an owner has signed in, and where the operator made the organisation but no owner
 */
export async function ensureFirstOwner(ground: Ground): Promise<{ owner: Member; url: string } | undefined> {
  await addDefaults(ground)
  const [org] = await ground.store.orgs()
  if (!org) return undefined
  const members = await ground.store.members(org.id)
  const owners = members.filter(member => member.role === 'owner')
  for (const owner of owners) {
    if (await ground.store.hasSignedIn(org.id, owner.id)) return undefined
  }
  const [owner] = owners
  return owner && { owner, url: (await makeSignInLink(ground, owner)).url }
}

async function addDefaults(ground: Ground): Promise<void> {
  const orgId = newUuid(ground.random)
  const id = newId('member', ground.random)
  await change(ground, systemActor, 'any', async (tx, at) => {
    if ((await tx.orgs()).length > 0) return { result: undefined, record: [] }
    const org = await putOrg(tx, { id: orgId, name: defaultOrg, claim: null, createdAt: at })
    const owner = await putMember(tx, {
      id,
      orgId,
      ...firstOwner,
      role: 'owner',
      roleId: null,
      rev: 1,
      createdAt: at,
      removedAt: null,
    })
    return { result: undefined, record: [org, owner] }
  })
}

async function putOrg(tx: Transaction, org: Org) {
  await tx.addOrg(org)
  return peopleEntry('galley_organization_created', org.id, { name: org.name })
}

async function putMember(tx: Transaction, member: Member) {
  await tx.addMember(member)
  await tx.bindGrants(member.orgId, member.email, member.id)
  const { id, email, role } = member
  return peopleEntry('galley_member_added', member.orgId, { memberId: id, email, role })
}

function valid<T>(shape: z.ZodType<T>, value: unknown, otherwise: string): T {
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw new GalleyError('invalid_request', otherwise)
  return parsed.data
}
