import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

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
  let target = 0
  let speed = Number.POSITIVE_INFINITY
  let ordered: { fault: Fault; left: number; happened: () => void } | undefined
  const wires = new Set<Socket>()
  /** @returns how the request that begins here is to fail */
  const faultFor = (head: string): Fault | undefined => {
    const [request] = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/.exec(head) ?? []
    if (!ordered || ordered.left === 0 || request === undefined || !ordered.fault.request.test(request))
      return undefined
    ordered.left -= 1
    return ordered.fault
  }
  const server = createServer(wire => {
    const onward = connect(target, 'localhost')
    for (const end of [wire, onward]) {
      wires.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        wires.delete(end)
        wire.destroy()
        onward.destroy()
      })
    }
    let fault: Fault | undefined
    let held = false
    const happen = (how: Fault['how']) => {
      ordered?.happened()
      held = true
      if (how === 'cut') wire.destroy()
    }
    wire.on('data', chunk => {
      if (held) return
      fault ??= faultFor(chunk.toString('latin1'))
      if (fault?.at === 'connect') return happen(fault.how)
      if (fault?.at !== 'upload') {
        onward.write(chunk)
        if (speed === Number.POSITIVE_INFINITY) return
        wire.pause()
        setTimeout(() => wire.resume(), (1000 * chunk.length) / speed)
        return
      }
      onward.write(chunk.subarray(0, chunk.length / 2))
      happen(fault.how)
    })
    onward.on('data', chunk => {
      if (held) return
      if (fault?.at === 'answer') return happen(fault.how)
      wire.write(chunk)
    })
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const cutAll = () => {
    for (const wire of wires) wire.destroy()
  }
  return {
    url: `http://localhost:${port}`,
    leadTo(port) {
      target = port
    },
    order: fault =>
      new Promise(happened => {
        ordered = { fault, left: fault.times, happened }
      }),
    throttle(bytesPerSecond) {
      speed = bytesPerSecond
    },
    async mend() {
      ordered = undefined
      speed = Number.POSITIVE_INFINITY
      cutAll()
      if (!server.listening) await listen(server, port)
    },
    async refuse() {
      const closed = once(server, 'close')
      server.close()
      cutAll()
      await closed
    },
    async close() {
      server.close()
      cutAll()
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, 'localhost')
  await once(server, 'listening')
}
