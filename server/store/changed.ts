import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { KnownCredential } from '../core/store-ports.ts'
import type { Schema } from './schema.ts'

/**
 * What a node holds, held against the database: bound as one JSON object however much it is, and each row looked up by
 * its primary key, which no planner can be led away from. `json_each` means the same in both databases as it is used here.
 */

/** As Reads.changedArtifacts says. */
export async function changedArtifacts(
  db: Kysely<Schema>,
  known: readonly { orgId: string; artifactId: string; rev: number }[],
): Promise<string[]> {
  const held: Record<string, Record<string, number>> = {}
  for (const { orgId, artifactId, rev } of known) {
    held[orgId] ??= {}
    held[orgId][artifactId] = rev
  }
  const { rows } = await sql<{ id: string }>`
    select held.key as id from json_each(${JSON.stringify(held)}) org cross join json_each(org.value) held
      where ${revOf(sql`held`)} is distinct from
        (select rev from artifacts a where a.org_id = org.key and a.id = held.key and a.deleted_at is null)`.execute(db)
  return rows.map(({ id }) => id)
}

/** As Reads.changedCredentials says. */
export async function changedCredentials(
  db: Kysely<Schema>,
  known: readonly KnownCredential[],
  now: number,
): Promise<{ id: string; memberRev: number | null }[]> {
  const changed = (table: 'sessions' | 'access_tokens', kind: KnownCredential['kind']) => {
    const ofKind = known.filter(credential => credential.kind === kind)
    const held = Object.fromEntries(ofKind.map(({ id, memberRev }) => [id, memberRev]))
    return sql`
      select id, member_rev from (
        select held.key as id, ${revOf(sql`held`)} as known, (
          select m.rev from ${sql.table(table)} c
            join members m on m.org_id = c.org_id and m.id = c.member_id and m.removed_at is null
            where c.id = held.key and c.revoked_at is null and c.expires_at > ${now}
        ) as member_rev from json_each(${JSON.stringify(held)}) held
      ) ${sql.ref(kind)} where member_rev is distinct from known`
  }
  const { rows } = await sql<{ id: string; memberRev: number | null }>`
    ${changed('sessions', 'session')} union all ${changed('access_tokens', 'token')}`.execute(db)
  return rows
}

/** PostgreSQL has the value as JSON, which it makes an integer only by way of text. */
const revOf = (held: RawBuilder<unknown>): RawBuilder<number> => sql`cast(cast(${held}.value as text) as integer)`
