import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { limits } from '../../shared/limits.ts'
import type { Schema } from './schema.ts'

/** Rows that one transaction takes away at most. */
const batch = 500

/**
 * Deletes answers given, with them what is known of refusals, and sessions, tokens, links and devices' requests expired,
 * before the given times; then keys. By then nobody reads or changes such rows, so these transactions may run beside any
 * others.
 */
export async function sweepExpired(
  db: Kysely<Schema>,
  before: { idempotentAnswers: number; credentials: number },
  signal: AbortSignal,
): Promise<void> {
  const { credentials } = before
  for (const [table, id] of [
    ['sessions', 'id'],
    ['accessTokens', 'id'],
    ['signInLinks', 'secretSha256'],
    ['deviceGrants', 'deviceCodeSha256'],
  ] as const) {
    await inBatches(db, signal, tx =>
      tx
        .deleteFrom(table)
        .where(id, 'in', from => from.selectFrom(table).select(id).where('expiresAt', '<', credentials).limit(batch))
        .executeTakeFirstOrThrow(),
    )
  }
  await sweepKeys(db, credentials)
  await inBatches(db, signal, tx =>
    tx
      .deleteFrom('idempotentAnswers')
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('orgId', 'memberId', 'key'),
          'in',
          selectFrom('idempotentAnswers')
            .select(['idempotentAnswers.orgId', 'idempotentAnswers.memberId', 'idempotentAnswers.key'])
            .where('createdAt', '<', before.idempotentAnswers)
            .limit(batch)
            .$asTuple('orgId', 'memberId', 'key'),
        ),
      )
      .executeTakeFirstOrThrow(),
  )
  await inBatches(db, signal, tx =>
    tx
      .deleteFrom('refusals')
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('orgId', 'memberId', 'artifactId'),
          'in',
          selectFrom('refusals')
            .select(['refusals.orgId', 'refusals.memberId', 'refusals.artifactId'])
            .where('at', '<', before.idempotentAnswers)
            .limit(batch)
            .$asTuple('orgId', 'memberId', 'artifactId'),
        ),
      )
      .executeTakeFirstOrThrow(),
  )
}

/**
 * A key goes when nothing is left that it may have signed: what expired long ago has no row any more. Nodes learn late
 * that it was retired, and sign with it until then.
 */
async function sweepKeys(db: Kysely<Schema>, retiredBefore: number): Promise<void> {
  const lastSigned = sql<number>`signing_keys.retired_at + ${limits.signingKeysKept}`
  await db
    .deleteFrom('signingKeys')
    .where('retiredAt', '<', retiredBefore)
    .where(({ and, exists, not, selectFrom }) =>
      and(
        (['sessions', 'accessTokens'] as const).map(table =>
          not(exists(selectFrom(table).select(`${table}.id`).where(`${table}.createdAt`, '<=', lastSigned))),
        ),
      ),
    )
    .execute()
}

async function inBatches(
  db: Kysely<Schema>,
  signal: AbortSignal,
  deleteSome: (tx: Kysely<Schema>) => Promise<{ numDeletedRows: bigint }>,
): Promise<void> {
  while (!signal.aborted) {
    const { numDeletedRows } = await db.transaction().execute(deleteSome)
    if (numDeletedRows < batch) return
    await setImmediate()
  }
}
