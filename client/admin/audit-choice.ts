import type { AuditFilter } from '../../shared/admin.ts'

/** What the log is narrowed to, as it is typed and as the address has it. '' for all. */
export interface AuditChoice {
  type: string
  actor: string
  /** An address or an id. */
  artifact: string
  /** Days, as `2026-11-22`, both included. */
  from: string
  to: string
}

const names = ['type', 'actor', 'artifact', 'from', 'to'] as const

export function readAuditChoice(search: string): AuditChoice {
  const said = new URLSearchParams(search)
  const [type = '', actor = '', artifact = '', from = '', to = ''] = names.map(name => said.get(name) ?? '')
  return { type, actor, artifact, from, to }
}

/** The query of the page's own address. */
export const auditSearch = (choice: AuditChoice): string => {
  const said = new URLSearchParams(names.flatMap(name => (choice[name].trim() ? [[name, choice[name].trim()]] : [])))
  return said.size > 0 ? `?${said}` : ''
}

/** The query that the API takes: whole days here begin and end at this clock's midnight. */
export function auditQuery({ type, actor, artifact, from, to }: AuditChoice): URLSearchParams {
  const filter = {
    ...(type && { type }),
    ...(actor.trim() && { actor: actor.trim() }),
    ...(artifact.trim() && { artifact: idOf(artifact.trim()) }),
    ...(from && { from: midnight(from, 0) }),
    ...(to && { until: midnight(to, 1) }),
  } satisfies AuditFilter
  return new URLSearchParams(filter)
}

/** A page's address is what people have at hand. */
const idOf = (text: string): string => /\/a\/([^/?#]+)/.exec(text)?.[1] ?? text

function midnight(date: string, daysLater: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day + daysLater).toISOString()
}
