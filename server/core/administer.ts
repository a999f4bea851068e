import { GalleyError } from '../../shared/errors.ts'
import { permitScope } from './access.ts'
import { change, type Done, userActor } from './change.ts'
import type { Actor, Origin } from './ports.ts'
import type { Reads, Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/**
 * What is the owners' of an organisation: their role is read for every call, so that who has just lost it does nothing
 * more. It opens none of the pages that others keep to themselves.
 * @throws GalleyError insufficient_scope | forbidden
 */
export async function permitOwner(reads: Pick<Reads, 'member'>, actor: Actor): Promise<void> {
  permitScope(actor, 'administer')
  const member = await reads.member(actor.orgId, actor.memberId)
  if (member?.role !== 'owner') throw new GalleyError('forbidden', 'Only an owner of the organisation may do that.')
}

/** A change that only an owner may make, checked in the transaction that makes it. */
export const changeAsOwner = <T>(
  ground: Ground,
  actor: Actor,
  origin: Origin,
  work: (tx: Transaction, at: number) => Promise<Done<T>>,
): Promise<T> =>
  change(ground, userActor(actor, origin), actor.orgId, async (tx, at) => {
    await permitOwner(tx, actor)
    return work(tx, at)
  })
