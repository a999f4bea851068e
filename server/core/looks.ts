import { LRUCache } from 'lru-cache'
import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { AccessRefused } from './access.ts'
import { change, type Entry, systemActor, userActor } from './change.ts'
import { Later } from './later.ts'
import type { Actor, Log, Origin } from './ports.ts'
import type { View } from './records.ts'
import { Refusals } from './refusals.ts'
import type { Ground } from './world.ts'

type Shown = Pick<Artifact, 'id' | 'role' | 'shown'>
type Seen = Pick<View, 'orgId' | 'artifactId' | 'number' | 'memberId'>

interface Look extends Seen {
  actor: Actor
  origin: Origin
  at: number
}

/**
 * Who has looked at which version. An open page asks what is current again and again, which is one look for
 * limits.lookCounted: the row decides, through however many nodes it comes, and each remembers what it need not ask.
 * A page shared with everyone is opened by many at once, so looks are kept together. Where the owners of the organisation
 * have switched it off by then, nothing is kept of them.
 *
 * And who was refused what is there, which is kept alike, whatever the owners have switched off.
 */
export class Looks {
  private readonly world: Ground & { log: Log }
  private readonly counted = new LRUCache<string, true>({ max: limits.looksRemembered, ttl: limits.lookCounted })
  private readonly looks: Later<Look>
  private readonly refusals: Refusals

  constructor(world: Ground & { log: Log }) {
    this.world = world
    this.looks = new Later<Look>(
      (orgId, looks) => this.keep(orgId, looks),
      (looks, error) => {
        world.log.warn({ err: error, looks: looks.length }, 'That somebody looked was not kept.')
        this.forget(looks)
      },
    )
    this.refusals = new Refusals(world)
  }

  /** At one's own page it is none, nor is it one by a token that reads no pages. */
  saw(actor: Actor, origin: Origin, { id: artifactId, role, shown: { number } }: Shown): void {
    const { orgId, memberId, scope } = actor
    if (role === 'owner' || scope === 'publish') return
    const look = { orgId, artifactId, number, memberId, actor, origin, at: this.world.clock.now() }
    if (!this.looks.takesMore || this.counted.has(keyOf(look))) return
    this.counted.set(keyOf(look), true)
    this.looks.add(look)
  }

  /** After the answer, which must not tell. @param thrown whatever came of asking: only AccessRefused is kept */
  refused(actor: Actor, origin: Origin, artifactId: string, thrown: unknown): void {
    if (thrown instanceof AccessRefused) this.refusals.add(actor, origin, artifactId, thrown.refused)
  }

  /** What was seen until now is kept when this resolves. */
  async close(): Promise<void> {
    await Promise.all([this.looks.close(), this.refusals.close()])
  }

  private forget(looks: readonly Look[]): void {
    for (const look of looks) this.counted.delete(keyOf(look))
  }

  private keep(orgId: string, looks: readonly Look[]): Promise<void> {
    return change(this.world, systemActor, orgId, async tx => {
      const record: Entry[] = []
      if (!(await tx.settings(orgId)).viewTracking) {
        // None of them counts for the time after it is switched on again.
        this.forget(looks)
        return { result: undefined, record }
      }
      for (const { actor, origin, at, ...seen } of looks) {
        const { orgId, artifactId, number } = seen
        const version = await tx.version(orgId, artifactId, number)
        // Deleted meanwhile: its looks went with it.
        if (!version || !(await tx.addView(seen, at))) continue
        record.push({
          ...{ orgId, artifactId, versionId: version.id, details: { version: number } },
          type: 'claude_artifact_viewed',
          actor: userActor(actor, origin),
        })
      }
      return { result: undefined, record }
    })
  }
}

const keyOf = ({ artifactId, number, memberId }: Seen): string => `${artifactId} ${number} ${memberId}`
