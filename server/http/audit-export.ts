import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { AuditRow } from '../../shared/admin.ts'

/** The audit log as a file: a line each, however many there are. */

export const auditFormats = ['jsonl', 'csv'] as const
type Format = (typeof auditFormats)[number]

const columns = ['id', 'at', 'type', 'actor_type', 'actor_id', 'actor_email', 'ip', 'user_agent'] as const
const header = [...columns, 'artifact_id', 'version_id', 'details'].join(',')

const mediaTypes: Readonly<Record<Format, string>> = {
  jsonl: 'application/jsonl; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
}

/** Reads on only as fast as the other side takes it, and no further than it stays. */
export async function sendAudit(res: Response, format: Format, batches: AsyncIterable<AuditRow[]>): Promise<void> {
  res.set({
    'Content-Type': mediaTypes[format],
    'Content-Disposition': `attachment; filename="galley-audit.${format}"`,
    'Cache-Control': 'no-store',
  })
  await pipeline(Readable.from(linesOf(format, batches)), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  })
}

async function* linesOf(format: Format, batches: AsyncIterable<AuditRow[]>): AsyncGenerator<string> {
  // RFC 4180 §2.1: lines end with CRLF.
  if (format === 'csv') yield `${header}\r\n`
  for await (const rows of batches) {
    yield rows.map(row => (format === 'csv' ? `${csvLine(row)}\r\n` : `${JSON.stringify(row)}\n`)).join('')
  }
}

function csvLine({ id, at, type, actor, artifactId, versionId, details }: AuditRow): string {
  const person = [actor.type, actor.id, actor.email, actor.ip, actor.userAgent]
  return [id, at, type, ...person, artifactId, versionId, JSON.stringify(details)].map(csvField).join(',')
}

/**
 * RFC 4180 §2.5 to §2.7. What a spreadsheet would take for a formula (CWE-1236) is kept from being one by an apostrophe:
 * titles and names are chosen by those whom the log is about. One that is there already gets another, so that whoever
 * takes the first away has what it was.
 */
function csvField(value: string | null): string {
  const text = value ?? ''
  const harmless = /^['=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
