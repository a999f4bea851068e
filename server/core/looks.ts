import { LRUCache } from 'lru-cache'
import type { Role } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { AccessRefused } from './access.ts'
import { change, type Entry, systemActor, userActor } from './change.ts'
import { Later } from './later.ts'
import type { Actor, Log, Origin } from './ports.ts'
import { Refusals } from './refusals.ts'
import type { NewView } from './store-ports.ts'
import type { Ground } from './world.ts'

interface Shown {
  id: string
  role: Role
  shown: { number: number }
}

/** A preview is the picture of a page in a list. */
type As = 'page' | 'preview'

interface Look extends NewView {
  as: As
  actor: Actor
  origin: Origin
}

/**
 * Who has looked at which version. An open page asks what is current again and again, which is one look for
 * limits.lookCounted: the row decides, through however many nodes it comes, and each remembers what it need not ask.
 * A page shared with everyone is opened by many at once, so looks are kept together. Where the owners of the organisation
 * have switched it off by then, nothing is kept of them.
 *
 * A list that pictures a page has given it away as well: the log says so, and the page's author is not told of a look.
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
    const unkept = 'That somebody looked was not kept.'
    this.looks = new Later<Look>({
      keep: (orgId, looks) => this.keep(orgId, looks),
      batch: 200,
      lost: (looks, error) => {
        world.log.warn({ err: error, looks: looks.length }, unkept)
        this.forget(looks)
      },
      overflowed: looks => world.log.warn({ looks }, unkept),
    })
    this.refusals = new Refusals(world)
  }

  /** At one's own page it is none, nor is it one by a token that reads no pages. */
  saw(actor: Actor, origin: Origin, { id: artifactId, role, shown: { number } }: Shown, as: As = 'page'): void {
    const { orgId, memberId, scope } = actor
    if (role === 'owner' || scope === 'publish') return
    const look = { orgId, artifactId, number, memberId, as, actor, origin, at: this.world.clock.now() }
    // Who has the page open needs no picture.
    if (this.counted.has(keyOf(look)) || this.counted.has(keyOf({ ...look, as: 'page' }))) return
    if (!this.looks.add(look)) return
    this.counted.set(keyOf(look), true, { ttl: as === 'preview' ? limits.previewCounted : limits.lookCounted })
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
      if (!(await tx.settings(orgId)).viewTracking) {
        // None of them counts for the time after it is switched on again.
        this.forget(looks)
        return { result: undefined, record: [] }
      }
      const versions = await tx.versionIds(orgId, looks)
      const idOf = new Map(versions.map(version => [placeOf(version), version.id]))
      // Deleted meanwhile: its looks went with it.
      const there = [...new Map(looks.map(look => [keyOf(look), look])).values()].filter(look =>
        idOf.has(placeOf(look)),
      )
      const counting = await tx.addViews(there.filter(({ as }) => as === 'page'))
      const counted = new Set(counting.map(view => keyOf({ ...view, as: 'page' })))
      const record = there
        .filter(look => look.as === 'preview' || counted.has(keyOf(look)))
        .map(look => entryOf(look, idOf.get(placeOf(look)) ?? null))
      return { result: undefined, record }
    })
  }
}

const entryOf = ({ as, orgId, artifactId, number, actor, origin }: Look, versionId: string | null): Entry => ({
  type: as === 'page' ? 'claude_artifact_viewed' : 'galley_artifact_previewed',
  ...{ orgId, artifactId, versionId, details: { version: number } },
  actor: userActor(actor, origin),
})

const placeOf = ({ artifactId, number }: Pick<NewView, 'artifactId' | 'number'>): string => `${artifactId} ${number}`

const keyOf = ({ as, memberId, ...place }: Omit<NewView, 'orgId' | 'at'> & { as: As }): string =>
  `${as} ${placeOf(place)} ${memberId}`
