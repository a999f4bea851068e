/** Random choices that one number repeats: Mulberry32, by Tommy Ettinger. Not for secrets. */
export class Chance {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** Evenly, from 0 up to, not including, 1. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, from 0 up to, not including, this one. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  /** As often between 1 and 2 KiB as between 1 and 2 MiB. */
  size(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.fraction())
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map(item => ({ item, at: this.fraction() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }
}
