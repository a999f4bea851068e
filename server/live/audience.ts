import { setTimeout as sleep } from 'node:timers/promises'
import type { ArtifactEvent, InlineDelta, Position, VersionEvent } from '../../shared/events.ts'
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
  /**
   * `newest` gives, whenever asked, what somebody who missed this should be told instead; `heardAt` is when this node
   * heard of it, on performance.now()'s clock.
   */
  send(news: News, newest: () => VersionEvent, heardAt: number): void
  inline(from: string, to: string): Promise<InlineDelta | undefined>
}

/** Of no database: whatever is compared with it is newer. */
const nowhere: Position = { epoch: '', rev: 0 }

/**
 * Tells one room what is new: in order, each thing once, at most one every limits.conflation, the last one always.
 * Announcements and reconcile both come through `tell`, so neither can say what the other has said already.
 */
export class Audience {
  readonly place: Place
  private readonly stage: Stage
  /** What everybody in the room has been told at least; undefined until the first of them has read. */
  private told: Said | undefined
  /** Somebody in the room may have another page than that of `told`: they read for themselves between two tellings. */
  private strayed = false
  private wanted: { news: Said; heardAt: number } | undefined
  private seenAt: Position | undefined
  /** Of the newest change that was announced. */
  private heardAt: Position | undefined
  /** The oldest reading of those who came since the last look began. */
  private cameAt: Position | undefined
  private telling = false
  private left = false

  constructor(place: Place, stage: Stage) {
    this.place = place
    this.stage = stage
  }

  /**
   * The artifact's own position up to which everybody in the room is settled: allowed to be in it, and told, or about to
   * be. Whatever the database says that is not as this is, is to be looked at. Undefined: nothing is known.
   */
  get seen(): Position | undefined {
    return this.seenAt
  }

  /**
   * Somebody in the room read this for themselves, and who they are to the artifact as of `at`. The oldest reading
   * counts: whoever had it misses what came since.
   */
  read(reading: Said, at: Position): void {
    if (this.told && !isSamePage(reading, this.told)) this.strayed = true
    if (this.told === undefined || isOlder(reading, this.told)) this.told = reading
    this.seenAt = this.seenAt ? older(at, this.seenAt) : at
    this.cameAt = this.cameAt ? older(at, this.cameAt) : at
  }

  /** All who are in the room are about to be held against the database. */
  beginLook(): void {
    this.cameAt = undefined
  }

  /** They were, as of this, and what it says was told. Those who came meanwhile have their own readings. */
  endLook(at: Position): void {
    this.seenAt = this.cameAt ? older(at, this.cameAt) : at
  }

  /**
   * A change is announced that led here.
   * @returns whether there was none before it that was neither announced nor looked at: that one may have been who may
   * look, and what is new no business of somebody in the room any more
   */
  follows(at: Position): boolean {
    const known = [this.heardAt, this.seenAt].map(position => (position?.epoch === at.epoch ? position.rev : 0))
    const last = Math.max(...known)
    if (at.rev === last + 1) this.heardAt = at
    return at.rev <= last + 1
  }

  /** It could not be looked at: nobody in the room is settled any more. */
  forget(): void {
    this.seenAt = undefined
    this.heardAt = undefined
  }

  /** @returns whether somebody in the room had missed it: it was neither told before, nor about to be */
  tell(news: Said): boolean {
    const isWanted = isNewer(news, this.wanted?.news)
    const missed = this.told !== undefined && isNewer(news, this.told) && (isWanted || !this.telling)
    if (isWanted) this.wanted = { news, heardAt: performance.now() }
    if (!this.telling) void this.tellWanted()
    return missed
  }

  /** The room is empty, or the artifact is gone: what is still to be said is not. */
  leave(): void {
    this.left = true
  }

  private async tellWanted(): Promise<void> {
    this.telling = true
    try {
      while (!this.left && this.wanted && isNewer(this.wanted.news, this.told)) {
        await this.say(this.wanted.news, this.wanted.heardAt)
        await sleep(limits.conflation, undefined, { ref: false })
      }
    } catch (error) {
      this.seenAt = nowhere
      this.strayed = true
      this.stage.log.error({ err: error, artifactId: this.place.artifactId }, 'Could not tell a room what is new')
    } finally {
      this.telling = false
    }
  }

  private async say(news: Said, heardAt: number): Promise<void> {
    const before = this.told
    // A pin that has gone there and back is no news to the room, but to those who came or asked in between.
    const strayed = this.strayed
    this.strayed = false
    const inline = before && (await this.stage.inline(before.shown.sha256, news.shown.sha256))
    if (this.left) return
    this.told = news
    this.stage.send(
      before && isSamePage(before, news) && !strayed && !this.strayed
        ? { name: 'artifact', body: news.about }
        : { name: 'version', body: { ...this.version(news), ...inline } },
      () => this.version(this.told ?? news),
      heardAt,
    )
  }

  private version(news: Said): VersionEvent {
    return { ...news.about, ...news.shown, spread: this.stage.size() >= limits.fetchSpreadViewers }
  }
}

const isSamePage = ({ shown: one }: Said, { shown: other }: Said): boolean =>
  one.sha256 === other.sha256 && one.number === other.number

const isOlder = (one: Position, other: Position): boolean => one.epoch === other.epoch && one.rev < other.rev

/** `one` is current; of another epoch than that, `other` counts as the older. */
const older = (one: Position, other: Position): Position => (isOlder(one, other) ? one : other)
