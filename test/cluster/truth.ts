import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Placed, Stage } from './stage.ts'
import type { Sight } from './viewer.ts'

/** Milliseconds: so long after a fault is over, every viewer is right. */
export const promised = 15_000

/** What viewers of an artifact are to see. */
interface Shared {
  number: number
  sha256: string
}

type Truth = ReadonlyMap<string, Shared>

/** Of every artifact that is not deleted: read from the database, past the nodes. */
async function sharedVersions(cluster: Cluster): Promise<Truth> {
  const rows = await cluster.rows(`select f.id, v.number, v.sha256 from artifacts f
    join versions v on v.artifact_id = f.id and v.number = coalesce(f.pinned, f.latest)
    where f.deleted_at is null`)
  return new Map(rows.map(({ id, number, sha256 }) => [String(id), { number: Number(number), sha256: String(sha256) }]))
}

/**
 * Resolves once every one of them is right, while nobody publishes.
 * @param deadline milliseconds since 1970
 * @throws Error that names those who are not by then
 */
export async function allRight(stage: Stage, audience: readonly Placed[], deadline: number): Promise<void> {
  const truth = await sharedVersions(stage.cluster)
  for (;;) {
    const sights = await stage.viewers.look()
    const wrong = audience.flatMap(placed => {
      const what = complaint(placed, sights.get(placed.seat.key), truth)
      return what === undefined ? [] : [{ key: placed.seat.key, what }]
    })
    if (wrong.length === 0) return
    if (Date.now() > deadline) throw new Error(`${wrong.length} viewers are not right: ${await inDetail(stage, wrong)}`)
    await sleep(100)
  }
}

/** Of the first, all that it went through; of some more, how they are. */
async function inDetail(stage: Stage, wrong: readonly { key: string; what: string }[]): Promise<string> {
  const [first] = wrong
  const diary = (await stage.viewers.look({ closely: true })).get(first?.key ?? '')?.diary ?? []
  return [...wrong.slice(0, 8).map(({ what }) => what), `${first?.key}:`, ...diary].join('\n')
}

/** Those who may not see it are told so, and have nothing on screen. */
function complaint({ seat, sees }: Placed, sight: Sight | undefined, truth: Truth): string | undefined {
  const { status, number, sha256 } = sight ?? {}
  const is = `${seat.key} is ${status} with version ${number}`
  if (sees === 'nothing') return isOut(sight) ? undefined : `${is}, and may see nothing`
  const shared = truth.get(seat.artifactId)
  const isConnected = status === 'live' || status === 'polling'
  const isSame = number === shared?.number && sha256 === shared?.sha256
  return isConnected && isSame ? undefined : `${is}, not ${shared?.number}`
}

/** It knows that it may see this page no more, or never could. */
export const isOut = (sight: Sight | undefined): boolean =>
  sight !== undefined && ['not_found', 'signed_out', 'deleted'].includes(sight.status)
