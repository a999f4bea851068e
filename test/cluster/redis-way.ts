import { type Link, openLink, type Passage } from '../link.ts'

/** Of a node's connections to Redis, the one that hears what others publish, and the one that it publishes on itself. */
export type Side = 'hearing' | 'publishing'

/** Decides what becomes of one announcement that a node is about to hear: `pass` it on, now or later, often or never. */
export type Mangling = (pass: () => void) => void

/** A node's way to Redis. What is ordered holds for the connections there are and for those to come, until mended. */
export interface RedisWay {
  /** All of it, whichever side. */
  link: Link
  /** Swallows what is sent and answered on this side, and says nothing of it. */
  swallow(side: Side): void
  /** Of announcements alone: what the node says to itself, to know that Redis is there, is left alone. */
  mangle(mangling: Mangling): void
  /** Nothing is out of order from now on. */
  mend(): Promise<void>
}

export async function openRedisWay(port: number): Promise<RedisWay> {
  const open = new Set<Wire>()
  const orders: Orders = { swallowed: undefined, mangling: undefined }
  const link = await openLink(port, {
    through(passage) {
      const wire = new Wire(passage, orders)
      open.add(wire)
      return { up: chunk => wire.up(chunk), down: chunk => wire.down(chunk) }
    },
  })
  return {
    link,
    swallow(side) {
      orders.swallowed = side
    },
    mangle(mangling) {
      orders.mangling = mangling
    },
    async mend() {
      orders.swallowed = undefined
      orders.mangling = undefined
      for (const wire of open) {
        if (!wire.lost) continue
        wire.cut()
        open.delete(wire)
      }
      await link.mend()
    },
  }
}

interface Orders {
  swallowed: Side | undefined
  mangling: Mangling | undefined
}

/** One connection. */
class Wire {
  /** Something was swallowed: what comes after it would make no sense. */
  lost = false
  private readonly passage: Passage
  private readonly orders: Orders
  private side: Side = 'publishing'
  /** The beginning of a value whose end has not arrived. */
  private rest = Buffer.alloc(0)

  constructor(passage: Passage, orders: Orders) {
    this.passage = passage
    this.orders = orders
  }

  up(chunk: Buffer): void {
    if (/SUBSCRIBE/i.test(chunk.toString('latin1'))) this.side = 'hearing'
    if (this.isSwallowed()) return
    this.passage.up(chunk)
  }

  down(chunk: Buffer): void {
    if (this.isSwallowed()) return
    if (this.side === 'hearing') this.sift(chunk)
    else this.passage.down(chunk)
  }

  cut(): void {
    this.passage.cut()
  }

  private sift(chunk: Buffer): void {
    const bytes = Buffer.concat([this.rest, chunk])
    let at = 0
    for (let end = endOfValue(bytes, 0); end !== undefined && at < bytes.length; end = endOfValue(bytes, at)) {
      this.hand(bytes.subarray(at, end))
      at = end
    }
    this.rest = bytes.subarray(at)
  }

  private isSwallowed(): boolean {
    if (this.orders.swallowed !== this.side) return false
    this.lost = true
    return true
  }

  private hand(value: Buffer): void {
    const { mangling } = this.orders
    const pass = () => this.passage.down(value)
    if (mangling && value.includes('announced')) mangling(pass)
    else pass()
  }
}

/** Where the RESP value that begins here ends (redis.io/docs/reference/protocol-spec); undefined: it is not all there. */
function endOfValue(bytes: Buffer, at: number): number | undefined {
  const line = bytes.indexOf('\r\n', at)
  if (line < 0) return undefined
  const kind = bytes.toString('latin1', at, at + 1)
  const count = Number(bytes.toString('latin1', at + 1, line))
  if ('$!='.includes(kind)) {
    const end = count < 0 ? line + 2 : line + 2 + count + 2
    return end <= bytes.length ? end : undefined
  }
  const values = '*>~'.includes(kind) ? count : kind === '%' ? 2 * count : 0
  let end: number | undefined = line + 2
  for (let n = 0; n < values && end !== undefined; n++) end = endOfValue(bytes, end)
  return end
}
