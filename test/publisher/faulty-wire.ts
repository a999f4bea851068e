import { openLink, type Passage, type Way } from '../link.ts'

/** What happens to a request on its way, and when: before any of it arrived, with a part of it, or to the answer. */
export interface Fault {
  /** `POST /api/v1/artifacts`: method and path, as they are sent. */
  request: RegExp
  at: 'connect' | 'upload' | 'answer'
  /** Cut: the connection breaks. Hold: nothing passes any more. */
  how: 'cut' | 'hold'
  /** How many such requests it happens to. */
  times: number
}

/** The way to a server: a proxy on a port of its own, with faults to order. */
export interface FaultyWire {
  /** Origin, on localhost. */
  readonly url: string
  /** To where connections lead. */
  leadTo(port: number): void
  /** @returns resolves once it has happened for the first time */
  order(fault: Fault): Promise<void>
  /** From now on no connection takes more than so many bytes a second, until mended. */
  throttle(bytesPerSecond: number): void
  /** Nothing is out of order from now on; what was held is cut. */
  mend(): Promise<void>
  /** Connections are refused, until mended. */
  refuse(): Promise<void>
  close(): Promise<void>
}

export async function openFaultyWire(): Promise<FaultyWire> {
  let ordered: { fault: Fault; left: number; happened: () => void } | undefined
  /** @returns how the request that begins here is to fail */
  const faultFor = (head: string): Fault | undefined => {
    const [request] = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/.exec(head) ?? []
    if (!ordered || ordered.left === 0 || request === undefined || !ordered.fault.request.test(request))
      return undefined
    ordered.left -= 1
    return ordered.fault
  }
  const through = (passage: Passage): Pick<Passage, Way> => {
    let fault: Fault | undefined
    let held = false
    const happen = (how: Fault['how']) => {
      ordered?.happened()
      held = true
      if (how === 'cut') passage.cut()
    }
    return {
      up(chunk) {
        if (held) return
        fault ??= faultFor(chunk.toString('latin1'))
        if (fault?.at === 'connect') return happen(fault.how)
        if (fault?.at !== 'upload') return passage.up(chunk)
        passage.up(chunk.subarray(0, chunk.length / 2))
        happen(fault.how)
      },
      down(chunk) {
        if (held) return
        if (fault?.at === 'answer') happen(fault.how)
        else passage.down(chunk)
      },
    }
  }
  const link = await openLink(0, { host: 'localhost', through })
  return {
    url: `http://localhost:${link.port}`,
    leadTo: link.leadTo,
    order: fault =>
      new Promise(happened => {
        ordered = { fault, left: fault.times, happened }
      }),
    throttle: link.throttle,
    async mend() {
      ordered = undefined
      link.reset()
      await link.mend()
    },
    refuse: link.refuse,
    close: link.close,
  }
}
