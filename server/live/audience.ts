import { setTimeout as sleep } from 'node:timers/promises'
import type { ArtifactEvent, InlineDelta, VersionEvent } from '../../shared/events.ts'
import { isNewer } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { Log } from '../core/ports.ts'
import type { Said, Stream } from './said.ts'

/** One room: those who watch one artifact as its publishers, or as its viewers. */
export interface Place {
  orgId: string
  artifactId: string
  stream: Stream
}

export type News = { name: 'version'; body: VersionEvent } | { name: 'artifact'; body: ArtifactEvent }

/** How an audience reaches its room, and what it needs for that. */
export interface Stage {
  log: Log
  /** How many sockets are in the room. */
  size(): number
  /** `newest` gives, whenever asked, what somebody who missed this should be told instead. */
  send(news: News, newest: () => VersionEvent): void
  inline(from: string, to: string): Promise<InlineDelta | undefined>
}

/**
 * Tells one room what is new: in order, each thing once, at most one every limits.conflation, the last one always.
 * Announcements and reconcile both come through `tell`, so neither can say what the other has said already.
 */
export class Audience {
  readonly place: Place
  private readonly stage: Stage
  /** What everybody in the room has been told at least; undefined until the first of them has read. */
  private told: Said | undefined
  private wanted: Said | undefined
  private telling = false
  private left = false

  constructor(place: Place, stage: Stage) {
    this.place = place
    this.stage = stage
  }

  size(): number {
    return this.stage.size()
  }

  /** Somebody in the room read this for themselves. The oldest reading counts: whoever had it misses what came since. */
  read(reading: Said): void {
    if (this.told === undefined || isOlder(reading, this.told)) this.told = reading
  }

  tell(news: Said): void {
    if (this.wanted === undefined || isNewer(news, this.wanted)) this.wanted = news
    if (!this.telling) void this.tellWanted()
  }

  /** The room is empty, or the artifact is gone: what is still to be said is not. */
  leave(): void {
    this.left = true
  }

  private async tellWanted(): Promise<void> {
    this.telling = true
    try {
      while (!this.left && this.wanted && isNewer(this.wanted, this.told)) {
        await this.say(this.wanted)
        await sleep(limits.conflation, undefined, { ref: false })
      }
    } catch (error) {
      this.stage.log.error({ err: error, artifactId: this.place.artifactId }, 'Could not tell a room what is new')
    } finally {
      this.telling = false
    }
  }

  private async say(news: Said): Promise<void> {
    const from = this.told?.shown
    const samePage = from?.sha256 === news.shown.sha256 && from.number === news.shown.number
    const inline = from && (await this.stage.inline(from.sha256, news.shown.sha256))
    if (this.left) return
    this.told = news
    this.stage.send(
      samePage
        ? { name: 'artifact', body: news.about }
        : { name: 'version', body: { ...this.version(news), ...inline } },
      () => this.version(this.told ?? news),
    )
  }

  private version(news: Said): VersionEvent {
    return { ...news.about, ...news.shown, viewers: this.stage.size() }
  }
}

const isOlder = (one: Said, other: Said): boolean => one.epoch === other.epoch && one.rev < other.rev
