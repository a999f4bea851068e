import { expect } from 'chai'
import { retention } from '../../server/jobs/retention.ts'
import { sweep } from '../../server/jobs/sweep.ts'
import { startPress } from '../../server/render/start-press.ts'
import { Chance } from '../faults/chance.ts'
import type { Implementation } from '../store/implementations.ts'
import type { Periods } from './kept-pages.ts'
import { PublishingYear } from './publishing-year.ts'

const day = 24 * 60 * 60 * 1000
const hour = day / 24

export interface Span {
  days: number
  /** Published in the first four fifths of them. */
  pages: number
  /** Since midnight: when people are at work, and so also when a period ends. To the millisecond. */
  hours: readonly number[]
  seed: number
}

/** What owners change their minds to, as a part of all days has passed: shorter, longer, none, and some again. */
const changes: readonly { after: number; org: string; periods: Periods }[] = [
  { after: 0.4, org: 'Acme', periods: { private: 7, shared: 30 } },
  { after: 0.5, org: 'Beta', periods: { private: 3, shared: 20 } },
  { after: 0.6, org: 'Acme', periods: { private: 7, shared: 45 } },
  { after: 0.7, org: 'Acme', periods: { private: null, shared: null } },
  { after: 0.8, org: 'Gamma', periods: { private: 1, shared: 40 } },
  { after: 0.9, org: 'Acme', periods: { private: 21, shared: 21 } },
]

/**
 * Days in which people publish, share and delete, and the jobs run a millisecond before anything can be due, then, and a
 * millisecond after. Each time the database must hold exactly what is to be kept, and in the end have recorded each
 * deletion and erasure once.
 */
export async function liveThrough(implementation: Implementation, span: Span) {
  const place = await implementation.makePlace()
  const store = await implementation.open(place)
  const press = startPress({ threads: 1 })
  try {
    const year = await PublishingYear.begin(store, press, new Chance(span.seed))
    const days = new Days(implementation, place, year, span)
    for (let n = 0; n < span.days; n++) await days.live(n)
    await days.settle()
    await days.checkRecords()
    const { expired, erased, pages } = year.expected
    return { published: span.pages, expired: expired.length, erased: erased.length, kept: pages.size }
  } finally {
    await press.close()
    await store.close()
    await implementation.removePlace(place)
  }
}

class Days {
  private readonly implementation: Implementation
  private readonly place: string
  private readonly year: PublishingYear
  private readonly span: Span
  private readonly begin: number
  private published = 0

  constructor(implementation: Implementation, place: string, year: PublishingYear, span: Span) {
    this.implementation = implementation
    this.place = place
    this.year = year
    this.span = span
    this.begin = year.ground.clock.now()
  }

  async live(n: number): Promise<void> {
    const { days, pages, hours } = this.span
    for (const [index, at] of hours.entries()) {
      const moment = this.begin + n * day + at * hour
      await this.runAt(moment - 1)
      if (index === 0) await this.change(n, moment)
      await this.runAt(moment)
      const wanted = Math.min(pages, Math.ceil((pages * (n + 1)) / (0.8 * days)))
      for (; this.published < wanted; this.published++) await this.year.publish()
      const deeds = Math.ceil(this.year.expected.pages.size / 80 / hours.length)
      for (let deed = 0; deed < deeds; deed++) await this.year.something()
      await this.runAt(moment + 1)
    }
  }

  /** Nobody is at it any more, and content that no version came to name is old enough. */
  async settle(): Promise<void> {
    await this.runAt(this.begin + this.span.days * day)
    expect(this.published).to.equal(this.span.pages)
  }

  /** What was deleted and erased is recorded; and of what was erased, nothing else is there. */
  async checkRecords(): Promise<void> {
    const { expired, erased } = this.year.expected
    const rows = await this.sql(
      "select artifact_id, at, type, actor_type, details from audit where type like 'galley_artifact_e%'",
    )
    expect(rows.every(row => row.actor_type === 'system')).to.equal(true)
    const of = (type: string) => rows.filter(row => row.type === type)
    const recorded = of('galley_artifact_expired').map(({ artifact_id, at, details }) => {
      const { audience, kept_from } = JSON.parse(String(details))
      return `${artifact_id} ${at} ${audience} ${Date.parse(kept_from)}`
    })
    const should = expired.map(({ id, at, audience, keptFrom }) => `${id} ${at} ${audience} ${keptFrom}`)
    expect(difference(recorded, should)).to.equal('')
    const gone = of('galley_artifact_erased').map(row => `${row.artifact_id} ${row.at}`)
    expect(
      difference(
        gone,
        erased.map(({ id, at }) => `${id} ${at}`),
      ),
    ).to.equal('')
    expect(await this.orphans()).to.deep.equal([])
  }

  private async change(n: number, moment: number): Promise<void> {
    for (const { after, org, periods } of changes) {
      if (Math.floor(after * this.span.days) !== n) continue
      this.year.ground.clock.advance(moment - this.year.ground.clock.now())
      const previewed = await this.year.choose(org, periods)
      const due = this.year.expected.due(moment, this.year.orgId(org))
      const ofPrivate = due.filter(({ audience }) => audience === 'private').length
      expect(previewed, `${org} on day ${n}`).to.deep.equal({ private: ofPrivate, shared: due.length - ofPrivate })
    }
  }

  private async runAt(moment: number): Promise<void> {
    const { ground, expected } = this.year
    ground.clock.advance(moment - ground.clock.now())
    await retention.work(ground, new AbortController().signal)
    await sweep.work(ground, new AbortController().signal)
    expected.run(moment)
    const rows = await this.sql('select id, audience, kept_from, deleted_by, erase_at from artifacts')
    const is = rows.map(row => `${row.id} ${row.audience} ${row.kept_from} ${row.deleted_by} ${row.erase_at}`)
    const should = [...expected.pages.values()].map(
      ({ id, audience, keptFrom, deleted }) =>
        `${id} ${audience} ${keptFrom} ${deleted?.by ?? null} ${deleted?.eraseAt ?? null}`,
    )
    expect(difference(is, should), new Date(moment).toISOString()).to.equal('')
  }

  /** Tables with rows of an artifact that is not there, or with content that no version names. */
  private async orphans(): Promise<string[]> {
    const named = 'select page_content from versions union select source_content from versions'
    const lost = {
      ...Object.fromEntries(
        ['versions', 'grants', 'access_requests', 'views'].map(table => [
          table,
          'artifact_id not in (select id from artifacts)',
        ]),
      ),
      contents: `id not in (${named})`,
      content_pieces: 'content_id not in (select id from contents)',
    }
    const found: string[] = []
    for (const [table, condition] of Object.entries(lost)) {
      const [row] = await this.sql(`select count(*) as n from ${table} where ${condition}`)
      if (Number(row?.n) > 0) found.push(table)
    }
    return found
  }

  private sql(statement: string) {
    return this.implementation.sql(this.place, statement)
  }
}

/** @returns the first few that are in one and not in the other */
function difference(is: readonly string[], should: readonly string[]): string {
  const [found, wanted] = [new Set(is), new Set(should)]
  const more = is.filter(line => !wanted.has(line)).map(line => `is: ${line}`)
  const less = should.filter(line => !found.has(line)).map(line => `should be: ${line}`)
  const twice = is.length === found.size ? [] : [`${is.length - found.size} twice`]
  return [...more, ...less, ...twice].slice(0, 8).join('\n')
}
