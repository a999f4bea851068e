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
  permitScope(actor, 'read')
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    const { orgId, memberId } = actor
    const reach = await tx.reach(orgId, id, memberId)
    const asked = await tx.accessRequest(orgId, id, memberId)
    const waiting = await tx.accessRequests(orgId, id)
    const isUnseen = reach && roleOf(actor, reach) === undefined
    if (!isUnseen || asked?.decision === null || waiting.length >= limits.accessRequests) {
      // A row as well: what is asked next of the same database must not take longer for a page that is there.
      const details = { reason: 'nothing_to_ask_for', asked: id.slice(0, limits.idChars) }
      const refused = { orgId, artifactId: null, versionId: null, details }
      return { result: undefined, record: [{ ...refused, type: 'claude_artifact_access_failed' }] }
    }
    await tx.putAccessRequest({ orgId, artifactId: id, memberId, createdAt: at, decision: null })
    return {
      result: undefined,
      record: [{ orgId, type: 'galley_access_requested', artifactId: id, versionId: null, details: {} }],
      announce: [{ kind: 'access-requested', orgId, artifactId: id, ownerId: reach.artifact.ownerId }],
    }
  })
}

/**
 * Lets in who asked, by name, or declines. What was private is then shared with them, and with nobody else who may have
 * been let in before.
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
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
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
    const kept = artifact.audience === 'private' ? [] : before
    const others = kept.filter(grant => !isOf(grant, memberId))
    if (others.length >= limits.grants) throw tooMany()
    // Who was made an editor meanwhile stays one.
    const strongest = kept.some(grant => isOf(grant, memberId) && grant.role === 'editor') ? 'editor' : role
    const grant: Grant = { orgId, artifactId: id, kind: 'member', subject: memberId, role: strongest, createdAt: at }
    const audience = artifact.audience === 'private' ? 'people' : artifact.audience
    const shared = await reshare(
      tx,
      artifact,
      { audience, pinned: artifact.pinned },
      { before, grants: [...others, grant] },
      at,
    )
    return {
      result: undefined,
      record: [...answered.record, ...shared.record],
      announce: [...answered.announce, ...(shared.announce ?? [])],
    }
  })
}

const isOf = (grant: Grant, memberId: string): boolean => grant.kind === 'member' && grant.subject === memberId

const tooMany = () =>
  new GalleyError(
    'invalid_request',
    `This page is shared with ${limits.grants} people and groups by name already. Take some out first.`,
  )
