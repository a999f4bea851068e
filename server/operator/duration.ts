const units = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/**
 * Days, hours and minutes, each at most once and in this order: `30d`, `12h`, `1d12h`, `1h 30m`.
 * @returns milliseconds; undefined when it is none, or no time at all, or more than a number can count
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*$/.exec(text)
  if (!parts) return undefined
  const [, days = 0, hours = 0, minutes = 0] = parts
  const duration = Number(days) * units.d + Number(hours) * units.h + Number(minutes) * units.m
  return duration > 0 && Number.isSafeInteger(duration) ? duration : undefined
}
