/** What stands on /metrics, by series: name, and labels as they are written there. */
export interface Scraped {
  values: ReadonlyMap<string, number>
  types: ReadonlyMap<string, string>
}

const sample = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/
const about = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/

/**
 * Prometheus's text format, version 0.0.4, as strictly as it is written down: of each metric first its help and its type,
 * then its series, none twice.
 * @throws Error that names the line
 */
export function parseMetrics(text: string): Scraped {
  const values = new Map<string, number>()
  const types = new Map<string, string>()
  const helped = new Set<string>()
  if (!text.endsWith('\n')) throw new Error('The last line has no end.')
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, name = '', said = ''] = about.exec(line) ?? []
    const [, series = '', value] = sample.exec(line) ?? []
    const family = series.replace(/\{.*/, '')
    if (kind === 'HELP' && !helped.has(name)) helped.add(name)
    else if (kind === 'TYPE' && helped.has(name) && !types.has(name)) types.set(name, said)
    else if (value !== undefined && isOf(types, family) && !values.has(series)) values.set(series, numberOf(value))
    else throw new Error(`Not as Prometheus has it: ${line}`)
  }
  return { values, types }
}

const isOf = (types: ReadonlyMap<string, string>, family: string): boolean =>
  types.has(family) || types.get(family.replace(/_(?:bucket|sum|count)$/, '')) === 'histogram'

function numberOf(text: string): number {
  const number = Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'))
  if (Number.isNaN(number) && text.toLowerCase() !== 'nan') throw new Error(`${text} is no number.`)
  return number
}
