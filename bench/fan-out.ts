import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessTokenFor } from '../server/core/access-tokens.ts'
import { addMember, addOrg } from '../server/core/people.ts'
import type { Member } from '../server/core/records.ts'
import { newSession } from '../server/core/sign-in.ts'
import { openOffice } from '../server/operator/office.ts'
import type { Office } from '../server/operator/visit.ts'
import type { Published } from '../shared/api.ts'
import { newId } from '../shared/ids.ts'
import { freePort, type Serving, serveGalley } from '../test/galley-process.ts'
import { publicUrl } from '../test/ground.ts'
import { startPostgres } from '../test/postgres.ts'
import { startRedis } from '../test/redis.ts'
import { median } from './support/publisher.ts'
import { openWatchers, type Watchers } from './support/watchers.ts'

/**
 * What it costs to tell one viewer of one version: the CPU of all nodes together for each delivery, with all viewers on
 * one node and with the same viewers on two, in one run. Nodes and viewers are processes of their own; PostgreSQL and
 * Redis are not counted.
 */

const viewers = 2_000
const people = 200
const versions = 60
/** Milliseconds from one to the next: nothing is conflated. */
const pause = 250
const rounds = 3

interface Nodes {
  hosts: readonly string[]
  port: number
  serving: readonly Serving[]
}

/** As a balancer would send it on: to one node's own address, by the name that all of them have. */
async function send(nodes: Nodes, token: string, path: string, html: string): Promise<Published> {
  const [host] = nodes.hosts
  const headers = { Host: new URL(publicUrl).host, Authorization: `Bearer ${token}`, 'Content-Type': 'text/html' }
  const asked = request({ host, port: nodes.port, path, method: 'POST', headers })
  const answer = await new Promise<string>((resolve, reject) => {
    asked.once('error', reject).once('response', response => text(response).then(resolve, reject))
    asked.end(html)
  })
  return JSON.parse(answer) as Published
}

async function startNodes(count: number, env: Record<string, string>): Promise<Nodes> {
  const port = await freePort(3)
  const hosts = Array.from({ length: count }, (_, n) => `127.0.0.${n + 2}`)
  const serving = await Promise.all(
    hosts.map(host => serveGalley({ ...env, GALLEY_HOST: host, GALLEY_PORT: String(port) })),
  )
  return { hosts, port, serving }
}

/** Milliseconds of CPU that these processes have had. proc(5): fields 14 and 15, in hundredths of a second. */
async function cpuOf({ serving }: Nodes): Promise<number> {
  const used = serving.map(async ({ process: { pid } }) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return 10 * (Number(fields[11]) + Number(fields[12]))
  })
  return (await Promise.all(used)).reduce((sum, ms) => sum + ms, 0)
}

/** Bytes of memory that these processes have taken. */
async function memoryOf({ serving }: Nodes): Promise<number> {
  const taken = serving.map(async ({ process: { pid } }) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  })
  return (await Promise.all(taken)).reduce((sum, bytes) => sum + bytes, 0)
}

async function signIn({ world, identity }: Office, member: Member): Promise<string> {
  const session = newSession(newId('session', randomBytes), member, Date.now())
  await world.store.transaction(member.orgId, tx => tx.addSession(session))
  return (await identity.sessionCookie(session)).split(';')[0] ?? ''
}

const page = (line: string): string =>
  `<!doctype html><title>Report</title>${Array.from({ length: 400 }, (_, i) => `<p>Row ${i} of ${i * 7919}</p>`).join('\n')}<p>${line}</p>`

interface Cost {
  /** Milliseconds of CPU for each delivery. */
  delivery: number
  deliveries: number
  /** Milliseconds of CPU for each viewer that comes in, and bytes of memory that it takes. */
  entry: number
  memory: number
  /** Milliseconds of CPU that the same nodes with the same viewers take while nothing is published: in a second. */
  idle: number
}

