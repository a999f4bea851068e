import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { limits } from '../shared/limits.ts'
import { type Config, isLoopback, publicUrlOf } from './config.ts'
import { Deltas } from './core/deltas.ts'
import { Looks } from './core/looks.ts'
import { ensureFirstOwner } from './core/people.ts'
import type { Clock, Live, Log, Random } from './core/ports.ts'
import type { World } from './core/world.ts'
import { addressThrough } from './http/address.ts'
import { createHttp } from './http/app.ts'
import type { Deadlines } from './http/body.ts'
import { type ContentDocuments, contentHandler, documentVersion } from './http/content.ts'
import { Ports } from './http/listen.ts'
import { pagesRouter } from './http/pages.ts'
import { openIdentity } from './identity/identity.ts'
import { openProvider } from './identity/provider.ts'
import { compaction } from './jobs/compaction.ts'
import { startJobs } from './jobs/jobs.ts'
import { retention } from './jobs/retention.ts'
import { sweep } from './jobs/sweep.ts'
import { createGateway } from './live/gateway.ts'
import { openRedis } from './live/redis.ts'
import { openLog } from './log/log.ts'
import { openMetrics } from './metrics/metrics.ts'
import { openQuotas, type QuotaOptions } from './quota/quotas.ts'
import { startPress } from './render/start-press.ts'
import { openStore } from './store/open.ts'

export interface App {
  /** Origin of the app. */
  url: string
  /** Origins of the frames. */
  contentUrls: readonly string[]
  /** A sign-in link for the first owner, as long as no owner has ever signed in. */
  ownerLink: string | undefined
  /** Takes what GALLEY_DRAIN_NOTICE says and limits.shutdown at most. However often it is called, it happens once. */
  close(): Promise<void>
}

/** As Vite built it, beside the sources or beside what tsc made of them. */
const browserHalf = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../dist/client' : '../client', import.meta.url),
)

/** What a test may replace. */
export interface Parts {
  clock?: Clock
  deadlines?: Deadlines
  /** Stands between the rules and those who hear of a change: announcements may be lost, or a node's last. */
  announcing?: (live: Live) => Live
  quotas?: Pick<QuotaOptions, 'sizes' | 'answer'>
}

/**
 * The only wiring: opens everything, in order, and has it closed in the reverse one.
 * @throws Error with a sentence for a person when a port is taken, the data cannot be opened, …; nothing is left open.
 */
export async function startApp(config: Config, parts: Parts = {}): Promise<App> {
  const log = openLog(config.logLevel)
  const closing = new Closing(log, config.drainNotice + limits.shutdown)
  try {
    return await open(config, parts, log, closing)
  } catch (error) {
    await closing.run()
    throw error
  }
}

