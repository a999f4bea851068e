import { LRUCache } from 'lru-cache'
import { limits } from '../../shared/limits.ts'
import type { AccessRefused } from './access.ts'
import { change, type Entry, systemActor, userActor } from './change.ts'
import { Later } from './later.ts'
import type { Actor, Log, Origin } from './ports.ts'
import type { Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

interface Refusal {
  orgId: string
  memberId: string
  artifactId: string
  refused: AccessRefused['refused']
  actor: Actor
  origin: Origin
}

/**
 * Who was refused which page: once in limits.lookCounted each, through however many nodes. It must not tell whether there
 * is such a page, so of one that there is not the same is remembered, and written, and only the audit log has no row of it.
 */
export class Refusals {
  private readonly world: Ground
  private readonly counted = new LRUCache<string, true>({ max: limits.looksRemembered, ttl: limits.lookCounted })
  private readonly later: Later<Refusal>

  constructor(world: Ground & { log: Log }) {
    this.world = world
    const unkept = 'That somebody was refused a page was not kept.'
    this.later = new Later<Refusal>({
      keep: (orgId, refusals) => this.keep(orgId, refusals),
      batch: 50,
      lost: (refusals, error) => {
        world.log.warn({ err: error, refusals: refusals.length }, unkept)
        for (const refusal of refusals) this.counted.delete(keyOf(refusal))
      },
      overflowed: refusals => world.log.warn({ refusals }, unkept),
    })
  }

  /** @param asked any text: what is too long for an id is kept as far as ids go */
  add(actor: Actor, origin: Origin, asked: string, refused: AccessRefused['refused']): void {
    const { orgId, memberId } = actor
    const artifactId = asked.slice(0, limits.idChars)
    const refusal = { orgId, memberId, artifactId, refused, actor, origin }
    if (this.counted.has(keyOf(refusal)) || !this.later.add(refusal)) return
    this.counted.set(keyOf(refusal), true)
  }

  close(): Promise<void> {
    return this.later.close()
  }

  private keep(orgId: string, refusals: readonly Refusal[]): Promise<void> {
    return change(this.world, systemActor, orgId, async (tx, at) => {
      const record: Entry[] = []
      for (const refusal of refusals) {
        const entry = await entryOf(tx, refusal)
        const counts = await tx.addRefusal(refusal, at)
        if (entry && counts) record.push(entry)
      }
      return { result: undefined, record }
    })
  }
}

const keyOf = ({ memberId, artifactId }: Refusal): string => `${memberId} ${artifactId}`

/** undefined: there is no such page, or the version that was asked for is none, or was shown to them before. */
async function entryOf(tx: Transaction, refusal: Refusal): Promise<Entry | undefined> {
  const { orgId, artifactId, refused, actor, origin } = refusal
  const version = await tx.version(orgId, artifactId, refused?.number ?? 0)
  if (!refused) return undefined
  const { why, action, number } = refused
  // An open page may ask for what was newest a moment ago.
  if (why === 'version' && version?.sharedAt !== null) return undefined
  return {
    ...{ type: 'claude_artifact_access_failed', orgId, artifactId, versionId: version?.id ?? null },
    details: { reason: reasons[why], action, ...(number !== undefined && { version: number }) },
    actor: userActor(actor, origin),
  }
}

/** As the audit log has them. */
const reasons = {
  unseen: 'not_shared',
  role: 'role',
  scope: 'scope',
  closed: 'publishing_disabled',
  version: 'version_not_shared',
} as const satisfies Record<NonNullable<AccessRefused['refused']>['why'], string>
