import type { AuditRow } from '../../shared/admin.ts'

/** RFC 4180, by its grammar: records of fields, quoted or not, and nothing else. @throws Error where it is not that */
export function parseCsv(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const [, quoted, plain = '', end] = field.exec(text) ?? []
    if (end === undefined) throw new Error(`No CSV from ${JSON.stringify(text.slice(at, at + 80))}`)
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    records.push(record)
    record = []
  }
  return records
}

const columns = 'id,at,type,actor_type,actor_id,actor_email,ip,user_agent,artifact_id,version_id,details'

/** As it was exported: what is missing is empty, and an apostrophe stands before whatever might be a formula. */
export function rowsOf(csv: string): AuditRow[] {
  const [header, ...records] = parseCsv(csv)
  if (header?.join() !== columns) throw new Error(`Other columns: ${header}`)
  return records.map(record => {
    const [id = '', at = '', type = '', actorType, ...others] = record.map(field => field.replace(/^'/, ''))
    const [actorId, email, ip, userAgent, artifactId, versionId, details = ''] = others.map(field => field || null)
    return {
      ...{ id, at, type },
      actor: { type: actorType, id: actorId, email, ip, userAgent },
      ...{ artifactId, versionId, details: JSON.parse(details ?? '') },
    } as AuditRow
  })
}
