import { limits } from '../../shared/limits.ts'

/** A period of retention as it is being typed. */
export interface PeriodDraft {
  forEver: boolean
  days: string
}

/** Stands there before anybody has chosen any. */
const usual = 90

export const draftOf = (days: number | null): PeriodDraft => ({ forEver: days === null, days: String(days ?? usual) })

/** @returns null: for ever; undefined: no period */
export function daysOf({ forEver, days }: PeriodDraft): number | null | undefined {
  if (forEver) return null
  const count = Number(days)
  return /^\s*\d+\s*$/.test(days) && count >= 1 && count <= limits.retentionDaysMost ? count : undefined
}
