import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Deltas } from '../../server/core/deltas.ts'
import type { Upload } from '../../server/core/draft.ts'
import { Looks } from '../../server/core/looks.ts'
import type { Actor, Identity, Log } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import type { World } from '../../server/core/world.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../server/live/gateway.ts'
import { openMetrics, type Registered } from '../../server/metrics/metrics.ts'
import type { Press } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import type { Published } from '../../shared/api.ts'
import { type GroundOn, nowhere, openGround, silent, type TestGround } from '../ground.ts'

/** One server of live sockets, over a database that it may share with others. */
export interface LiveNode {
  url: string
  world: World
  gateway: Gateway
  http: HttpServer
  /** What a counter has come to, or how often something was timed, by its name in /metrics. */
  counted(name: string): Promise<number>
  close(): Promise<void>
}

export interface NodeOptions extends Partial<Pick<GatewayOptions, 'adapter' | 'reconcileEvery' | 'signEvery'>> {
  log?: Log
  metrics?: Registered
  /** Milliseconds after which what proves who comes in expires: as if it came with a session's JWT in its last moment. */
  credentialsLast?: number
}

export async function startNode(ground: GroundOn, press: Press, options: NodeOptions = {}): Promise<LiveNode> {
  const http = createServer((_, answer) => answer.writeHead(404).end())
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const { credentialsLast, log = silent, metrics = openMetrics(), ...gatewayOptions } = options
  const gateway = createGateway({ log, random: ground.random, ...gatewayOptions })
  const world = { ...ground, live: gateway, press, deltas: new Deltas(ground.store, press), log, metrics }
  const looks = new Looks(world)
  const identity = credentialsLast === undefined ? ground.identity : inItsLastMoment(ground, credentialsLast)
  gateway.serve(http, world, identity, looks)
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    world,
    gateway,
    http,
    async counted(name) {
      return Number(new RegExp(`^galley_${name} (\\d+)$`, 'm').exec(await metrics.text())?.[1])
    },
    async close() {
      await gateway.close()
      await looks.close()
      await new Promise(resolve => http.close(resolve))
    },
  }
}

function inItsLastMoment(ground: GroundOn, last: number): Identity {
  const { identity, clock } = ground
  return Object.assign(Object.create(identity) as Identity, {
    async authenticate(presented: Parameters<Identity['authenticate']>[0]) {
      const { actor } = await identity.authenticate(presented)
      return { actor: { ...actor, credential: { ...actor.credential, expiresAt: clock.now() + last } } }
    },
  })
}

/** One node and what it stands on. */
export interface Live extends LiveNode {
  ground: TestGround
}

export async function startLive(options: NodeOptions = {}): Promise<Live> {
  const ground = await openGround()
  const press = startPress({ threads: 1 })
  const node = await startNode(ground, press, options)
  return {
    ...node,
    ground,
    async close() {
      await node.close()
      await press.close()
      await ground.close()
    },
  }
}

const upload = (html: string): Upload => ({
  body: Buffer.from(html),
  bodyEncoding: 'identity',
  type: 'text/html',
  query: {},
  idempotencyKey: undefined,
})

export async function publish(world: World, actor: Actor, html: string): Promise<Published> {
  return (await publishNew(world, actor, nowhere, upload(html))).published
}

export async function publishOn(world: World, actor: Actor, id: string, html: string): Promise<Published> {
  return (await publishVersion(world, actor, nowhere, id, upload(html), 'any')).published
}

/** A page of some 20 KiB, of which one line tells them apart: worth a delta. */
export const report = (line: string): string =>
  `<!doctype html><title>Report</title>${Array.from({ length: 400 }, (_, i) => `<p>Row ${i} of ${i * 7919}</p>`).join('\n')}<p>${line}</p>`
