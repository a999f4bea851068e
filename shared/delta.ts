/**
 * The delta between two pages: how a one-line edit of a large page travels as some hundred bytes.
 *
 * Format: varint length of the new page, then operations until that many bytes are made. An operation is a varint
 * `n`: when even, n / 2 literal bytes follow; when odd, (n - 1) / 2 bytes are copied from the old page, at a zigzag
 * varint's distance from where the copy before it ended. A varint is 7 bits a byte, lowest first, at most 4 bytes.
 * Deltas are deflated before they travel. They carry no checksum: who applies one compares the page's SHA-256.
 */

/** No varint is longer than 4 bytes, so that every number here fits 32-bit arithmetic. */
const varintBits = 28
/** `n` is twice a length, and zigzag doubles a distance. */
const maxPage = 2 ** (varintBits - 1) - 1

const unfit = 'The delta does not fit the page.'

/** The delta was not made by `makeDelta`, not for this page, or makes more than the reader allows. */
export class DeltaError extends Error {
  override readonly name = 'DeltaError'
  readonly code = 'bad_delta'
}

/**
 * Makes the new page from the old one. Safe on any input: reads and writes inside its buffers only and allocates
 * at most `maxBytes`.
 * @throws DeltaError
 */
export function applyDelta(from: Uint8Array, delta: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < varintBits; shift += 7) {
      const byte = delta[at++]
      if (byte === undefined) break
      value += (byte & 127) << shift
      if (byte < 128) return value
    }
    throw new DeltaError(unfit)
  }
  const size = varint()
  if (size > maxBytes) throw new DeltaError(unfit)
  const to = new Uint8Array(size)
  let made = 0
  let copied = 0
  while (made < size) {
    const n = varint()
    const length = n >> 1
    let source = delta
    let start = at
    if (n & 1) {
      const distance = varint()
      source = from
      start = copied + ((distance >> 1) ^ -(distance & 1))
      copied = start + length
    } else at += length
    // An empty operation would let a short page take for ever.
    if (length === 0 || start < 0 || start + length > source.length || made + length > size) throw new DeltaError(unfit)
    to.set(source.subarray(start, start + length), made)
    made += length
  }
  if (at !== delta.length) throw new DeltaError(unfit)
  return to
}

/** Shorter pieces are not worth a copy operation. */
const minSegment = 24
/** How many places of the old page are tried for one segment: bounds the work on repetitive and on hostile pages. */
const maxPlaces = 8

/** `length` bytes of the new page, from `start` of the old page when `copy`, else of the new page itself. */
interface Operation {
  copy: boolean
  start: number
  length: number
}

/**
 * A delta that leads from one page to another, in time linear in their sizes.
 * @returns undefined when none is worth having: more than half of the new page would travel literally.
 */
export function makeDelta(from: Uint8Array, to: Uint8Array): Uint8Array | undefined {
  if (from.length > maxPage || to.length > maxPage) return undefined
  const old = new DataView(from.buffer, from.byteOffset, from.byteLength)
  const now = new DataView(to.buffer, to.byteOffset, to.byteLength)
  const prefix = sameForward(old, 0, now, 0)
  const suffix = sameBackward(old, from.length, now, to.length, Math.min(from.length, to.length) - prefix)

  const operations: Operation[] = []
  if (prefix > 0) operations.push({ copy: true, start: 0, length: prefix })
  if (!matchMiddle(old, now, prefix, suffix, operations)) return undefined
  if (suffix > 0) operations.push({ copy: true, start: from.length - suffix, length: suffix })
  return encode(to, operations)
}

/** Covers the new page between `prefix` and `suffix`; false: with more literals than are worth sending. */
function matchMiddle(old: DataView, now: DataView, prefix: number, suffix: number, operations: Operation[]): boolean {
  const end = now.byteLength - suffix
  const allowed = now.byteLength / 2
  const places = new Places(old, prefix, old.byteLength - suffix)
  let literals = 0
  /** Up to here the new page is covered by operations … */
  let done = prefix
  /** … and this is what the old page's offset is more than the new one's, in the last copy. */
  let shift = 0
  for (let start = done; start < end; ) {
    const stop = segmentEnd(now, start, end)
    const place = places.find(now, start, stop, end, start + shift)
    if (place === undefined) {
      start = stop
      if (literals + start - done > allowed) return false
      continue
    }
    const back = sameBackward(old, place.start, now, start, start - done)
    if (start - back > done) operations.push({ copy: false, start: done, length: start - back - done })
    literals += start - back - done
    operations.push({ copy: true, start: place.start - back, length: back + place.length })
    done = start + place.length
    shift = place.start - start
    start = done
  }
  if (end > done) operations.push({ copy: false, start: done, length: end - done })
  return literals + end - done <= allowed
}

