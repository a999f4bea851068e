import type { ArtifactPatch, Artifact as ArtifactView } from '../../shared/api.ts'
import { notFound } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { closed, isClosed, permit } from './access.ts'
import { change, type Done, userActor } from './change.ts'
import { checkIcon } from './icon.ts'
import type { Actor, Origin } from './ports.ts'
import { current } from './read.ts'
import type { Artifact } from './records.ts'
import type { Transaction } from './store-ports.ts'
import { touchedBy } from './touched.ts'
import type { World } from './world.ts'

/** What an artifact is called by. */
export type Labels = Partial<Pick<Artifact, 'title' | 'titleGiven' | 'icon' | 'description'>>

/**
 * A title given here stays, whatever later versions call themselves.
 * @throws GalleyError invalid_request | not_found | forbidden | insufficient_scope
 */
export async function rename(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  patch: ArtifactPatch,
): Promise<ArtifactView> {
  checkIcon(patch.icon)
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    const { artifact } = permit(actor, 'rename', await tx.reach(actor.orgId, id, actor.memberId))
    return { result: undefined, ...(await relabel(tx, artifact, labelsOf(patch), at)) }
  })
  return current(world, actor, id)
}

/** The labels that are given, and only those. */
export const labelsOf = (given: {
  title?: string | undefined
  icon?: string | undefined
  description?: string | undefined
}): Labels => ({
  ...(given.title !== undefined && { title: given.title, titleGiven: true }),
  ...(given.icon !== undefined && { icon: given.icon }),
  ...(given.description !== undefined && { description: given.description }),
})

/** Changes what differs, if anything does: a rename to the same name neither counts nor wakes anybody. */
export async function relabel(
  tx: Transaction,
  artifact: Artifact,
  labels: Labels,
  at: number,
): Promise<Omit<Done<never>, 'result'>> {
  const staysFromNow = labels.titleGiven === true && !artifact.titleGiven
  if (!staysFromNow && !looksDifferent(artifact, labels)) return { record: [] }
  await tx.updateArtifact(artifact.orgId, artifact.id, {
    ...labels,
    rev: artifact.rev + 1,
    viewerRev: artifact.viewerRev + 1,
    updatedAt: at,
  })
  const now = { ...artifact, ...labels }
  return {
    record: [
      {
        orgId: artifact.orgId,
        type: 'claude_artifact_renamed',
        artifactId: artifact.id,
        versionId: null,
        details: { title: now.title, previous_title: artifact.title, icon: now.icon, description: now.description },
      },
    ],
    announce: [{ kind: 'changed', head: await headOf(tx, artifact), seen: true }],
  }
}

/** To those who look at it. */
const looksDifferent = (artifact: Artifact, labels: Labels): boolean =>
  (labels.title !== undefined && labels.title !== artifact.title) ||
  (labels.icon !== undefined && labels.icon !== artifact.icon) ||
  (labels.description !== undefined && labels.description !== artifact.description)

/** As the transaction has left it: what open pages are told once it is kept. */
export async function headOf(tx: Transaction, artifact: Pick<Artifact, 'orgId' | 'id'>) {
  const [head] = await tx.heads([{ orgId: artifact.orgId, artifactId: artifact.id }])
  if (!head) throw notFound()
  return head
}

/**
 * Gone for everybody at once; its bytes are erased limits.deletedKept later.
 * @throws GalleyError not_found | forbidden | insufficient_scope
 */
export async function remove(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    const { artifact } = permit(actor, 'delete', await tx.reach(actor.orgId, id, actor.memberId))
    await tx.updateArtifact(artifact.orgId, id, {
      ...{ deletedAt: at, eraseAt: at + limits.deletedKept, deletedBy: 'person' },
      rev: artifact.rev + 1,
    })
    return {
      result: undefined,
      record: [
        {
          orgId: artifact.orgId,
          type: 'claude_published_artifact_deleted',
          artifactId: id,
          versionId: null,
          details: { title: artifact.title, versions: artifact.latest },
        },
      ],
      announce: [
        {
          ...{ kind: 'deleted', orgId: artifact.orgId, artifactId: id, ownerId: artifact.ownerId },
          touched: touchedBy([artifact], await tx.grants(artifact.orgId, id)),
        },
      ],
    }
  })
}

/**
 * Takes back a removal, for as long as nothing of the artifact was erased: it is what it was, where it was.
 * @throws GalleyError not_found: also when it was erased, or was never deleted · forbidden | insufficient_scope |
 *   publishing_disabled
 */
export async function restore(world: World, actor: Actor, origin: Origin, id: string): Promise<ArtifactView> {
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    // For others there is nothing to take back: not even that it was there once.
    const deleted = await tx.deletedArtifact(actor.orgId, id, actor.memberId)
    // From then on it is being erased, a part at a time.
    const isWhole = deleted && at < (deleted.eraseAt ?? 0)
    const reach = isWhole && { artifact: { ...deleted, ...restored }, granted: [], closed: false }
    const { artifact } = permit(actor, 'delete', reach || undefined)
    // Nothing of it could be answered: refused before it is done, and not after.
    if (isClosed(await tx.settings(actor.orgId))) throw closed()
    const { title, rev, viewerRev } = artifact
    // Its retention begins anew: it would be over at once.
    const keptFrom = deleted?.deletedBy === 'retention' ? at : artifact.keptFrom
    await tx.updateArtifact(artifact.orgId, id, { ...restored, keptFrom, rev: rev + 1, viewerRev: viewerRev + 1 })
    return {
      result: undefined,
      record: [
        {
          orgId: artifact.orgId,
          type: 'galley_artifact_restored',
          artifactId: id,
          versionId: null,
          details: { title },
        },
      ],
      announce: [{ kind: 'changed', head: await headOf(tx, artifact), seen: true }],
    }
  })
  return current(world, actor, id)
}

/** Of an artifact that is there again. */
export const restored = { deletedAt: null, eraseAt: null, deletedBy: null } as const
