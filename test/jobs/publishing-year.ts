import { Deltas } from '../../server/core/deltas.ts'
import type { Upload } from '../../server/core/draft.ts'
import { remove, rename, restore } from '../../server/core/edit.ts'
import { addMember, addOrg } from '../../server/core/people.ts'
import type { Actor } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import type { Member } from '../../server/core/records.ts'
import { takeBack } from '../../server/core/retain.ts'
import { previewSettings, updateSettings } from '../../server/core/settings.ts'
import { share } from '../../server/core/share.ts'
import type { Store } from '../../server/core/store-ports.ts'
import type { World } from '../../server/core/world.ts'
import type { Press } from '../../server/render/press.ts'
import type { SettingsEffects } from '../../shared/admin.ts'
import { audiences, type SharingUpdate } from '../../shared/api.ts'
import type { Chance } from '../faults/chance.ts'
import { type GroundOn, groundOn, nowhere, silent } from '../ground.ts'
import { KeptPages, type Page, type Periods } from './kept-pages.ts'

const day = 24 * 60 * 60 * 1000

interface Team {
  orgId: string
  owner: Actor
  /** The owner is one of them. */
  actors: readonly Actor[]
  members: readonly Member[]
}

/** Three organisations that publish, share, delete and take back, by the rules themselves; and what should come of it. */
export class PublishingYear {
  readonly expected = new KeptPages()
  readonly ground: GroundOn
  private readonly world: World
  private readonly chance: Chance
  private readonly teams = new Map<string, Team>()

  private constructor(ground: GroundOn, press: Press, chance: Chance) {
    this.ground = ground
    this.world = { ...ground, press, deltas: new Deltas(ground.store, press), log: silent }
    this.chance = chance
  }

  static async begin(store: Store, press: Press, chance: Chance): Promise<PublishingYear> {
    const year = new PublishingYear(await groundOn(store), press, chance)
    for (const [name, periods] of [
      ['Acme', { private: 14, shared: 30 }],
      ['Beta', { private: 3, shared: 60 }],
      ['Gamma', { private: null, shared: null }],
    ] as const) {
      await year.found(name)
      await year.choose(name, periods)
    }
    return year
  }

  /** By an owner. @returns what was said beforehand that it would do */
  async choose(name: string, periods: Periods): Promise<SettingsEffects['expiring']> {
    const { orgId, owner } = this.team(name)
    const patch = { retentionPrivateDays: periods.private, retentionSharedDays: periods.shared }
    const { expiring } = await previewSettings(this.world, owner, patch)
    await updateSettings(this.world, owner, nowhere, patch)
    this.expected.periods.set(orgId, periods)
    return expiring
  }

  orgId(name: string): string {
    return this.team(name).orgId
  }

  async publish(): Promise<void> {
    const { actors } = this.oneOf([...this.teams.values()])
    const owner = this.oneOf(actors)
    const { id } = (await publishNew(this.world, owner, nowhere, upload(1))).published
    const page: Page = {
      ...{ id, orgId: owner.orgId, ownerId: owner.memberId, audience: 'private', versions: 1, pinned: null },
      ...{ keptFrom: this.now, deleted: undefined },
    }
    this.expected.pages.set(id, page)
    await this.share(page)
  }

  /** Whatever people do all day to the pages that are there. */
  async something(): Promise<void> {
    const deleted = this.expected.deleted()
    if (deleted.length > 0 && this.chance.below(5) === 0) return this.takeBack(this.oneOf(deleted))
    const living = this.expected.living()
    if (living.length === 0) return
    const deeds = [
      'publish',
      'publish',
      'publish',
      'same',
      'rename',
      'share',
      'share',
      'pin',
      'look',
      'remove',
    ] as const
    const page = this.oneOf(living)
    switch (this.oneOf(deeds)) {
      case 'publish':
        await publishVersion(this.world, this.ownerOf(page), nowhere, page.id, upload(++page.versions), 'any')
        page.keptFrom = this.now
        return
      case 'same':
        await publishVersion(this.world, this.ownerOf(page), nowhere, page.id, upload(page.versions), 'any')
        page.keptFrom = this.now
        return
      case 'rename':
        await rename(this.world, this.ownerOf(page), nowhere, page.id, { title: `Renamed at ${this.now}` })
        return
      case 'share':
        return this.share(page)
      case 'pin':
        page.pinned = page.pinned === null ? 1 : null
        return this.put(page)
      case 'look':
        return this.look(page)
      case 'remove':
        await remove(this.world, this.ownerOf(page), nowhere, page.id)
        page.deleted = { by: 'person', eraseAt: this.now + day }
    }
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[this.chance.below(items.length)] as T
  }

  private get now(): number {
    return this.ground.clock.now()
  }

  private async share(page: Page): Promise<void> {
    page.audience = this.oneOf(audiences)
    await this.put(page)
  }

  private async put(page: Page): Promise<void> {
    const { members } = this.teamOf(page)
    const people = members.slice(-1).map(({ email }) => ({ email, role: 'viewer' as const }))
    const update: SharingUpdate = { audience: page.audience, people, groups: [], version: page.pinned ?? 'latest' }
    await share(this.world, this.ownerOf(page), nowhere, page.id, update)
  }

  private async look({ orgId, id: artifactId, versions: number, ownerId }: Page): Promise<void> {
    await this.ground.store.transaction(orgId, tx =>
      tx.addViews([{ orgId, artifactId, number, memberId: ownerId, at: this.now }]),
    )
  }

  /** The author, or an owner of the organisation: it begins anew, but for an author who takes back their own deletion. */
  private async takeBack(page: Page): Promise<void> {
    const byAuthor = this.chance.below(2) === 0
    if (byAuthor) await restore(this.world, this.ownerOf(page), nowhere, page.id)
    else await takeBack(this.world, this.teamOf(page).owner, nowhere, page.id)
    if (!byAuthor || page.deleted?.by === 'retention') page.keptFrom = this.now
    page.deleted = undefined
  }

  private async found(name: string): Promise<void> {
    const { id: orgId } = await addOrg(this.ground, { name })
    const members: Member[] = []
    for (const role of ['owner', 'member', 'member', 'member'] as const) {
      members.push(await addMember(this.ground, { orgId, email: `${members.length}@${name}.example`, role }))
    }
    const actors = members.map(actorOf)
    this.teams.set(name, { orgId, owner: actors[0] as Actor, actors, members })
  }

  private team(name: string): Team {
    return this.teams.get(name) as Team
  }

  private teamOf(page: Page): Team {
    return [...this.teams.values()].find(({ orgId }) => orgId === page.orgId) as Team
  }

  private ownerOf(page: Page): Actor {
    return this.teamOf(page).actors.find(({ memberId }) => memberId === page.ownerId) as Actor
  }
}

const actorOf = ({ orgId, id, rev }: Member): Actor => ({
  ...{ orgId, memberId: id, memberRev: rev, scope: 'full' },
  credential: { kind: 'session', id: `sess_${id}`, expiresAt: Number.MAX_SAFE_INTEGER },
})

const upload = (number: number): Upload => ({
  body: Buffer.from(`<!doctype html><title>Page</title><p>Version ${number}`),
  ...{ bodyEncoding: 'identity', type: 'text/html', query: {}, idempotencyKey: undefined },
})