/** Where the segments of the old page are, by hash: a table of buckets, each a chain of at most `maxPlaces`. */
class Places {
  private readonly old: DataView
  private readonly first: Int32Array
  private readonly next: Int32Array
  private readonly starts: Int32Array
  private readonly mask: number

  constructor(old: DataView, start: number, end: number) {
    const most = Math.ceil(Math.max(0, end - start) / minSegment)
    const buckets = 2 ** Math.ceil(Math.log2(most * 2 + 1))
    this.old = old
    this.mask = buckets - 1
    // Entries are numbered from 1: 0 ends a chain.
    this.first = new Int32Array(buckets)
    this.next = new Int32Array(most + 1)
    this.starts = new Int32Array(most + 1)
    let count = 0
    for (let at = start; at < end; ) {
      const stop = segmentEnd(old, at, end)
      const bucket = hash(old, at, stop) & this.mask
      if (this.chainLength(bucket) < maxPlaces) {
        count += 1
        this.starts[count] = at
        this.next[count] = this.first[bucket] ?? 0
        this.first[bucket] = count
      }
      at = stop
    }
  }

  /** @returns the place from which most bytes are alike; the expected one, where the last match goes on, wins outright. */
  find(
    now: DataView,
    start: number,
    stop: number,
    end: number,
    expected: number,
  ): { start: number; length: number } | undefined {
    const enough = Math.min(minSegment, stop - start)
    if (expected >= 0) {
      const length = Math.min(sameForward(this.old, expected, now, start), end - start)
      if (length >= enough) return { start: expected, length }
    }
    let best = { start: 0, length: enough - 1 }
    for (let entry = this.first[hash(now, start, stop) & this.mask] ?? 0; entry > 0; entry = this.next[entry] ?? 0) {
      const place = this.starts[entry] ?? 0
      const length = Math.min(sameForward(this.old, place, now, start), end - start)
      if (length > best.length) best = { start: place, length }
    }
    return best.length >= enough ? best : undefined
  }

  private chainLength(bucket: number): number {
    let length = 0
    for (let entry = this.first[bucket] ?? 0; entry > 0; entry = this.next[entry] ?? 0) length += 1
    return length
  }
}

/** A segment ends after the first of `\n > ; , }` that makes it long enough: where lines, tags and values end. */
function segmentEnd(bytes: DataView, start: number, end: number): number {
  for (let at = start + minSegment - 1; at < end; at += 1) {
    const byte = bytes.getUint8(at)
    if (byte === 62 || byte === 44 || byte === 59 || byte === 10 || byte === 125) return at + 1
  }
  return end
}

/** Four bytes a step; what it misses, the comparison that follows sees. */
function hash(bytes: DataView, start: number, end: number): number {
  let value = end - start
  for (let at = start; at + 4 <= end; at += 4) {
    value = Math.imul(value ^ bytes.getUint32(at, true), 0x9e3779b1)
    value ^= value >>> 15
  }
  return value
}

/** How many bytes are alike from `a` and `b` on. */
function sameForward(old: DataView, a: number, now: DataView, b: number): number {
  const most = Math.min(old.byteLength - a, now.byteLength - b)
  let same = 0
  while (same + 4 <= most && old.getUint32(a + same) === now.getUint32(b + same)) same += 4
  while (same < most && old.getUint8(a + same) === now.getUint8(b + same)) same += 1
  return same
}

/** How many bytes, at most `limit`, are alike before `a` and `b`. */
function sameBackward(old: DataView, a: number, now: DataView, b: number, limit: number): number {
  const most = Math.min(a, b, limit)
  let same = 0
  while (same + 4 <= most && old.getUint32(a - same - 4) === now.getUint32(b - same - 4)) same += 4
  while (same < most && old.getUint8(a - same - 1) === now.getUint8(b - same - 1)) same += 1
  return same
}

function encode(to: Uint8Array, operations: readonly Operation[]): Uint8Array {
  let size = 4
  for (const operation of operations) size += operation.copy ? 8 : 4 + operation.length
  const delta = new Uint8Array(size)
  let at = 0
  const varint = (value: number): void => {
    for (; value > 127; value >>>= 7) delta[at++] = (value & 127) | 128
    delta[at++] = value
  }
  varint(to.length)
  let copied = 0
  for (const { copy, start, length } of operations) {
    varint(length * 2 + (copy ? 1 : 0))
    if (copy) {
      const distance = start - copied
      varint(distance < 0 ? -distance * 2 - 1 : distance * 2)
      copied = start + length
    } else {
      delta.set(to.subarray(start, start + length), at)
      at += length
    }
  }
  return delta.subarray(0, at)
}
