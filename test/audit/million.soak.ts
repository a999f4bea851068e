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
    let much: Much

    for (const count of counts) {
      describe(`${count}`, () => {
        before(async () => {
          much = await withMuch(implementation, count)
        })
        after(() => much.close())

        it('are exported', async () => {
          for (const format of ['jsonl', 'csv'] as const) {
            const { ms, MiB, rows, most: memory } = await much.export(format)
            expect(rows).to.be.greaterThan(0.9 * count)
            figures.push({ count, format, s: (ms / 1000).toFixed(1), MiB: MiB.toFixed(), 'most MiB': memory.toFixed() })
            most.push(memory)
          }
        })

        it('wait for a slow reader outside of the server', async () => {
          const memory = await much.stall(10_000)
          figures.push({ count, format: 'stalled', s: '10', 'most MiB': memory.toFixed() })
          most.push(memory)
        })

        it('are narrowed in less than a second, however', async () => {
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
          const ranges = [{}, { from: at(0.5), until: at(0.6) }, { until: at(0.01) }]
          for (const query of queries) {
            for (const range of ranges) {
              const ms = await much.read({ ...query, ...range }, 3)
              figures.push({ count, ...query, ...range, 'slowest ms': ms.toFixed(1) })
              expect(ms, JSON.stringify({ ...query, ...range })).to.be.below(1_000)
            }
          }
          figures.push({ count, 'pages of 100': 500, 'slowest ms': (await much.read({}, 500)).toFixed(1) })
        })
      })
    }

    it('take no more memory than a tenth of them', () => {
      console.table(figures)
      const [few, many] = [most.slice(0, 3), most.slice(3)].map(each => Math.max(...each))
      expect(many).to.be.below((few ?? 0) + 64)
    })
  })
}
