import type { AccessDecision } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { permit, permitScope, roleOf } from './access.ts'
import { change, userActor } from './change.ts'
import type { Actor, Origin } from './ports.ts'
import type { Grant } from './records.ts'
import { reshare } from './share.ts'
import type { World } from './world.ts'

/** Asking to be let in, and the owner's answer. */

/**
 * Says nothing of whether there is such a page, whether the actor may see it already, or has asked before: the edge
 * answers before this has done anything (C7).
 * @throws GalleyError insufficient_scope
 */
export async function requestAccess(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  permitScope(actor, 'look')
  await change(world, userActor(actor, origin), async (tx, at) => {
    const nothing = { result: undefined, record: [] }
    const reach = await tx.reach(actor.orgId, id, actor.memberId)
    if (!reach || roleOf(actor, reach)) return nothing
    const asked = await tx.accessRequest(actor.orgId, id, actor.memberId)
    if (asked?.decision === null) return nothing
    if ((await tx.accessRequests(actor.orgId, id)).length >= limits.accessRequests) return nothing
    const { orgId, memberId } = actor
    await tx.putAccessRequest({ orgId, artifactId: id, memberId, createdAt: at, decision: null })
    return {
      result: undefined,
      record: [{ orgId, type: 'galley_access_requested', artifactId: id, versionId: null, details: {} }],
      announce: [{ kind: 'access-requested', orgId, artifactId: id, ownerId: reach.artifact.ownerId }],
    }
  })
}

/**
 * Lets in who asked, by name, or declines. What was private is then shared with people.
 * @throws GalleyError not_found: also when nobody waits for this answer · forbidden | insufficient_scope
 */
export async function answerAccessRequest(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  memberId: string,
  { role }: AccessDecision,
): Promise<void> {
  await change(world, userActor(actor, origin), async (tx, at) => {
    const { artifact } = permit(actor, 'share', await tx.reach(actor.orgId, id, actor.memberId))
    const { orgId, ownerId } = artifact
    const asked = await tx.accessRequest(orgId, id, memberId)
    if (asked?.decision !== null) throw new GalleyError('not_found', 'Nobody waits for this answer any more.')
    await tx.putAccessRequest({ ...asked, decision: role === null ? 'declined' : 'granted' })
    const answered = {
      record: [
        {
          ...{ orgId, artifactId: id, versionId: null },
          type: 'galley_access_request_answered' as const,
          details: { memberId, role },
        },
      ],
      announce: [{ kind: 'access-requested' as const, orgId, artifactId: id, ownerId }],
    }
    if (role === null) return { result: undefined, ...answered }
    const before = await tx.grants(orgId, id)
    const others = before.filter(grant => grant.kind !== 'member' || grant.subject !== memberId)
    const grant: Grant = { orgId, artifactId: id, kind: 'member', subject: memberId, role, createdAt: at }
    const audience = artifact.audience === 'private' ? 'people' : artifact.audience
    const shared = await reshare(
      tx,
      artifact,
      { audience, pinned: artifact.pinned },
      { before, grants: [...others, grant] },
    )
    return {
      result: undefined,
      record: [...answered.record, ...shared.record],
      announce: [...answered.announce, ...(shared.announce ?? [])],
    }
  })
}
