import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Artifact } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { change, type Entry, systemActor, userActor } from './change.ts'
import type { Actor, Log, Origin } from './ports.ts'
import type { View } from './records.ts'
import type { Ground } from './world.ts'

/** Looks that one transaction keeps: the event loop has its turn between two. */
const batch = 50

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
 * Looks are kept together every limits.looksKept, since nobody waits for that and a page shared with everyone is opened
 * by many at once. Where the owners of the organisation have switched it off by then, nothing is kept of them.
 */
export class Looks {
  private readonly world: Ground & { log: Log }
  private readonly counted = new LRUCache<string, true>({ max: limits.looksRemembered, ttl: limits.lookCounted })
  private waiting: Look[] = []
  private keeping: Promise<void> | undefined
  private readonly closing = new AbortController()

  constructor(world: Ground & { log: Log }) {
    this.world = world
  }

  /** At one's own page it is none, nor is it one by a token that reads no pages. */
  saw(actor: Actor, origin: Origin, { id: artifactId, role, shown: { number } }: Shown): void {
    const { orgId, memberId, scope } = actor
    if (role === 'owner' || scope === 'publish') return
    const look = { orgId, artifactId, number, memberId, actor, origin, at: this.world.clock.now() }
    if (this.closing.signal.aborted || this.counted.has(keyOf(look))) return
    if (this.waiting.length >= limits.looksWaiting) return
    this.counted.set(keyOf(look), true)
    this.waiting.push(look)
    this.keeping ??= this.keepSoon()
  }

  /** What was seen until now is kept when this resolves. */
  async close(): Promise<void> {
    this.closing.abort()
    await this.keeping
  }

  private async keepSoon(): Promise<void> {
    await sleep(limits.looksKept, undefined, { signal: this.closing.signal }).catch(() => {})
    while (this.waiting.length > 0) {
      const looks = this.nextOfOneOrg()
      await this.keep(looks).catch(error => {
        this.world.log.warn({ err: error, looks: looks.length }, 'That somebody looked was not kept.')
      })
      await setImmediate()
    }
    this.keeping = undefined
  }

  /** Of one, so that no other has to wait for this one's transaction. */
  private nextOfOneOrg(): Look[] {
    const orgId = this.waiting[0]?.orgId
    const looks = this.waiting.filter(look => look.orgId === orgId).slice(0, batch)
    const taken = new Set(looks)
    this.waiting = this.waiting.filter(look => !taken.has(look))
    return looks
  }

  private keep(looks: readonly Look[]): Promise<void> {
    const { orgId = 'any' } = looks[0] ?? {}
    return change(this.world, systemActor, orgId, async tx => {
      const record: Entry[] = []
      if (!(await tx.settings(orgId)).viewTracking) {
        // None of them counts for the time after it is switched on again.
        for (const look of looks) this.counted.delete(keyOf(look))
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
