import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { limits } from '../../shared/limits.ts'
import { change, userActor } from './change.ts'
import type { Actor, Log, Origin } from './ports.ts'
import type { View } from './records.ts'
import type { Ground } from './world.ts'

type Seen = Pick<View, 'orgId' | 'artifactId' | 'number' | 'memberId'>

interface Look extends Seen {
  actor: Actor
  origin: Origin
}

/**
 * Who has looked at which version. An open page asks what is current again and again, which is one look for
 * limits.lookCounted; and looks are kept together every limits.looksKept, since nobody waits for that and a page
 * shared with everyone is opened by many at once.
 */
export class Looks {
  private readonly world: Ground & { log: Log }
  private readonly counted = new LRUCache<string, true>({ max: limits.looksRemembered, ttl: limits.lookCounted })
  private waiting: Look[] = []
  private keeping: Promise<void> | undefined

  constructor(world: Ground & { log: Log }) {
    this.world = world
  }

  saw(actor: Actor, origin: Origin, artifactId: string, number: number): void {
    const { orgId, memberId } = actor
    const key = `${artifactId} ${number} ${memberId}`
    if (this.counted.has(key)) return
    this.counted.set(key, true)
    this.waiting.push({ orgId, artifactId, number, memberId, actor, origin })
    this.keeping ??= this.keepSoon()
  }

  /** What was seen until now is kept when this resolves. */
  async close(): Promise<void> {
    await this.keeping
  }

  private async keepSoon(): Promise<void> {
    await sleep(limits.looksKept)
    this.keeping = undefined
    const looks = this.waiting
    this.waiting = []
    for (const look of looks) {
      await this.keep(look).catch(error => {
        this.world.log.warn({ err: error, artifactId: look.artifactId }, 'That somebody looked was not kept.')
      })
    }
  }

  private keep({ actor, origin, ...seen }: Look): Promise<void> {
    return change(this.world, userActor(actor, origin), async (tx, at) => {
      const version = await tx.version(seen.orgId, seen.artifactId, seen.number)
      // Deleted meanwhile: its looks went with it.
      if (!version) return { result: undefined, record: [] }
      await tx.addView(seen, at)
      const { orgId, artifactId } = seen
      return {
        result: undefined,
        record: [
          {
            orgId,
            type: 'claude_artifact_viewed',
            artifactId,
            versionId: version.id,
            details: { version: seen.number },
          },
        ],
      }
    })
  }
}
