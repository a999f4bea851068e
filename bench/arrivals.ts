import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { share } from '../server/core/share.ts'
import type { Store } from '../server/core/store-ports.ts'
import { startPress } from '../server/render/start-press.ts'
import { openPostgresStore } from '../server/store/postgres.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { newId } from '../shared/ids.ts'
import { limits } from '../shared/limits.ts'
import { groundOn, nowhere, signedIn, silent } from '../test/ground.ts'
import { publish, report, startNode } from '../test/live/nodes.ts'
import { sharedPostgres } from '../test/postgres.ts'
import { gatherCrowd } from './support/crowd.ts'
import { median } from './support/publisher.ts'

/**
 * What becomes of a node to which very many viewers come at once, as after an outage: how long until each has its answer,
 * what each costs the node, and how long somebody else's read takes meanwhile, and somebody's change in the same
 * organisation: that each has looked is kept as well. Beside it, a third of them.
 */

const crowds = [1_000, 3_000]

interface Place {
  name: string
  open(): Promise<{ store: Store; close(): Promise<void> }>
}

const sqlite: Place = {
  name: 'SQLite',
  async open() {
    const dataDir = await mkdtemp(join(tmpdir(), 'galley-bench-'))
    const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
    return { store, close: () => store.close().then(() => rm(dataDir, { recursive: true })) }
  },
}

const postgres: Place = {
  name: 'PostgreSQL',
  async open() {
    const server = await sharedPostgres()
    const store = await openPostgresStore({ url: await server.createDatabase(), random: randomBytes, log: silent })
    return { store, close: () => store.close() }
  },
}

async function measure(place: Place, size: number) {
  const { store, close } = await place.open()
  const ground = await groundOn(store)
  const press = startPress({ threads: 1 })
  const node = await startNode(ground, press)
  const { member, actor } = await signedIn(ground)
  const { orgId } = member
  const { id: artifactId } = await publish(node.world, actor, report('one'))
  await share(node.world, actor, nowhere, artifactId, { audience: 'org', people: [], groups: [], version: 'latest' })
  const crowd = await gatherCrowd({ url: node.url, cookies: await sessions(ground, orgId, size), artifactId })
  const reads = await againAndAgain(() => store.reach(orgId, artifactId, member.id))
  const changes = await againAndAgain(() =>
    store.transaction(orgId, tx => tx.updateArtifact(orgId, artifactId, { icon: '📄' })),
  )
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpuBefore = process.cpuUsage()
  const { answered, retries } = await crowd.come()
  const { user, system } = process.cpuUsage(cpuBefore)
  delay.disable()
  const [others, changed] = [await reads.stop(), await changes.stop()]
  await untilLooksAreKept(store, orgId, size)
  await crowd.close()
  await node.close()
  await press.close()
  await close()
  return {
    viewers: `${place.name}: ${size} at once`,
    'half answered s': seconds(median(answered)),
    'all answered s': seconds(Math.max(...answered)),
    'tries again': retries,
    "node's CPU ms each": round((user + system) / 1000 / size, 2),
    'longest stall ms': round(delay.max / 1e6 - 1, 0),
    "another's read, median ms": round(median(others), 1),
    "another's read, longest ms": round(Math.max(...others), 0),
    'a change, median ms': round(median(changed), 1),
    'a change, longest ms': round(Math.max(...changed), 0),
  }
}

const seconds = (ms: number): number => round(ms / 1000, 1)
const round = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Of as many members. */
async function sessions(
  { store, identity, random, clock }: Awaited<ReturnType<typeof groundOn>>,
  orgId: string,
  count: number,
): Promise<string[]> {
  const createdAt = clock.now()
  const all = Array.from({ length: count }, (_, n) => ({
    ...{ id: newId('session', random), orgId, memberId: newId('member', random), createdAt },
    ...{ email: `${n}@acme.example`, expiresAt: createdAt + limits.session, revokedAt: null },
  }))
  await store.transaction(orgId, async tx => {
    for (const { memberId: id, email, expiresAt, ...session } of all) {
      await tx.addMember({
        id,
        orgId,
        email,
        name: email,
        role: 'member',
        rev: 0,
        roleId: null,
        createdAt,
        removedAt: null,
      })
      await tx.addSession({ ...session, memberId: id, expiresAt })
    }
  })
  return Promise.all(all.map(async session => (await identity.sessionCookie(session)).split(';')[0] ?? ''))
}

async function untilLooksAreKept(store: Store, orgId: string, count: number): Promise<void> {
  while ((await store.counts(orgId)).views < count) await sleep(100)
}

async function againAndAgain(work: () => Promise<unknown>) {
  const took: number[] = []
  let stopped = false
  const reading = (async () => {
    while (!stopped) {
      const began = performance.now()
      await work()
      took.push(performance.now() - began)
      await sleep(10)
    }
  })()
  return {
    async stop(): Promise<number[]> {
      stopped = true
      await reading
      return took
    },
  }
}

const rows: object[] = []
for (const place of [sqlite, postgres]) for (const size of crowds) rows.push(await measure(place, size))
console.table(rows)
await (await sharedPostgres()).close()
