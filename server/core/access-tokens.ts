import type { TokenRequest } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { permitScope } from './access.ts'
import { change, type Done, type Entry, peopleEntry, systemActor, userActor } from './change.ts'
import type { Actor, Origin } from './ports.ts'
import type { AccessToken, AuditActor, Member } from './records.ts'
import type { Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/** Access tokens: made, listed and revoked by their member, or made by a command where the data is. */

/**
 * What is made with a token ends with it at the latest: else a leaked one would never end.
 * @throws GalleyError insufficient_scope
 */
export async function createAccessToken(
  ground: Ground,
  actor: Actor,
  origin: Origin,
  request: TokenRequest,
): Promise<AccessToken> {
  permitScope(actor, 'tokens')
  const { kind, expiresAt } = actor.credential
  const end = kind === 'token' ? expiresAt : Number.POSITIVE_INFINITY
  return addAccessToken(ground, userActor(actor, origin), actor, request, end)
}

export const createAccessTokenFor = (
  ground: Ground,
  member: Pick<Member, 'orgId' | 'id'>,
  request: TokenRequest,
): Promise<AccessToken> => addAccessToken(ground, systemActor, { orgId: member.orgId, memberId: member.id }, request)

/** Newest first, without those revoked or expired. */
export async function listAccessTokens(ground: Ground, actor: Actor): Promise<AccessToken[]> {
  permitScope(actor, 'tokens')
  const now = ground.clock.now()
  const tokens = await ground.store.accessTokens(actor.orgId, actor.memberId)
  return tokens.filter(token => token.expiresAt > now)
}

/** @throws GalleyError not_found: unknown, revoked already, or someone else's · insufficient_scope */
export async function revokeAccessToken(ground: Ground, actor: Actor, origin: Origin, id: string): Promise<void> {
  permitScope(actor, 'tokens')
  await change(ground, userActor(actor, origin), actor.orgId, async (tx, at) => {
    const token = await tx.accessToken(id)
    const mine = token && token.orgId === actor.orgId && token.memberId === actor.memberId
    if (!mine || token.revokedAt !== null) throw new GalleyError('not_found', 'You have no such access token.')
    return revoke(tx, token, at)
  })
}

/** By a command where the data is. @throws GalleyError not_found: unknown, or revoked already */
export async function revokeAccessTokenFor(ground: Ground, id: string): Promise<AccessToken> {
  return change(ground, systemActor, 'any', async (tx, at) => {
    const token = await tx.accessToken(id)
    if (!token || token.revokedAt !== null) throw new GalleyError('not_found', `There is no access token ${id}.`)
    return { ...(await revoke(tx, token, at)), result: token }
  })
}

/** Within a change that has seen to it that this may be done, and that the token is good. */
export async function revoke(tx: Transaction, { orgId, id, name }: AccessToken, at: number): Promise<Done<void>> {
  await tx.revokeAccessToken(orgId, id, at)
  return {
    result: undefined,
    record: [peopleEntry('galley_access_token_revoked', orgId, { tokenId: id, name })],
    announce: [{ kind: 'token-revoked', tokenId: id }],
  }
}

async function addAccessToken(
  ground: Ground,
  by: AuditActor,
  owner: TokenOwner,
  request: TokenRequest,
  end = Number.POSITIVE_INFINITY,
): Promise<AccessToken> {
  return change(ground, by, owner.orgId, async (tx, at) => {
    const { token, entry } = await insertAccessToken(ground, tx, owner, request, at, end)
    return { result: token, record: [entry] }
  })
}

type TokenOwner = Pick<AccessToken, 'orgId' | 'memberId'>

/** Within a change that does more than that. @returns `entry`: what that change has to record of it */
export async function insertAccessToken(
  { random }: Pick<Ground, 'random'>,
  tx: Transaction,
  { orgId, memberId }: TokenOwner,
  { name, scope, expiresIn }: TokenRequest,
  at: number,
  end = Number.POSITIVE_INFINITY,
): Promise<{ token: AccessToken; entry: Entry }> {
  const id = newId('token', random)
  const expiresAt = Math.min(at + expiresIn * 1000, end)
  const token = { id, orgId, memberId, name, scope, createdAt: at, expiresAt, revokedAt: null }
  await tx.addAccessToken(token)
  const details = { tokenId: id, memberId, name, scope, expiresAt }
  return { token, entry: peopleEntry('galley_access_token_created', orgId, details) }
}
