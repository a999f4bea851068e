import { expect } from 'chai'
import { implementations } from '../store/implementations.ts'
import { spacing } from '../store/many-audit-rows.ts'
import { type Much, withMuch } from './much.ts'

const counts = [100_000, 1_000_000]

for (const implementation of implementations) {
  describe(`a million rows of the audit log over ${implementation.name}`, function () {
    this.timeout(3_600_000)
    const most: number[] = []
    const figures: object[] = []
    after(() => console.table(figures))

    for (const count of counts) {
      it(`are exported, wait for a slow reader outside of the server, and are narrowed in less than a second: ${count}`, async () => {
        const much = await withMuch(implementation, count)
        try {
          // As many rows altogether: a process that has done much has more memory than one that has just begun.
          const times = Math.max(...counts) / count
          for (let time = 1; time < times; time++) await exportAll(much, count, [])
          most.push(Math.max(await exportAll(much, count, figures), await much.stall(10_000)))
          figures.push({ count, asked: 'after all of these, and 10 s stalled', 'most MiB': most.at(-1)?.toFixed() })
          await narrowAll(much, count, figures)
        } finally {
          await much.close()
        }
      })
    }

    it('take no more memory than a tenth of them', () => {
      const [few = 0, many = 0] = most
      expect(many).to.be.below(few + 64)
    })
  })
}

/** @returns the most memory that the server had, in MiB */
async function exportAll(much: Much, count: number, figures: object[]): Promise<number> {
  const most: number[] = []
  for (const format of ['jsonl', 'csv'] as const) {
    const { ms, MiB, rows, most: memory } = await much.export(format)
    expect(rows).to.be.greaterThan(0.9 * count)
    figures.push({ count, asked: format, ms: Math.round(ms), MiB: Math.round(MiB), 'most MiB': memory.toFixed() })
    most.push(memory)
  }
  return Math.max(...most)
}

/** Everything that can be asked for, of which there is much or little, in all of the time or a part of it. */
async function narrowAll(much: Much, count: number, figures: object[]): Promise<void> {
  const at = (part: number) => new Date(much.endsAt - (1 - part) * (count / 3) * spacing).toISOString()
  const rare = { type: 'galley_settings_updated' }
  const [often, hot] = [{ actor: 'user_often' }, { artifact: 'cart_often' }]
  const queries: Record<string, string>[] = [
    ...[{}, rare, { type: 'galley_role_deleted' }, { type: 'claude_artifact_viewed' }],
    ...[often, { actor: 'user_5' }, { actor: 'olive@acme.example' }, hot, { artifact: 'cart_77' }],
    ...[
      { ...often, ...rare },
      { ...hot, ...rare },
      { ...often, ...hot },
      { ...often, ...hot, ...rare },
    ],
    ...[
      { ...hot, actor: 'user_none' },
      { artifact: 'cart_77', actor: 'user_5' },
    ],
  ]
  const ranges: [string, Record<string, string>][] = [
    ['', {}],
    [', a tenth of the time', { from: at(0.5), until: at(0.6) }],
    [', the first of all', { until: at(0.01) }],
  ]
  for (const query of queries) {
    for (const [words, range] of ranges) {
      const ms = await much.read({ ...query, ...range }, 3)
      figures.push({ count, asked: `${Object.values(query).join(' + ') || 'everything'}${words}`, ms: Math.round(ms) })
      expect(ms, JSON.stringify({ ...query, ...range })).to.be.below(1_000)
    }
  }
  const deep = await much.read({}, 500)
  figures.push({ count, asked: 'everything, 500 pages deep', ms: Math.round(deep) })
}