async function open(config: Config, parts: Parts, log: Log, closing: Closing): Promise<App> {
  const { clock = { now: Date.now } } = parts
  const { deadlines = { upload: limits.uploadDeadline, json: limits.jsonDeadline } } = parts
  const random: Random = randomBytes
  const documents = readDocuments()

  const metrics = openMetrics()
  const data = await openStore(config, { use: 'serve', make: true, clock, random, log, metrics })
  closing.push(() => data.close())
  const { store } = data
  const press = startPress()
  closing.push(() => press.close())
  metrics.show('press_waiting', press.waiting)
  const ports = await Ports.listen(config.host, portsOf(config), deadlines.upload)
  closing.push(() => ports.finish())

  const { publicUrl, contentUrls } = originsOf(config, ports.numbers)
  await data.serveAt(publicUrl)
  const redis = config.redis && openRedis(config.redis, { log, random, metrics })
  if (redis) closing.push(() => redis.close())
  const addressOf = addressThrough(config.trustProxy)
  const gateway = createGateway({ log, random, addressOf, ...(redis && { adapter: redis.adapter }) })
  redis?.onGap(gateway.reconcileNow)
  const live = parts.announcing?.(gateway) ?? gateway
  const world: World = { store, press, live, deltas: new Deltas(store, press), clock, random, log, metrics, publicUrl }
  const identity = await openIdentity({ store, clock, publicUrl })
  const provider = config.provider && (await openProvider(config.provider, { store, clock, log, publicUrl }))
  const firstOwner = await ensureFirstOwner(world)

  const looks = new Looks(world)
  // The last requests publish, which the other nodes are told by Redis, and are looks too.
  closing.push(async () => {
    await ports.finish()
    await looks.close()
  })
  gateway.serve(ports.server, world, identity, looks)
  const jobs = startJobs(world, [retention, sweep, compaction])
  // Beside one another: a job that waits for a stuck database must not cost viewers their time to go.
  closing.push(async () => {
    await Promise.all([jobs.close(), gateway.drain().then(() => gateway.close())])
  })

  const pages = pagesRouter({
    world,
    identity,
    provider,
    contentUrls,
    assets: browserHalf,
    frameVersion: documentVersion(documents.frame),
    stillVersion: documentVersion(documents.still),
  })
  const quotas = openQuotas({ clock, log, redis: redis?.commands, ...parts.quotas })
  const { trustProxy, metricsToken } = config
  const readiness = {
    isStopping: () => closing.begun,
    missing: () => (redis && !redis.isUp() ? ['redis' as const] : []),
  }
  const exposed = metricsToken === undefined ? undefined : { ...metrics, token: metricsToken }
  const app = createHttp({
    byLink: provider === undefined,
    world,
    identity,
    quotas,
    looks,
    trustProxy,
    deadlines,
    readiness,
    exposed,
    pages,
  })
  const content = contentHandler({ appOrigin: publicUrl, ...documents })
  ports.answer(new Map(contentUrls.map(url => [new URL(url).host, content])), app)
  closing.push(async () => {
    ports.retire()
    await sleep(config.drainNotice)
    ports.stop()
  })

  log.info({ publicUrl, contentUrls, ports: ports.numbers }, 'Galley is serving.')
  return { url: publicUrl, contentUrls, ownerLink: firstOwner?.url, close: () => closing.run() }
}

function readDocuments(): ContentDocuments {
  const read = (name: string) => readFileSync(join(browserHalf, name), 'utf8')
  try {
    return { frame: read('frame.html'), still: read('still.html') }
  } catch (error) {
    throw new Error('The part of Galley that runs in browsers is not built: npm run build', { cause: error })
  }
}

/** The app's, and those of the content origins that this process is asked to answer on ports of their own. */
function portsOf({ port, contentUrls }: Config): [number, ...number[]] {
  if (!contentUrls) return port === 0 ? [0, 0, 0] : [port, port + 1, port + 2]
  const own = contentUrls.filter(isLoopback).map(url => Number(new URL(url).port))
  return [port, ...new Set(own.filter(other => other !== 0 && other !== port))]
}

function originsOf(
  config: Config,
  [port, ...others]: readonly number[],
): { publicUrl: string; contentUrls: readonly string[] } {
  return {
    publicUrl: publicUrlOf(config, port),
    contentUrls: config.contentUrls ?? others.map(other => `http://127.0.0.1:${other}`),
  }
}

/** What is open, closed the other way round: once, and within a time, however stuck a part of it is. */
class Closing {
  private readonly log: Log
  private readonly time: number
  private readonly steps: (() => Promise<void>)[] = []
  private running: Promise<void> | undefined

  /** @param time milliseconds */
  constructor(log: Log, time: number) {
    this.log = log
    this.time = time
  }

  get begun(): boolean {
    return this.running !== undefined
  }

  push(step: () => Promise<void>): void {
    this.steps.unshift(step)
  }

  run(): Promise<void> {
    this.running ??= this.runSteps()
    return this.running
  }

  private async runSteps(): Promise<void> {
    const done = new AbortController()
    const late = sleep(this.time, undefined, { signal: done.signal }).catch(() => {})
    for (const step of this.steps) {
      const failed = (error: unknown) => this.log.error({ err: error }, 'A part of Galley did not close.')
      await Promise.race([step().catch(failed), late])
    }
    done.abort()
  }
}
