import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { standings } from '../server/core/standing.ts'
import type { Store } from '../server/core/store-ports.ts'
import { openMetrics, type Registered } from '../server/metrics/metrics.ts'
import { startPress } from '../server/render/start-press.ts'
import { openPostgresStore } from '../server/store/postgres.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { newId } from '../shared/ids.ts'
import { limits } from '../shared/limits.ts'
import { groundOn, signedIn, silent } from '../test/ground.ts'
import { openLink, type Passage } from '../test/link.ts'
import { startNode } from '../test/live/nodes.ts'
import { sharedPostgres } from '../test/postgres.ts'
import { artifact, putText, version } from '../test/store/seed.ts'
import { median } from './support/publisher.ts'
import { openWatchers } from './support/watchers.ts'

/**
 * What a node does every few seconds to find what it was not told of, with 10,000 rooms on it: when nothing has changed, and
 * when 100 of them have. Beside it the floor, asking for one row; and the naive way, in which everything that is watched
 * and everybody who watches is read each time. Watchers are in a process of their own.
 */

const people = 100
const rooms = people * limits.watchesPerSocket
const rounds = 9
const changes = 100

/** How often a store was asked, and how long it took to answer; and who waits for the end of a reconcile. */
interface Meter {
  metrics: Registered
  queries: number
  queryMs: number
  reconciled(): void
}

function openMeter(): Meter {
  const metrics = openMetrics()
  const meter: Meter = { metrics, queries: 0, queryMs: 0, reconciled() {} }
  meter.metrics = {
    ...metrics,
    time(name, ms) {
      if (name === 'reconcile') meter.reconciled()
      if (name !== 'store_query') return
      meter.queries++
      meter.queryMs += ms
    },
  }
  return meter
}

interface Place {
  name: string
  /** `bytes`: how many have gone to the database and come from it. */
  open(metrics: Registered): Promise<{ store: Store; bytes(): number; close(): Promise<void> }>
}

const sqlite: Place = {
  name: 'SQLite',
  async open(metrics) {
    const dataDir = await mkdtemp(join(tmpdir(), 'galley-bench-'))
    const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent, metrics })
    const close = () => store.close().then(() => rm(dataDir, { recursive: true }))
    return { store, close, bytes: () => 0 }
  },
}

const postgres: Place = {
  name: 'PostgreSQL',
  async open(metrics) {
    const server = await sharedPostgres()
    const url = new URL(await server.createDatabase())
    let bytes = 0
    const counted = (pass: (chunk: Buffer) => void) => (chunk: Buffer) => {
      bytes += chunk.length
      pass(chunk)
    }
    const through = ({ up, down }: Passage) => ({ up: counted(up), down: counted(down) })
    const link = await openLink(Number(url.port), { through })
    url.port = String(link.port)
    const store = await openPostgresStore({ url: url.href, random: randomBytes, log: silent, metrics })
    const close = async () => {
      await store.close()
      await link.close()
      await server.close()
    }
    return { store, close, bytes: () => bytes }
  },
}

/** @returns whoever watches, and what */
async function fill(ground: Awaited<ReturnType<typeof groundOn>>) {
  const { store, identity, random, clock } = ground
  const { member: owner } = await signedIn(ground)
  const { orgId } = owner
  await putText(store, orgId, 'cont_all')
  const watching = []
  const held = []
  for (let n = 0; n < people; n++) {
    const member = { ...owner, id: newId('member', random), email: `${n}@acme.example`, role: 'member' as const }
    const session = {
      ...{ id: newId('session', random), orgId, memberId: member.id },
      ...{ createdAt: clock.now(), expiresAt: clock.now() + limits.session, revokedAt: null },
    }
    const theirs = Array.from({ length: limits.watchesPerSocket }, () =>
      artifact(newId('artifact', random), member, { audience: 'people', title: `A page of member ${n}` }),
    )
    await store.transaction(orgId, async tx => {
      await tx.addMember(member)
      await tx.setGroups(orgId, member.id, ['Everybody', 'Design', `Team ${n % 7}`])
      await tx.addSession(session)
      for (const each of theirs) {
        await tx.addArtifact(each)
        await tx.addVersion(version(each, 1, { pageContent: 'cont_all', sourceContent: 'cont_all' }))
        const grant = { orgId, artifactId: each.id, role: 'viewer' as const, createdAt: 1 }
        await tx.setGrants(orgId, each.id, [
          { ...grant, kind: 'member', subject: owner.id },
          { ...grant, kind: 'group', subject: 'Design' },
        ])
      }
    })
    const [cookie = ''] = (await identity.sessionCookie(session)).split(';')
    const artifactIds = theirs.map(({ id }) => id)
    watching.push({ cookie, artifactIds })
    held.push({ orgId, memberId: member.id, session: session.id, artifactIds })
  }
  return { watching, held }
}

