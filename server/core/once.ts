import { createHash } from 'node:crypto'
import { z } from 'zod'
import { published } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import type { Done } from './change.ts'
import type { Actor } from './ports.ts'
import type { Transaction } from './store-ports.ts'

/** What a publish came to. `created`: there is a new artifact or a new version. */
export const outcome = z.object({ created: z.boolean(), published })
export type Outcome = z.infer<typeof outcome>

/** A request as its repetition is known by: the key it came with, and all that it asked for. */
export interface Repeatable {
  key: string | undefined
  asked: readonly unknown[]
}

/**
 * Does the work once for each Idempotency-Key of a member (draft-ietf-httpapi-idempotency-key-header): the answer is
 * kept in the transaction of the work itself, so that of two that arrive at once the second gets the first one's.
 * @throws GalleyError idempotency_key_reused when the key came with another request before.
 */
export async function once(
  tx: Transaction,
  actor: Actor,
  request: Repeatable,
  at: number,
  work: () => Promise<Done<Outcome>>,
): Promise<Done<Outcome>> {
  if (request.key === undefined) return work()
  const requestSha256 = createHash('sha256').update(JSON.stringify(request.asked)).digest('hex')
  const known = await tx.idempotentAnswer(actor.orgId, actor.memberId, request.key)
  if (known) {
    if (known.requestSha256 !== requestSha256) throw reused()
    return { result: outcome.parse(JSON.parse(known.answer)), record: [] }
  }
  const done = await work()
  await tx.addIdempotentAnswer({
    orgId: actor.orgId,
    memberId: actor.memberId,
    key: request.key,
    requestSha256,
    answer: JSON.stringify(done.result),
    createdAt: at,
  })
  return done
}

const reused = (): GalleyError =>
  new GalleyError(
    'idempotency_key_reused',
    'This Idempotency-Key came with another request before. Use a new key for a new request.',
  )
