import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type AuditPage, type AuditRow, auditRow } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { statementsOf } from '../access/statements.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { addManyAuditRows } from '../store/many-audit-rows.ts'
import { rowsOf } from './csv.ts'

const count = 20_000
const endsAt = Date.UTC(2026, 0, 1)
const strictRow = auditRow.strict()

describe('the export of the audit log', function () {
  this.timeout(120_000)
  let app: TestApp
  let cookie: string

  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
    const other = (await app.addMember('sam@other.example', 'Other')).member.orgId
    const years = { orgId: app.owner.member.orgId, otherOrgId: other, count, endsAt }
    await addManyAuditRows({ sql: async (place, statement) => runOn(place, statement) }, app.dataDir, years)
  })
  after(() => app.close())

  const path = (query: Record<string, string>) => `/api/v1/admin/audit/export?${new URLSearchParams(query)}`
  const exported = async (query: Record<string, string>): Promise<string> => {
    const answer = await app.request(path(query), { method: 'POST', cookie })
    expect(answer.status).to.equal(200)
    return answer.text()
  }
  const linesOf = (text: string): AuditRow[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map(line => strictRow.parse(JSON.parse(line)))
  const listed = async (query: Record<string, string>): Promise<AuditRow[]> => {
    const rows: AuditRow[] = []
    let cursor: string | null = null
    do {
      const more: Record<string, string> = cursor === null ? {} : { cursor }
      const page = new URLSearchParams({ ...query, ...more, limit: '100' })
      const answer = (await (await app.request(`/api/v1/admin/audit?${page}`, { cookie })).json()) as AuditPage
      rows.push(...answer.rows)
      cursor = answer.nextCursor
    } while (cursor !== null)
    return rows
  }
  /** Read only as it is asked for. */
  const opened = async (): Promise<IncomingMessage> => {
    const headers = { Cookie: cookie, Origin: app.url }
    const sent = request(`${app.url}${path({})}`, { method: 'POST', headers, agent: false }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  }

  it('has every row of the organisation once, newest first, in either format, and says itself that it was made', async () => {
    const lines = linesOf(await exported({ format: 'jsonl' }))
    const csv = rowsOf(await exported({ format: 'csv' }))
    expect(csv[0]?.type).to.equal('galley_audit_exported')
    expectSame(csv.slice(1), lines)
    const [own] = runOn(app.dataDir, `select count(*) as n from audit where org_id = '${app.owner.member.orgId}'`)
    expect(csv.length).to.equal(own?.n)
    expect(new Set(csv.map(({ id }) => id)).size).to.equal(csv.length)
    expect(csv.map(({ at }) => at)).to.deep.equal(
      csv
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    )
  })

  for (const query of [
    { type: 'galley_settings_updated' },
    { actor: 'user_5', from: '2025-12-30T00:00:00.000Z' },
    { artifact: 'cart_often', type: 'claude_artifact_viewed', until: '2025-12-30T00:00:00.000Z' },
    { actor: 'OLIVE@acme.example' },
    { actor: 'nobody@acme.example' },
  ] as Record<string, string>[]) {
    it(`lets through what the log does: ${JSON.stringify(query)}`, async () => {
      const rows = await listed(query)
      const others = ({ type }: AuditRow) => type !== 'galley_audit_exported'
      expectSame(linesOf(await exported(query)).filter(others), rows.filter(others))
      expect(rows.length === 0).to.equal(query.actor === 'nobody@acme.example')
    })
  }

  it('has what was there once, whatever is written while somebody reads slowly', async () => {
    const before = await listed({})
    const answer = (await opened()).setEncoding('utf8')
    let text = ''
    let chunks = 0
    for await (const chunk of answer) {
      text += chunk
      if (chunks++ % 50 === 0) await app.publish(`<title>Meanwhile ${chunks}</title>`)
    }
    const rows = linesOf(text)
    expect(new Set(rows.map(({ id }) => id)).size).to.equal(rows.length)
    const there = new Set(before.map(({ id }) => id))
    expectSame(
      rows.filter(({ id }) => there.has(id)),
      before,
    )
    expect((await listed({})).length).to.be.greaterThan(before.length + 2)
  })

  it('is read from the database as far as it was taken, and no further once nobody is there', async () => {
    const batches = (statements: readonly string[]) => statements.filter(each => /from "audit"/.test(each)).length
    let answer: IncomingMessage | undefined
    const stalled = await statementsOf(async () => {
      answer = await opened()
      await sleep(500)
    })
    const all = count / limits.auditBatch
    const gone = await statementsOf(async () => {
      answer?.destroy()
      await sleep(500)
    })
    // What the sockets' buffers take on either side is sent.
    expect(batches(stalled)).to.be.within(1, all)
    expect(batches(gone)).to.be.at.most(1)
    expect((await app.request('/healthz')).status).to.equal(200)
  })

  it('is an owner’s, and a form on another site starts none', async () => {
    const { token } = await app.addMember('mia@acme.example')
    expect((await app.request(path({}), { method: 'POST', token })).status).to.equal(403)
    const elsewhere = { method: 'POST', cookie, headers: { Origin: 'https://elsewhere.example' } }
    expect((await app.request(path({}), elsewhere)).status).to.equal(403)
    expect((await app.request(path({}), { cookie })).status).to.equal(405)
  })
})

/** Of so many, a difference takes long to be shown. */
function expectSame(some: readonly unknown[], others: readonly unknown[]): void {
  expect(some.length).to.equal(others.length)
  expect(some.findIndex((each, at) => JSON.stringify(each) !== JSON.stringify(others[at]))).to.equal(-1)
}