async function measure(nodes: Nodes, office: Office, owner: Member, cookies: readonly string[]): Promise<Cost> {
  const token = await office.identity.accessToken(
    await createAccessTokenFor(office.world, owner, { name: 'bench', scope: 'full', expiresIn: 3600 }),
  )
  const { id } = await send(nodes, token, '/api/v1/artifacts', page('start'))
  await office.world.store.transaction(owner.orgId, tx =>
    tx.updateArtifact(owner.orgId, id, { audience: 'org', rev: 2 }),
  )
  const each = viewers / nodes.hosts.length
  const empty = { cpu: await cpuOf(nodes), memory: await memoryOf(nodes) }
  const watchers: Watchers[] = []
  for (const host of nodes.hosts) {
    const watching = Array.from({ length: each }, (_, n) => ({ cookie: cookies[n % people] ?? '', artifactIds: [id] }))
    watchers.push(await openWatchers(`http://${host}:${nodes.port}`, watching))
  }
  const told = async () => (await Promise.all(watchers.map(each => each.told()))).reduce((sum, n) => sum + n, 0)
  const full = { cpu: await cpuOf(nodes), memory: await memoryOf(nodes) }
  // Warm, and through with telling who is there.
  for (let n = 0; n < 20; n++) await publishOne(`warm ${n}`)
  await sleep(5_000)
  const quiet = await cpuOf(nodes)
  await sleep(5_000)
  const [before, began] = [await told(), await cpuOf(nodes)]
  for (let n = 0; n < versions; n++) await publishOne(`version ${n}`)
  for (let last = -1; last !== (await told()); await sleep(1_000)) last = await told()
  const cost = { deliveries: (await told()) - before, cpu: (await cpuOf(nodes)) - began }
  for (const each of watchers) await each.close()
  return {
    delivery: cost.cpu / cost.deliveries,
    deliveries: cost.deliveries,
    entry: (full.cpu - empty.cpu) / viewers,
    memory: (full.memory - empty.memory) / viewers,
    idle: (began - quiet) / 5,
  }

  async function publishOne(line: string): Promise<void> {
    await Promise.all([send(nodes, token, `/api/v1/artifacts/${id}/versions`, page(line)), sleep(pause)])
  }
}

const postgres = await startPostgres()
const redis = await startRedis()
const env = {
  DATABASE_URL: await postgres.createDatabase(),
  REDIS_URL: redis.url,
  GALLEY_PUBLIC_URL: publicUrl,
}
const costs: Record<1 | 2, Cost[]> = { 1: [], 2: [] }
try {
  const office = await openOffice(env, { make: true })
  const org = await addOrg(office.world, { name: 'Bench' })
  const members = []
  for (let n = 0; n < people; n++) {
    members.push(await addMember(office.world, { orgId: org.id, email: `${n}@bench.example`, role: 'member' }))
  }
  const cookies = await Promise.all(members.map(member => signIn(office, member)))
  const [owner] = members
  for (let round = 0; owner && round < rounds; round++) {
    for (const count of [1, 2] as const) {
      const nodes = await startNodes(count, env)
      costs[count].push(await measure(nodes, office, owner, cookies.slice()))
      await Promise.all(nodes.serving.map(node => node.stop()))
    }
  }
  await office.close()
} finally {
  await redis.close()
  await postgres.close()
}

const of = (count: 1 | 2, what: keyof Cost): number => median(costs[count].map(cost => cost[what]))
const floor = of(1, 'delivery')
console.log(`${viewers} viewers of one page, ${versions} versions, medians of ${rounds}\n`)
console.log(
  '| nodes | CPU for a delivery, µs | ratio | … for a viewer coming in, ms | memory of a viewer, KiB | idle CPU, ms/s |',
)
console.log('| --- | --- | --- | --- | --- | --- |')
for (const count of [1, 2] as const) {
  const row = [
    count,
    (of(count, 'delivery') * 1000).toFixed(1),
    (of(count, 'delivery') / floor).toFixed(2),
    of(count, 'entry').toFixed(2),
    (of(count, 'memory') / 1024).toFixed(0),
    of(count, 'idle').toFixed(1),
  ]
  console.log(`| ${row.join(' | ')} |`)
}
process.exit()
