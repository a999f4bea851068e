import { limits } from '../../shared/limits.ts'
import type { Announcement, Live } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import type { LiveServer } from './socket.ts'
import { announcedWord, type PresentWord, presentSaid } from './words.ts'

interface Hearers {
  /** Another node has kept it. */
  announced(announcement: Announcement): void
  /** It says who is there: whatever came. */
  present(word: unknown): void
  /** The database is not the one that it was. */
  restored(): void
}

/** What this node says to the others, and hears of them. Nothing relies on it, and nothing that is heard can throw. */
export class Between implements Live {
  private readonly io: LiveServer
  private readonly world: Pick<World, 'log' | 'metrics' | 'store'>
  private readonly hearers: Hearers
  private epochRead = false

  constructor(io: LiveServer, world: Pick<World, 'log' | 'metrics' | 'store'>, hearers: Hearers) {
    this.io = io
    this.world = world
    this.hearers = hearers
    io.on('announced', body => this.hear(body))
    io.on('present', body => this.hearPresent(body))
  }

  announce(announcement: Announcement): void {
    const { log, metrics, store } = this.world
    try {
      this.io.serverSideEmit('announced', { epoch: store.epoch, announcement })
      metrics.count('announcements_sent')
    } catch (error) {
      log.error({ err: error, kind: announcement.kind }, 'Could not announce a change to other nodes; reconcile will')
    }
  }

  /** Who is here. */
  say(word: PresentWord): void {
    try {
      this.io.serverSideEmit('present', { epoch: this.world.store.epoch, word })
    } catch (error) {
      this.world.log.warn({ err: error }, 'Could not tell the other nodes who is here')
    }
  }

  /**
   * One of another epoch is not acted on: it is of a copy of this database, or the database was restored and one of the
   * two has not noticed.
   */
  private hear(body: unknown): void {
    const { log, metrics, store } = this.world
    const { data: word } = announcedWord.safeParse(body)
    if (word?.epoch !== store.epoch) {
      metrics.count('announcements_ignored')
      if (word) void this.lookForEpoch()
      return
    }
    metrics.count('announcements_heard')
    try {
      this.hearers.announced(word.announcement)
    } catch (error) {
      log.error({ err: error, kind: word.announcement.kind }, 'Could not tell a change; reconcile will')
    }
  }

  /** Of another epoch, they are people of a copy of this database, whose pages have the same ids. */
  private hearPresent(body: unknown): void {
    const { data } = presentSaid.safeParse(body)
    if (data?.epoch === this.world.store.epoch) this.hearers.present(data.word)
  }

  /** At most once in limits.epochRead: the announcements of a copy that shares this Redis never stop. */
  private async lookForEpoch(): Promise<void> {
    if (this.epochRead) return
    this.epochRead = true
    setTimeout(() => {
      this.epochRead = false
    }, limits.epochRead).unref()
    const { log, store } = this.world
    const before = store.epoch
    try {
      await store.readEpoch()
    } catch (error) {
      log.warn({ err: error }, 'Could not read whether the database was restored; reconcile will')
      return
    }
    if (store.epoch !== before) this.hearers.restored()
  }
}
