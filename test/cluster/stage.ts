import { KiB } from '../../shared/limits.ts'
import { Chance } from '../faults/chance.ts'
import { Kept } from '../faults/kept.ts'
import { type Line, Publishers } from '../faults/publishers.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { Load } from './load.ts'
import { addPeople, ask, type Person } from './people.ts'
import { SharedPages } from './shared-pages.ts'
import type { Seat } from './viewer.ts'
import { Viewers } from './viewers.ts'

/** A viewer, and what it is to come to: the shared version, or nothing at all. */
export interface Placed {
  seat: Seat
  sees: 'shared' | 'nothing'
}

/** A cluster, those who publish to it, and those who look on. */
export interface Stage {
  cluster: Cluster
  /** Of all artifacts. */
  owner: Person
  members: readonly Person[]
  /** Members who have nothing open, and have not been asked for anything. */
  idle: Person[]
  publishers: Publishers
  load: Load
  kept: Kept
  chance: Chance
  /** What viewers were ever meant to see. */
  pages: SharedPages
  /** Artifacts that are there no more. */
  deleted: Set<string>
  viewers: Viewers
  audience: readonly Placed[]
  /** An artifact that the whole organisation sees, and that is published to all the while. */
  busy: string
  close(): Promise<void>
}

export interface Size {
  viewers: number
  /** That the viewers are spread over. */
  processes: number
  /** Members who have nothing open at first. */
  idle: number
  /** Repeats the choices, though not what the machine makes of them. */
  seed: number
}

/** Pages that come as deltas and pages that do not, none so large that the machine is busy with them alone. */
const lineTo = (to: string | undefined): Line => ({ to, types: ['text/html'], least: KiB, most: 64 * KiB })

export async function assemble({ viewers: count, processes, idle: spare, seed }: Size): Promise<Stage> {
  const closing: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.reverse()) await step()
  }
  try {
    const cluster = await startCluster()
    closing.push(() => cluster.close())
    const [owner, ...others] = await addPeople(cluster, peopleOf(10 + spare))
    if (!owner) throw new Error('Nobody was made a member.')
    const [members, idle] = [others.slice(0, 9), others.slice(9)]
    const chance = new Chance(seed)
    const publishers = new Publishers(cluster.url, owner.token, chance)
    const load = new Load(publishers)
    closing.push(() => load.end())
    const pages = await publishAll({ cluster, publishers, owner })
    const viewers = new Viewers(processes)
    closing.push(() => viewers.end())
    const audience = seatsFor({ cluster, owner, members, pages, count })
    await viewers.open(audience.map(({ seat }) => seat))
    for (const id of [...pages.open, pages.pinned, pages.moving, pages.hidden]) load.publish(lineTo(id))
    load.movePin(cluster, pages.moving, owner)
    const kept = new Kept(cluster, owner.token, chance)
    const [busy = ''] = pages.open
    const [deleted, shared] = [new Set<string>(), new SharedPages()]
    return {
      cluster,
      owner,
      members,
      idle,
      publishers,
      load,
      kept,
      chance,
      pages: shared,
      deleted,
      viewers,
      audience,
      busy,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** An artifact more, of the owner's; it counts among what must be kept. */
export async function publishNew({ publishers }: Pick<Stage, 'publishers'>): Promise<string> {
  return (await publishers.publish(lineTo(undefined))).answer?.id ?? ''
}

export async function share(
  { cluster, owner }: Pick<Stage, 'cluster' | 'owner'>,
  id: string,
  sharing: { audience: 'private' | 'people' | 'org'; people?: readonly Person[]; version?: number },
): Promise<void> {
  const { audience, version = 'latest', people = [] } = sharing
  const named = people.map(({ member }) => ({ email: member.email, role: 'viewer' }))
  const json = { audience, people: named, groups: [], version }
  await ask(cluster, `/artifacts/${id}/sharing`, { method: 'PUT', as: owner, json })
}

/** One for each way of sharing, and several that everyone sees. */
interface Pages {
  open: readonly string[]
  /** Viewers see the first version. */
  pinned: string
  /** Viewers see the first version or the latest, one after the other. */
  moving: string
  /** Nobody but its owner. */
  hidden: string
}

async function publishAll(stage: Pick<Stage, 'cluster' | 'publishers' | 'owner'>): Promise<Pages> {
  const open = await Promise.all(Array.from({ length: 6 }, () => publishNew(stage)))
  const [pinned, moving, hidden] = [await publishNew(stage), await publishNew(stage), await publishNew(stage)]
  for (const id of [...open, moving]) await share(stage, id, { audience: 'org' })
  await share(stage, pinned, { audience: 'org', version: 1 })
  return { open, pinned, moving, hidden }
}

const peopleOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `person-${n}@acme.example`)

interface Seating extends Pick<Stage, 'cluster' | 'owner' | 'members'> {
  pages: Pages
  count: number
}

/** Of ten viewers, six are members at what everyone sees, one is its owner, and one each is at another page. */
function seatsFor({ cluster, owner, members, pages, count }: Seating): Placed[] {
  const { open, pinned, moving, hidden } = pages
  const { url } = cluster
  const via = url.replace('localhost', '127.0.0.1')
  return Array.from({ length: count }, (_, n) => {
    const kind = n % 10
    const artifactId = kind === 7 ? pinned : kind === 8 ? moving : kind === 9 ? hidden : (open[n % open.length] ?? '')
    const person = kind === 6 ? owner : (members[n % members.length] ?? owner)
    const seat = { key: `viewer-${n}`, artifactId, url, via, credential: { cookie: person.cookie } }
    return { seat, sees: kind === 9 ? 'nothing' : 'shared' }
  })
}
