import { createHash } from 'node:crypto'
import type { LinkPreview } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { change, type Done, peopleEntry, systemActor, userActor } from './change.ts'
import type { Actor, Origin } from './ports.ts'
import type { Member, Session, SignInLink } from './records.ts'
import type { Reads, Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/** Into a session by a one-time link, and out of it. */

/** What a link is for whoever hands it on. */
export interface NewLink {
  url: string
  expiresAt: number
}

/** By a command where the data is, and at the first start. */
export const makeSignInLink = (ground: Ground, member: Member): Promise<NewLink> =>
  change(ground, systemActor, member.orgId, (tx, at) => insertSignInLink(ground, tx, member, at))

/**
 * Within a change that may be made. The secret stands in the fragment, which no proxy, log or Referer ever sees, and is
 * spent by the page's own request, so that a mail scanner's fetch of the link does not use it up. Only its hash is kept.
 */
export async function insertSignInLink(
  { publicUrl, random }: Pick<Ground, 'publicUrl' | 'random'>,
  tx: Transaction,
  { id: memberId, orgId }: Pick<Member, 'id' | 'orgId'>,
  at: number,
): Promise<Done<NewLink>> {
  const secret = Buffer.from(random(32)).toString('base64url')
  const expiresAt = at + limits.signInLink
  await tx.addSignInLink({ secretSha256: sha256(secret), orgId, memberId, createdAt: at, expiresAt, spentAt: null })
  return {
    result: { url: `${publicUrl}/sign-in#${secret}`, expiresAt },
    record: [peopleEntry('galley_sign_in_link_created', orgId, { memberId })],
  }
}

/**
 * Whom a link signs in, without spending it: so that nobody is signed in as somebody else unawares.
 * @throws GalleyError link_invalid, as redeemSignInLink does
 */
export async function previewSignInLink(ground: Ground, secret: string): Promise<LinkPreview> {
  const { member } = await usableLink(ground.store, secret, ground.clock.now())
  const org = await ground.store.org(member.orgId)
  if (!org) throw linkInvalid()
  return { name: member.name, email: member.email, org: org.name }
}

/**
 * @param replaced the session that the same browser has until now: it ends, since nothing knows it any more
 * @throws GalleyError link_invalid: unknown, spent, expired or its member gone, all alike
 */
export async function redeemSignInLink(
  ground: Ground,
  secret: string,
  origin: Origin,
  replaced?: Actor,
): Promise<Session> {
  const { link } = await usableLink(ground.store, secret, ground.clock.now())
  const { orgId, memberId, secretSha256 } = link
  const id = newId('session', ground.random)
  const session = await change(ground, { type: 'user', memberId, ...origin }, orgId, async (tx, at) => {
    await usableLink(tx, secret, at)
    if (!(await tx.spendSignInLink(secretSha256, at))) throw linkInvalid()
    const session = newSession(id, { orgId, id: memberId }, at)
    await tx.addSession(session)
    return { result: session, record: [peopleEntry('galley_signed_in', orgId, { sessionId: id })] }
  })
  if (replaced) await signOut(ground, replaced, origin)
  return session
}

export const newSession = (id: string, member: Pick<Member, 'orgId' | 'id'>, at: number): Session => ({
  id,
  orgId: member.orgId,
  memberId: member.id,
  createdAt: at,
  expiresAt: at + limits.session,
  revokedAt: null,
})

async function usableLink(
  reads: Pick<Reads, 'signInLink' | 'member'>,
  secret: string,
  at: number,
): Promise<{ link: SignInLink; member: Member }> {
  const link = await reads.signInLink(sha256(secret))
  const member = link && (await reads.member(link.orgId, link.memberId))
  if (!member || link.spentAt !== null || link.expiresAt <= at) throw linkInvalid()
  return { link, member }
}

/** @throws GalleyError invalid_request: with an access token there is no session to end */
export async function signOut(ground: Ground, actor: Actor, origin: Origin): Promise<void> {
  const { kind, id } = actor.credential
  if (kind !== 'session') {
    throw new GalleyError(
      'invalid_request',
      'An access token is not signed out: revoke it with DELETE /api/v1/tokens/{id}.',
    )
  }
  await change(ground, userActor(actor, origin), actor.orgId, async (tx, at) => {
    await tx.revokeSession(actor.orgId, id, at)
    return {
      result: undefined,
      record: [peopleEntry('galley_signed_out', actor.orgId, { sessionId: id })],
      announce: [{ kind: 'session-revoked', sessionId: id }],
    }
  })
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const linkInvalid = () =>
  new GalleyError(
    'link_invalid',
    'This sign-in link was used before, has expired, or never was one. Ask for a new one.',
  )
