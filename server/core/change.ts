import { newId } from '../../shared/ids.ts'
import type { Actor, Announcement, Origin } from './ports.ts'
import type { AuditActor, AuditEntry } from './records.ts'
import type { Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/** A row of the log, but for what `change` adds. `actor`: where one change keeps what several have done. */
export type Entry = Omit<AuditEntry, 'id' | 'at' | 'actor'> & { actor?: AuditActor }

/** Something done: what the caller gets, what the log keeps, what open pages hear. */
export interface Done<T> {
  result: T
  /** Empty only when nothing was changed after all, or nothing of any organisation yet: a device asks, and waits. */
  record: readonly Entry[]
  announce?: readonly Announcement[]
}

/**
 * The one way to change state: the change and its audit rows in one transaction, and only when that is kept, the
 * announcement. So nothing can be changed unrecorded, nor announced and then not kept.
 * @param orgId whose change it is, as Store.transaction has it
 */
export async function change<T>(
  world: Ground,
  by: AuditActor,
  orgId: string | 'none' | 'any',
  work: (tx: Transaction, at: number) => Promise<Done<T>>,
): Promise<T> {
  const done = await world.store.transaction(orgId, async tx => {
    const at = world.clock.now()
    const done = await work(tx, at)
    const rows = done.record.map(entry => ({
      ...entry,
      id: newId('activity', world.random),
      at,
      actor: entry.actor ?? by,
    }))
    await tx.audit(rows)
    return done
  })
  for (const announcement of done.announce ?? []) world.live.announce(announcement)
  return done.result
}

/** What is recorded of people and what they sign in with: no artifact has a part in it. */
export const peopleEntry = (type: Entry['type'], orgId: string, details: Entry['details']): Entry => ({
  type,
  orgId,
  artifactId: null,
  versionId: null,
  details,
})

export const userActor = (actor: Actor, origin: Origin): AuditActor => ({
  type: 'user',
  memberId: actor.memberId,
  ...origin,
})

/** A command run where the data is, or a job. */
export const systemActor: AuditActor = { type: 'system', memberId: null, ip: null, userAgent: null }
