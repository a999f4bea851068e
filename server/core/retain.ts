import { z } from 'zod'
import type { DeletedList } from '../../shared/admin.ts'
import { notFound } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { authorsOf } from './authors.ts'
import { change, type Entry, systemActor } from './change.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { headOf, restored } from './edit.ts'
import type { Actor, Announcement, Origin } from './ports.ts'
import { timeOf } from './read.ts'
import { dueBefore } from './settings.ts'
import { touchedBy } from './touched.ts'
import type { Ground, World } from './world.ts'

/** What an organisation does not keep for ever, and what can still be taken back of it. */

/**
 * Deletes, of one org, a batch of artifacts whose retention is over; what they hold is erased limits.retentionGrace
 * later, by the sweep. Counted from the last publish: shared ones and private ones each by their own period.
 *
 * All times are by the clock of the node that is at it: one that is an hour ahead is an hour early, and one that jumps back is
 * late. However far ahead it was, what it has deleted can be taken back for all of the grace.
 * @returns whether there may be more
 */
export const expireSome = (ground: Ground, orgId: string): Promise<boolean> =>
  change(ground, systemActor, orgId, async (tx, at) => {
    const due = await tx.due(orgId, dueBefore(await tx.settings(orgId), at), limits.retentionBatch)
    const grants = await tx.grantsOfAll(due.map(({ id }) => ({ orgId, artifactId: id })))
    const record: Entry[] = []
    const announce: Announcement[] = []
    for (const artifact of due) {
      const { id, ownerId, title, audience, keptFrom, rev } = artifact
      const place = { orgId, artifactId: id }
      await tx.updateArtifact(orgId, id, {
        deletedAt: at,
        eraseAt: at + limits.retentionGrace,
        deletedBy: 'retention',
        rev: rev + 1,
      })
      const details = { title, audience, kept_from: timeOf(keptFrom) }
      record.push({ ...place, type: 'galley_artifact_expired', versionId: null, details })
      const touched = touchedBy(
        [artifact],
        grants.filter(({ artifactId }) => artifactId === id),
      )
      announce.push({ kind: 'deleted', ...place, ownerId, touched })
    }
    return { result: due.length === limits.retentionBatch, record, announce }
  })

const place = z.tuple([z.int(), z.string()])

/**
 * What is deleted and not yet erased: by title and author, never with a way to look at it.
 * @throws GalleyError insufficient_scope | forbidden | invalid_request (cursor)
 */
export async function deletedArtifacts(
  world: World,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<DeletedList> {
  await permitOwner(world.store, actor)
  const from = cursor === undefined ? undefined : readCursor(place, cursor)
  const rows = await world.store.deleted(actor.orgId, {
    limit: limit + 1,
    ...(from && { after: { key: from[0], id: from[1] } }),
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  const authors = await authorsOf(
    world.store,
    actor.orgId,
    page.map(({ ownerId }) => ownerId),
  )
  return {
    artifacts: page.map(({ id, title, ownerId, deletedBy, deletedAt, eraseAt }) => ({
      id,
      title,
      author: authors(ownerId),
      by: deletedBy ?? 'person',
      deletedAt: timeOf(deletedAt ?? 0),
      erasedAt: timeOf(eraseAt ?? 0),
    })),
    nextCursor: last ? writeCursor([last.deletedAt ?? 0, last.id]) : null,
  }
}

/**
 * Back for its author and for those it was shared with. Its retention begins anew: it would be over at once.
 * @throws GalleyError insufficient_scope | forbidden | not_found: also when its grace is over
 */
export async function takeBack(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  await changeAsOwner(world, actor, origin, async (tx, at) => {
    const artifact = await tx.deletedById(actor.orgId, id)
    if (!artifact || at >= (artifact.eraseAt ?? 0)) throw notFound()
    const { title, rev, viewerRev } = artifact
    await tx.updateArtifact(actor.orgId, id, { ...restored, keptFrom: at, rev: rev + 1, viewerRev: viewerRev + 1 })
    return {
      result: undefined,
      record: [
        {
          ...{ orgId: actor.orgId, artifactId: id, versionId: null, details: { title } },
          type: 'galley_artifact_restored',
        },
      ],
      announce: [{ kind: 'changed', head: await headOf(tx, artifact), seen: true }],
    }
  })
}
