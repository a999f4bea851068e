import { expect } from 'chai'
import { auditQuery, auditSearch, readAuditChoice } from '../../client/admin/audit-choice.ts'
import { actorWords, auditWords, factsOf, subjectOf, wordsOf } from '../../client/admin/audit-words.ts'
import type { AuditType } from '../../server/core/records.ts'
import type { AuditRow } from '../../shared/admin.ts'

/** Does not compile when there is a type without words. */
const words: Readonly<Record<AuditType, string>> = auditWords

const row: AuditRow = {
  id: 'activity_1',
  at: '2026-11-22T10:00:00.000Z',
  type: 'claude_artifact_renamed',
  actor: { type: 'user', id: 'user_1', email: 'ada@acme.example', ip: '192.0.2.1', userAgent: null },
  artifactId: 'cart_1',
  versionId: null,
  details: { title: 'Plan', previous_title: 'Draft' },
}

describe('A row of the audit log', () => {
  it('says who did what to what', () => {
    expect(`${actorWords(row.actor)} ${wordsOf(row.type)} ${subjectOf(row)}`).to.equal(
      'ada@acme.example renamed a page Plan',
    )
    expect(Object.values(words)).to.satisfy((all: string[]) => new Set(all).size === all.length)
    expect(wordsOf('claude_artifact_folded')).to.equal('claude_artifact_folded')
    expect(wordsOf('constructor')).to.equal('constructor')
  })

  it('says who it was where no member did it, or one who has left', () => {
    expect(actorWords({ ...row.actor, type: 'system', id: null, email: null })).to.equal('Galley')
    expect(actorWords({ ...row.actor, type: 'anonymous', id: null, email: null })).to.equal('Somebody')
    expect(actorWords({ ...row.actor, type: 'api', id: 'key_1', email: null })).to.equal('Key key_1')
    expect(actorWords({ ...row.actor, email: null })).to.equal('user_1')
  })

  it('has all that is kept of it, and nothing of what is not', () => {
    expect(factsOf(row)).to.deep.include.members([
      ['ip', '192.0.2.1'],
      ['previous_title', 'Draft'],
    ])
    expect(factsOf(row).map(([name]) => name)).not.to.include('user_agent')
  })
})

describe('What the audit log is narrowed to', () => {
  it('is in the address, and read from there', () => {
    const choice = { ...readAuditChoice(''), type: 'galley_signed_in', actor: ' ada@acme.example ', from: '2026-11-01' }
    expect(auditSearch(choice)).to.equal('?type=galley_signed_in&actor=ada%40acme.example&from=2026-11-01')
    expect(readAuditChoice(auditSearch(choice))).to.deep.equal({ ...choice, actor: 'ada@acme.example' })
    expect(auditSearch(readAuditChoice('?x=1'))).to.equal('')
  })

  it('takes a link to a page for its id, and whole days, the last included', () => {
    const choice = {
      ...readAuditChoice(''),
      artifact: 'https://galley.example/a/cart_1?x=1#y',
      from: '2026-11-01',
      to: '2026-11-30',
    }
    const query = Object.fromEntries(auditQuery(choice))
    expect(query).to.deep.equal({
      artifact: 'cart_1',
      from: new Date(2026, 10, 1).toISOString(),
      until: new Date(2026, 11, 1).toISOString(),
    })
  })
})
