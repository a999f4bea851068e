const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * How long ago, in as few words as a header has room for. A time ahead of the clock (clocks differ) counts as now.
 * @returns `next`: milliseconds after which the words will be others, so that nobody ticks more often than needed.
 */
export function ago(time: number, now: number): { words: string; next: number } {
  const past = Math.max(0, now - time)
  if (past < 5 * second) return { words: 'just now', next: 5 * second - past }
  if (past < minute) return counted(past, second, 's')
  if (past < hour) return counted(past, minute, 'min')
  if (past < day) return counted(past, hour, 'h')
  if (past < 30 * day) return counted(past, day, past < 2 * day ? 'day' : 'days')
  return { words: `on ${new Date(time).toISOString().slice(0, 10)}`, next: Number.POSITIVE_INFINITY }
}

const counted = (past: number, unit: number, name: string): { words: string; next: number } => ({
  words: `${Math.floor(past / unit)} ${name} ago`,
  next: unit - (past % unit),
})
