import { type Namespace, Server } from 'socket.io'
import type { GatewayOptions } from '../../server/live/gateway.ts'
import { startPress } from '../../server/render/start-press.ts'
import { openGround } from '../ground.ts'
import { liveContract } from './contract.ts'
import { startNode } from './nodes.ts'

const reconcileEvery = 200

type Adapter = Namespace['adapter']
const InMemory = new Server().of('/').adapter.constructor as new (namespace: Namespace) => Adapter

/** Carries between nodes of one process what a real adapter carries over a network: as JSON, and later. */
function inProcess(): NonNullable<GatewayOptions['adapter']> {
  const namespaces = new Set<Namespace>()
  class Carried extends InMemory {
    private readonly own: Namespace

    constructor(namespace: Namespace) {
      super(namespace)
      this.own = namespace
      namespaces.add(namespace)
    }

    override serverSideEmit(packet: unknown[]): void {
      const wire = JSON.stringify(packet)
      for (const namespace of namespaces) {
        if (namespace !== this.own) setTimeout(() => namespace._onServerSideEmit(JSON.parse(wire)), Math.random() * 20)
      }
    }
  }
  // Socket.IO's type for it wants a function and a class in one.
  return Carried as unknown as NonNullable<GatewayOptions['adapter']>
}

liveContract('three nodes of one process', async () => {
  const ground = await openGround()
  const press = startPress({ threads: 1 })
  const adapter = inProcess()
  const start = () => startNode(ground, press, { adapter, reconcileEvery })
  const nodes = [await start(), await start(), await start()]
  return {
    ground,
    nodes,
    reconcileEvery,
    async close() {
      for (const node of nodes) await node.close()
      await press.close()
      await ground.close()
    },
  }
})
