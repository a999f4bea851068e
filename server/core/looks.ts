import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { limits } from '../../shared/limits.ts'
import { change, type Entry, systemActor, userActor } from './change.ts'
import type { Actor, Log, Origin } from './ports.ts'
import type { View } from './records.ts'
import type { Ground } from './world.ts'

/** Looks that one transaction keeps: the event loop has its turn between two. */
const batch = 50

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
 * by many at once.
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

  saw(actor: Actor, origin: Origin, artifactId: string, number: number): void {
    const { orgId, memberId } = actor
    const key = `${artifactId} ${number} ${memberId}`
    if (this.counted.has(key) || this.waiting.length >= limits.looksWaiting) return
    this.counted.set(key, true)
    this.waiting.push({ orgId, artifactId, number, memberId, actor, origin, at: this.world.clock.now() })
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
    return change(this.world, systemActor, looks[0]?.orgId ?? 'any', async tx => {
      const record: Entry[] = []
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
