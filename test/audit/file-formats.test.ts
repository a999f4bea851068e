import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import fc from 'fast-check'
import { sendAudit } from '../../server/http/audit-export.ts'
import { type AuditRow, auditActorTypes } from '../../shared/admin.ts'
import { parseCsv, rowsOf } from './csv.ts'

describe('the audit log as a file', () => {
  let server: Server
  let batches: AuditRow[][] = []

  before(async () => {
    const app = express()
    async function* given() {
      yield* batches
    }
    app.get('/:format', (req, res) => sendAudit(res, req.params.format as 'csv', given()))
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())

  async function fileOf(format: 'csv' | 'jsonl', rows: AuditRow[][]): Promise<string> {
    batches = rows
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${format}`)
    return answer.text()
  }

  /** What spreadsheets, and those who read CSV by halves, stumble over. */
  const awkward = fc
    .array(
      fc.constantFrom('"', ',', '\n', '\r\n', '\r', '=', '+', '-', '@', '\t', "'", ';', '＝', ' ', 'é', '🍋', 'x'),
      { maxLength: 8 },
    )
    .map(parts => parts.join(''))
  const text = fc.oneof(awkward, fc.string({ unit: 'grapheme' }))
  // An empty one is as none at all in CSV; nothing that is recorded is.
  const field = fc.option(
    text.filter(value => value !== ''),
    { nil: null },
  )
  const row: fc.Arbitrary<AuditRow> = fc.record({
    id: awkward,
    at: fc.constant('2030-01-01T00:00:00.000Z'),
    type: text,
    actor: fc.record({
      type: fc.constantFrom(...auditActorTypes),
      ...{ id: field, email: field, ip: field, userAgent: field },
    }),
    artifactId: field,
    versionId: field,
    details: fc.dictionary(
      text.filter(name => name !== '__proto__'),
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    ),
  })

  it('is the same when it is read back, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 3 }), { maxLength: 3 }), async given => {
        const rows = given.flat()
        expect(rowsOf(await fileOf('csv', given))).to.deep.equal(rows.map(each => ({ ...each })))
        const lines = (await fileOf('jsonl', given)).split('\n')
        expect(lines.pop()).to.equal('')
        expect(lines.map(line => JSON.parse(line))).to.deep.equal(JSON.parse(JSON.stringify(rows)))
      }),
      { numRuns: 200 },
    )
  })

  it('holds no field that a spreadsheet would take for a formula (CWE-1236)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 3 }), async rows => {
        const fields = parseCsv(await fileOf('csv', [rows])).flat()
        expect(fields.filter(each => /^[=+\-@\t\r＝＋－＠]/.test(each))).to.deep.equal([])
      }),
      { numRuns: 200 },
    )
  })

  it('is well-formed where there is no row', async () => {
    expect(await fileOf('jsonl', [])).to.equal('')
    expect(rowsOf(await fileOf('csv', []))).to.deep.equal([])
  })
})
