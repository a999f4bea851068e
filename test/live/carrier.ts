import { type Namespace, Server } from 'socket.io'
import type { GatewayOptions } from '../../server/live/gateway.ts'

type Adapter = Namespace['adapter']
const InMemory = new Server().of('/').adapter.constructor as new (namespace: Namespace) => Adapter

/** What is carried: the name it was said by, and the word. */
export type Packet = readonly [name: string, word: unknown]

/** Carries between nodes of one process what Redis carries over a network: as JSON, and later. */
export interface Carrier {
  adapter: NonNullable<GatewayOptions['adapter']>
  /** All that was said, in order. */
  said: Packet[]
  /**
   * What becomes of a packet on its way from one node to another: after how many milliseconds each of its copies arrives.
   * None: it is lost.
   */
  fate(decide: (packet: Packet, from: number, to: number) => readonly number[]): void
  /** To all nodes, as if another one had said it. */
  inject(...packet: Packet): void
}

/** Nodes are numbered in the order in which they were started; what is injected comes from -1. */
export function carrier(): Carrier {
  const namespaces: Namespace[] = []
  const said: Packet[] = []
  let fateOf: Parameters<Carrier['fate']>[0] = () => [Math.random() * 20]

  function carry(packet: unknown[], from?: Namespace): void {
    const wire = JSON.stringify(packet)
    const number = from ? namespaces.indexOf(from) : -1
    for (const [to, namespace] of namespaces.entries()) {
      if (to === number) continue
      for (const after of fateOf(JSON.parse(wire), number, to)) {
        setTimeout(() => namespace._onServerSideEmit(JSON.parse(wire)), after)
      }
    }
  }

  class Carried extends InMemory {
    private readonly own: Namespace

    constructor(namespace: Namespace) {
      super(namespace)
      this.own = namespace
      namespaces.push(namespace)
    }

    override serverSideEmit(packet: unknown[]): void {
      said.push(JSON.parse(JSON.stringify(packet)))
      carry(packet, this.own)
    }
  }
  return {
    // Socket.IO's type for it wants a function and a class in one.
    adapter: Carried as unknown as Carrier['adapter'],
    said,
    fate(decide) {
      fateOf = decide
    },
    inject: (...packet) => carry([...packet]),
  }
}
