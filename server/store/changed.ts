import { type Kysely, sql } from 'kysely'
import type { KnownCredential } from '../core/ports.ts'
import type { Schema } from './schema.ts'

/**
 * What a node holds, held against the database: bound as one JSON object, whatever its size, and joined by primary
 * keys. `json_each` and `->>` mean the same in both databases as they are used here.
 */

/** As Reads.changedArtifacts says. */
export async function changedArtifacts(
  db: Kysely<Schema>,
  known: readonly { orgId: string; artifactId: string; rev: number }[],
): Promise<string[]> {
  const held = Object.fromEntries(known.map(({ orgId, artifactId, rev }) => [artifactId, [orgId, rev]]))
  const { rows } = await sql<{ id: string }>`
    select held.key as id from json_each(${JSON.stringify(held)}) held
      left join artifacts a on a.org_id = held.value ->> 0 and a.id = held.key and a.deleted_at is null
      where a.rev is distinct from cast(held.value ->> 1 as integer)`.execute(db)
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
    const held = Object.fromEntries(ofKind.map(({ id, memberRev }) => [id, [memberRev]]))
    return sql`
      select held.key as id, m.rev as member_rev from json_each(${JSON.stringify(held)}) held
        left join ${sql.table(table)} c on c.id = held.key and c.revoked_at is null and c.expires_at > ${now}
        left join members m on m.org_id = c.org_id and m.id = c.member_id and m.removed_at is null
        where m.rev is distinct from cast(held.value ->> 0 as integer)`
  }
  const { rows } = await sql<{ id: string; memberRev: number | null }>`
    ${changed('sessions', 'session')} union all ${changed('access_tokens', 'token')}`.execute(db)
  return rows
}