type Held = Awaited<ReturnType<typeof fill>>['held']

/** All that is watched and all who watch, and what decides of both: as many queries as there are rooms by the hundred. */
async function naive(store: Store, held: Held, now: number): Promise<void> {
  const places = held.flatMap(({ orgId, artifactIds }) => artifactIds.map(artifactId => ({ orgId, artifactId })))
  const heads = await store.heads(places)
  const headOf = new Map(heads.map(head => [head.artifactId, head]))
  const roleIn = await standings(store, heads, held)
  for (const { artifactIds, ...member } of held) {
    for (const id of artifactIds) {
      const head = headOf.get(id)
      if (!head || !roleIn(head, member)) throw new Error('They may not see it.')
    }
  }
  await store.changedCredentials(
    held.map(({ session: id }) => ({ kind: 'session', id, memberRev: 0 })),
    now,
  )
}

type Work = () => Promise<void>

async function measure(meter: Meter, bytes: () => number, name: string, before: Work, work: Work) {
  const took: number[] = []
  const stalls: number[] = []
  let [cpu, sent, queries, queryMs] = [0, 0, 0, 0]
  // The first one prepares what the others find prepared.
  for (let round = -1; round < rounds; round++) {
    await before()
    await sleep(200)
    const [queriesBefore, queryMsBefore, bytesBefore] = [meter.queries, meter.queryMs, bytes()]
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const [cpuBefore, began] = [process.cpuUsage(), performance.now()]
    await work()
    const [end, { user, system }] = [performance.now(), process.cpuUsage(cpuBefore)]
    delay.disable()
    if (round < 0) continue
    took.push(end - began)
    stalls.push(Math.max(0, delay.max / 1e6 - 1))
    cpu += (user + system) / 1000 / rounds
    sent += (bytes() - bytesBefore) / rounds
    queries += (meter.queries - queriesBefore) / rounds
    queryMs += (meter.queryMs - queryMsBefore) / rounds
  }
  return {
    reconcile: name,
    'takes ms': round1(median(took)),
    "node's CPU ms": round1(cpu),
    'longest stall ms': round1(median(stalls)),
    queries: round1(queries),
    'in queries ms': round1(queryMs),
    'to and from the database': `${Math.round(sent / 1024)} KiB`,
  }
}

const round1 = (value: number): number => Math.round(value * 10) / 10

async function measureOn(place: Place): Promise<void> {
  const meter = openMeter()
  const { store, bytes, close } = await place.open(meter.metrics)
  const ground = await groundOn(store)
  const { watching, held } = await fill(ground)
  const press = startPress({ threads: 1 })
  const node = await startNode(ground, press, { reconcileEvery: 2 ** 30, metrics: meter.metrics })
  const watchers = await openWatchers(node.url, watching)
  const reconcile = (): Promise<void> =>
    new Promise(resolve => {
      meter.reconciled = resolve
      node.gateway.reconcileNow()
    })
  let told = 0
  const allTold = async (): Promise<void> => {
    while ((await watchers.told()) < told) await sleep(20)
  }
  let round = 0
  const change = async (): Promise<void> => {
    await allTold()
    told += changes
    const rev = ++round + 1
    const [orgId = ''] = held.map(one => one.orgId)
    await store.transaction(orgId, async tx => {
      for (const [n, { artifactIds }] of held.entries()) {
        const id = artifactIds[(n + round) % artifactIds.length] ?? ''
        const { rev: now = 0 } = (await tx.artifact(orgId, id)) ?? {}
        await tx.updateArtifact(orgId, id, { title: `Round ${rev}`, rev: now + 1, viewerRev: now + 1 })
      }
    })
  }
  const nothing = async (): Promise<void> => {}
  const row = (name: string, before: Work, work: Work) => measure(meter, bytes, name, before, work)
  const floor = await row('one row: the floor', nothing, () => store.readEpoch())
  const quiet = await row(`${rooms} rooms, quiet`, nothing, reconcile)
  const changed = await row(`${rooms} rooms, ${changes} changed`, change, reconcile)
  const old = await row(`${rooms} rooms, all read`, nothing, () => naive(store, held, ground.clock.now()))
  await allTold()
  console.table([floor, quiet, changed, old])
  const less = (of: 'takes ms' | "node's CPU ms") => round1(old[of] / quiet[of])
  console.log(
    `${place.name}: quiet takes 1/${less('takes ms')} of reading all, and 1/${less("node's CPU ms")} of its CPU.`,
  )
  console.log(
    `All ${await watchers.told()} changes were told, ${await node.counted('reconcile_repairs_total')} repairs counted.`,
  )
  await watchers.close()
  await node.close()
  await press.close()
  await close()
}

for (const place of [sqlite, postgres]) await measureOn(place)
