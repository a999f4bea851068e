import { expect } from 'chai'
import fc from 'fast-check'
import type { AuditQuery } from '../../server/core/organisation-ports.ts'
import type { AuditEntry } from '../../server/core/records.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { limits } from '../../shared/limits.ts'
import { statementsOf } from '../access/statements.ts'
import { runOn } from '../database-shell.ts'
import { implementations } from './implementations.ts'
import { addManyAuditRows, spacing } from './many-audit-rows.ts'
import { acme, other, seed } from './seed.ts'

const count = 3_000
const endsAt = Date.UTC(2030, 0, 1)
const all: AuditQuery = { orgIds: [acme.id, other.id], order: 'asc', limit: 2 * count }

for (const implementation of implementations) {
  describe(`the audit log over ${implementation.name}`, function () {
    this.timeout(120_000)
    let place: string
    let store: Store
    let log: AuditEntry[]

    before(async () => {
      place = await implementation.makePlace()
      store = await implementation.open(place)
      await seed(store)
      await addManyAuditRows(implementation, place, { orgId: acme.id, otherOrgId: other.id, count, endsAt })
      log = await store.auditRows(all)
    })
    after(async () => {
      await store.close()
      await implementation.removePlace(place)
    })

    it('gives what any filter lets through, in order, and no more', async () => {
      expect(log).to.have.length.within(count, count + 10)
      await fc.assert(
        fc.asyncProperty(queries(log), async query => {
          expect(await store.auditRows(query)).to.deep.equal(allowedBy(query, log))
        }),
        { numRuns: 150 },
      )
    })

    it('is read page by page without a row twice or left out, also where many are of one moment', async () => {
      const query = { orgIds: [acme.id], types: ['claude_artifact_viewed', 'galley_signed_in'], order: 'desc' } as const
      const paged: AuditEntry[] = []
      for (;;) {
        const last = paged.at(-1)
        const after = last && { key: last.at, id: last.id }
        const page = await store.auditRows({ ...query, limit: 97, ...(after && { after }) })
        if (page.length === 0) break
        paged.push(...page)
      }
      expect(paged).to.deep.equal(allowedBy({ ...query, limit: 2 * count }, log))
    })

    it('is read of as many organisations as are asked for', async () => {
      const nobodys = Array.from({ length: 1_200 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '1')}`)
      const query = { ...all, orgIds: [acme.id, ...nobodys, other.id], limit: 500 }
      expect(await store.auditRows(query)).to.deep.equal(log.slice(0, 500))
    })

    it('is read of as many, narrowed by all that may be named at once', async () => {
      const most = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))
      const nobodys = most(limits.complianceOrgs - 2, n => `00000000-0000-4000-8000-${String(n).padStart(12, '1')}`)
      const query = {
        ...{ ...all, orgIds: [acme.id, ...nobodys, other.id], limit: 500 },
        actorIds: [...new Set(log.flatMap(({ actor }) => actor.memberId ?? [])), ...most(390, n => `user_${n}`)],
        types: [...new Set(log.map(({ type }) => type)), ...most(80, n => `type_${n}`)],
        exceptTypes: most(limits.activityTypes, n => `none_${n}`),
      }
      expect(await store.auditRows(query)).to.deep.equal(allowedBy(query, log))
    })
  })
}

describe('the audit log over SQLite, however long it is', () => {
  const [sqlite] = implementations
  let place: string
  let store: Store

  before(async () => {
    place = (await sqlite?.makePlace()) ?? ''
    store = (await sqlite?.open(place)) as Store
  })
  after(async () => {
    await store.close()
    await sqlite?.removePlace(place)
  })

  const at = { from: 1, until: 9 }
  const beyond = { after: { key: 5, id: 'activity_5' } }
  const who = { actorIds: ['user_a'] }
  const what = { types: ['galley_signed_in'] }
  const artifact = { artifactId: 'cart_a' }
  const narrowed: [string, Partial<AuditQuery>[]][] = [
    ['audit_by_place', [{}, { exceptTypes: ['claude_artifact_viewed'] }]],
    ['audit_by_type', [what, { types: ['galley_signed_in', 'galley_signed_out'] }]],
    ['audit_by_who', [who, { ...who, ...what }]],
    [
      'audit_by_artifact',
      [artifact, { ...artifact, ...what }, { ...artifact, ...who }, { ...artifact, ...who, ...what }],
    ],
  ]
  for (const [index, queries] of narrowed) {
    it(`is looked through by ${index} alone, and nowhere sorted`, async () => {
      for (const query of queries) {
        for (const more of [{}, at, { from: 1 }, beyond, { ...at, ...beyond }]) {
          for (const order of ['asc', 'desc'] as const) {
            const asked = { orgIds: [acme.id], order, limit: 50, ...query, ...more }
            const [statement = ''] = await statementsOf(() => store.auditRows(asked))
            const steps = planOf(place, statement).filter(step => /\baudit\b/.test(step))
            expect(steps, JSON.stringify(asked)).to.not.be.empty
            for (const step of steps)
              expect(step).to.match(new RegExp(`^SEARCH audit USING INDEX ${index} \\(org_id=\\?.* AND \\(at,id\\)`))
          }
        }
      }
    })
  }
})

/** What SQLite goes by, with whatever values. */
const planOf = (place: string, statement: string): string[] =>
  runOn(place, `explain query plan ${statement.replaceAll('?', '0')}`).map(({ detail }) => String(detail))

/** As the port says it, over all there is. */
function allowedBy(query: AuditQuery, log: readonly AuditEntry[]): AuditEntry[] {
  const { orgIds, types, exceptTypes, actorIds, artifactId, order, limit, after } = query
  const { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query
  const ordered = order === 'asc' ? log : log.toReversed()
  const isBeyond = (entry: AuditEntry): boolean => {
    if (!after) return true
    const compared = entry.at - Number(after.key) || (entry.id < after.id ? -1 : Number(entry.id > after.id))
    return order === 'asc' ? compared > 0 : compared < 0
  }
  return ordered
    .filter(
      entry =>
        orgIds.includes(entry.orgId) &&
        (types?.includes(entry.type) ?? true) &&
        !exceptTypes?.includes(entry.type) &&
        (actorIds?.includes(entry.actor.memberId ?? '') ?? true) &&
        (artifactId === undefined || entry.artifactId === artifactId) &&
        entry.at >= from &&
        entry.at < until &&
        isBeyond(entry),
    )
    .slice(0, limit)
}

/** Of what is in the log, now and then of what is not; bounds mostly between its ends. */
function queries(log: readonly AuditEntry[]): fc.Arbitrary<AuditQuery> {
  const entry = fc.constantFrom(...log)
  const half = { nil: undefined, freq: 2 }
  const some = <T>(one: fc.Arbitrary<T>) => fc.option(fc.array(one, { maxLength: 4 }), half)
  const type = fc.oneof(
    entry.map(({ type }) => type),
    fc.constant('galley_role_deleted'),
  )
  const actor = fc.oneof(
    entry.map(({ actor }) => actor.memberId ?? ''),
    fc.constant('user_nobody'),
  )
  const moment = fc.option(
    fc.tuple(entry, fc.integer({ min: -1, max: 1 })).map(([{ at }, by]) => at + by * (spacing / 2)),
    half,
  )
  return fc
    .record({
      orgIds: fc.subarray([acme.id, other.id]),
      types: some(type),
      exceptTypes: some(type),
      actorIds: some(actor),
      artifactId: fc.option(
        entry.map(({ artifactId }) => artifactId ?? 'cart_none'),
        half,
      ),
      from: moment,
      until: moment,
      order: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.integer({ min: 1, max: 2 * count }),
      after: fc.option(
        entry.map(({ at, id }) => ({ key: at, id })),
        half,
      ),
    })
    .map(
      given =>
        Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as AuditQuery,
    )
}
