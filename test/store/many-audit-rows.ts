import type { Implementation } from './implementations.ts'

/** The audit log of two organisations over a year, a row each few seconds: most are of somebody who looked. */
export interface Years {
  orgId: string
  otherOrgId: string
  count: number
  /** Of the last row, milliseconds. */
  endsAt: number
}

/** Milliseconds from one moment to the next, at which there are three rows each. */
export const spacing = 30_000

/**
 * Past the store, since by it each would take a transaction. One row in ten is the other organisation's; one member has
 * done a third of all, and one artifact half of it was done to; settings were changed ten times in a year.
 */
export async function addManyAuditRows(
  { sql }: Pick<Implementation, 'sql'>,
  place: string,
  { orgId, otherOrgId, count, endsAt }: Years,
): Promise<void> {
  await sql(
    place,
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      insert into audit (id, org_id, at, type, actor_type, actor_id, ip, user_agent, artifact_id, version_id, details)
      select
        'activity_' || (1000000000 + i),
        case when i % 10 = 0 then '${otherOrgId}' else '${orgId}' end,
        ${endsAt} - cast((${count} - i) / 3 as bigint) * ${spacing},
        case when i % ${Math.floor(count / 10)} = 1 then 'galley_settings_updated'
          when i % 1000 = 1 then 'galley_signed_in'
          when i % 20 = 1 then 'claude_artifact_published'
          else 'claude_artifact_viewed' end,
        'user',
        case when i % 3 = 0 then 'user_often' else 'user_' || (i % 97) end,
        '192.0.2.' || (i % 256),
        'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
        case when i % 1000 = 1 then null when i % 2 = 0 then 'cart_often' else 'cart_' || (i % 503) end,
        null,
        '{"version":' || (i % 7 + 1) || '}'
      from n`,
  )
}
