import { brotliCompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { applyDelta, makeDelta } from '../shared/delta.ts'
import { KiB, limits, MiB } from '../shared/limits.ts'
import { editRow, report } from './support/sample-pages.ts'

/**
 * What a delta costs and saves, next to the floors measured in the same run: copying the page in memory, and
 * deflating it, alone and with the end of the old page as dictionary (all that zlib's 32 KiB window can hold).
 */

/** Milliseconds, the median of several runs. */
function time(work: () => unknown): number {
  const times = Array.from({ length: 15 }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[7] ?? 0
}

function measure(name: string, oldPage: string, newPage: string): Record<string, string | number> {
  const from = Buffer.from(oldPage)
  const to = Buffer.from(newPage)
  const copy = time(() => Buffer.from(to))
  const deflate = time(() => deflateRawSync(to))
  const withDictionary = deflateRawSync(to, { dictionary: from.subarray(-32 * KiB) }).length
  const brotli = brotliCompressSync(to, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }).length
  const encode = time(() => makeDelta(from, to))
  const delta = makeDelta(from, to)
  const sent = delta && deflateRawSync(delta)
  const decode = sent && time(() => applyDelta(from, inflateRawSync(sent), limits.pageBytes))
  return {
    page: name,
    'encode ms': encode.toFixed(2),
    '× memcpy': (encode / copy).toFixed(1),
    '× deflate': (encode / deflate).toFixed(3),
    'decode ms': decode?.toFixed(2) ?? 'gives up',
    'decode × memcpy': decode ? (decode / copy).toFixed(1) : '',
    'sent B': sent?.length ?? '',
    'page in brotli 4, B': brotli,
    'deflate + dictionary, B': withDictionary,
  }
}

const sizes: [string, string][] = [
  ['100 KiB', report(100 * KiB)],
  ['1 MiB', report(MiB)],
  ['8 MiB, 6 of them data URI', report(8 * MiB, 6 * MiB)],
  ['8 MiB, all rows', report(8 * MiB)],
]
const rows = sizes.flatMap(([name, page]) => {
  const twoEnds = editRow(page).replace('<h1>Deploy', '<h1>10:42 Deploy')
  return [
    measure(`${name}: one row`, page, editRow(page)),
    measure(`${name}: a row and the heading`, page, twoEnds),
    measure(`${name}: rewritten`, page, report(page.length, name.includes('URI') ? 6 * MiB : 0, 2)),
  ]
})
console.table(rows)
