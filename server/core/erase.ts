import { setImmediate } from 'node:timers/promises'
import { change, systemActor } from './change.ts'
import type { AuditActor } from './records.ts'
import type { Ground } from './world.ts'

/** Taking away for good what is deleted: first the rows, by which it is found, then the bytes. */

/** Of everybody's, what is due at the given time: one transaction's worth. The sweep has the bytes. @returns whether there is more */
export const eraseSome = async (ground: Ground, at: number): Promise<boolean> =>
  (await eraseRows(ground, systemActor, at)).more

/**
 * One artifact that is due, and its bytes, before this returns. What is left where it breaks off (the database is out of
 * reach) the sweep finds.
 */
export async function eraseNow(
  ground: Ground,
  by: AuditActor,
  at: number,
  artifact: { orgId: string; artifactId: string },
): Promise<void> {
  const contents = new Set<string>()
  for (let left = true; left; await setImmediate()) {
    const { contentIds, more } = await eraseRows(ground, by, at, artifact)
    for (const id of contentIds) contents.add(id)
    left = more
  }
  for (const id of contents) await ground.store.eraseContent(artifact.orgId, id)
}

const eraseRows = (ground: Ground, by: AuditActor, at: number, one?: { orgId: string; artifactId: string }) =>
  change(ground, by, one?.orgId ?? 'any', async tx => {
    const result = await tx.eraseDeleted(at, one)
    return {
      result,
      record: result.erased.map(artifact => ({
        ...{ ...artifact, versionId: null, details: {} },
        type: 'galley_artifact_erased' as const,
      })),
    }
  })
