import { KiB, MiB } from '../../shared/limits.ts'

/** A size for a person: `812 bytes`, `12 KiB`, `3.1 MiB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < KiB) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  // What would round to 1024 KiB is a MiB.
  return bytes < MiB - KiB / 2
    ? `${Math.round(bytes / KiB)} KiB`
    : `${(bytes / MiB).toFixed(1).replace(/\.0$/, '')} MiB`
}
