import type { ArtifactList } from '../../shared/api.ts'
import { type Choice, isSameChoice } from '../../shared/choice.ts'
import type { GalleryReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import {
  backoff,
  Connection,
  type ConnectionState,
  type Ending,
  type Fetched,
  type Network,
  type Status,
  type Subject,
} from '../network/connection.ts'
import { isSignedOut } from '../network/http.ts'
import type { Life } from '../network/life.ts'
import { type Deletion, Deletions } from './deletions.ts'
import { extended, type List, listOf, type Row, renewed } from './list.ts'
import { type Read, readList, readPage } from './read.ts'

export interface View {
  status: Status | Ending
  choice: Choice
  /** What is shown is what was chosen: until it has been read, rows are those of the choice before. */
  isRead: boolean
  rows: readonly Row[]
  /** Below the rows. */
  older: 'none' | 'some' | 'loading' | 'failed'
  /** The connection stands, and yet the list could not be read several times in a row: it may not be current. */
  failing: boolean
  /** The organisation's owners have closed its pages: there are none to list until they open them. */
  closed: boolean
  /** What keeps the member from publishing, as a sentence for them; null: nothing does. */
  barred: string | null
  deletions: readonly Deletion[]
}

export interface GalleryOptions {
  /** As the page came with it. */
  choice: Choice
  /** Null: the pages are closed. */
  list: ArtifactList | null
  barred: string | null
  network: Network
  life: Life
}

/** One of a member's lists of artifacts, kept current on screen until closed. */
export interface Gallery {
  /** Calls the listener at once, and again at every change. @returns a function that ends the subscription */
  subscribe(listener: (view: View) => void): () => void
  /** Another list, or the same looked through or sorted otherwise. */
  choose(choice: Choice): void
  loadOlder(): void
  remove(id: string, title: string): void
  restore(id: string): void
  /** Nothing more is to be said of this deletion. */
  dismiss(id: string): void
  close(): void
}

/** To watchGallery; the list itself is read over HTTP. */
type Answer = Pick<Extract<GalleryReply, { ok: true }>, 'barred'>

const nothing: List = { rows: [], nextCursor: null }

export const openGallery = (options: GalleryOptions): Gallery => new Open(options)

class Open implements Gallery {
  private readonly options: GalleryOptions
  private readonly connection: Connection<Answer>
  private readonly deletions: Deletions
  private readonly listeners = new Set<(view: View) => void>()
  private readonly endSubscription: () => void
  private choice: Choice
  private list: List
  private isRead = true
  private status: Status = 'connecting'
  private ending: Ending | undefined
  private older: 'idle' | 'loading' | 'failed' = 'idle'
  /** Readings come one after the other, so that none overtakes a newer one. */
  private readings: Promise<unknown> = Promise.resolve()
  /** One that has not begun will also see what changes now. */
  private isAwaited = false
  private misses = 0
  private closed: boolean
  private barred: string | null
  private nextTry: ReturnType<typeof setTimeout> | undefined

  constructor(options: GalleryOptions) {
    const { choice, list, barred, network, life } = options
    this.options = options
    this.choice = choice
    this.list = list ? listOf(list) : nothing
    this.closed = list === null
    this.barred = barred
    this.deletions = new Deletions({
      http: network,
      changed: () => this.tell(),
      done: () => this.refresh(),
      signedOut: () => this.end('signed_out'),
    })
    this.connection = new Connection({ network, subject: this.subject(), hear: state => this.onState(state) })
    this.endSubscription = life.subscribe(event => this.onLife(event))
    this.connection.start()
  }

  subscribe(listener: (view: View) => void): () => void {
    this.listeners.add(listener)
    listener(this.view())
    return () => this.listeners.delete(listener)
  }

  choose(choice: Choice): void {
    if (isSameChoice(choice, this.choice)) return
    // What is looked for, or sorted, is still of use until the answer comes; another list is not.
    if (choice.list !== this.choice.list) this.list = nothing
    this.choice = choice
    this.isRead = false
    this.older = 'idle'
    this.tell()
    this.refresh()
  }

  loadOlder(): void {
    if (this.older === 'loading' || this.list.nextCursor === null) return
    this.older = 'loading'
    this.tell()
    void this.inTurn(() => this.readOlder())
  }

  remove(id: string, title: string): void {
    this.deletions.remove(id, title)
  }

  restore(id: string): void {
    void this.deletions.restore(id)
  }

  dismiss(id: string): void {
    this.deletions.dismiss(id)
  }

  close(): void {
    this.endSubscription()
    this.listeners.clear()
    this.connection.stop()
    clearTimeout(this.nextTry)
  }

  private subject(): Subject<Answer> {
    return {
      ask: (socket, reply) => socket.timeout(limits.pingTimeout).emit('watchGallery', reply),
      fetch: () => this.inTurn(() => this.readCurrent()),
      answered: answer => this.onAnswer(answer),
      listen: socket => socket.on('gallery', () => this.refresh()),
      resettled: () => this.connection.askAnew(),
    }
  }

  private onAnswer({ barred }: Answer): void {
    if (barred !== undefined) this.barred = barred
    this.refresh()
  }

  private onState(state: ConnectionState): void {
    if (state.kind === 'ended') this.end(state.why)
    else {
      this.status = state.status
      this.tell()
    }
  }

  private onLife(event: Parameters<Parameters<Life['subscribe']>[0]>[0]): void {
    if (event === 'leave') this.connection.stop()
    else if (event === 'return') {
      if (!this.ending) this.connection.start()
    } else if (event === 'wake' || !this.options.life.hidden()) this.connection.check()
  }

  private end(why: Ending): void {
    this.ending = why
    this.connection.stop()
    clearTimeout(this.nextTry)
    this.tell()
  }

  /** A hidden page reads when it is looked at: the connection then asks. */
  private refresh(): void {
    if (this.isAwaited || this.ending || this.options.life.hidden()) return
    this.isAwaited = true
    clearTimeout(this.nextTry)
    void this.inTurn(() => {
      this.isAwaited = false
      return this.readCurrent()
    })
  }

  private inTurn<T>(read: () => Promise<T>): Promise<T> {
    const done = this.readings.then(read)
    this.readings = done
    return done
  }

  private async readCurrent(): Promise<Fetched<never>> {
    const { choice } = this
    const settle = this.deletions.reading()
    const read = await readList(this.options.network, choice, this.isRead ? this.list : nothing)
    if (!read.ok) return read.code === 'publishing_disabled' ? this.shut() : this.missed(read)
    this.misses = 0
    this.closed = false
    // Something else was chosen meanwhile: that is read next.
    if (choice !== this.choice) return { kind: 'same' }
    settle()
    this.list = this.isRead ? renewed(this.list, read.list) : listOf(read.list)
    this.isRead = true
    this.tell()
    // So much of it may have gone that less is left than there is room for.
    if (this.list.rows.length < limits.pageSize) this.loadOlder()
    return { kind: 'same' }
  }

  private shut(): Fetched<never> {
    this.misses = 0
    this.closed = true
    this.list = nothing
    this.isRead = true
    this.tell()
    return { kind: 'closed' }
  }

  private missed({ code }: Extract<Read, { ok: false }>): Fetched<never> {
    if (isSignedOut(code)) {
      this.end('signed_out')
      return { kind: 'ended', why: 'signed_out' }
    }
    this.misses++
    // Without a connection, coming back is what leads to the next try.
    if (this.status === 'live') this.nextTry = setTimeout(() => this.refresh(), backoff(this.misses))
    this.tell()
    return { kind: 'unreachable' }
  }

  private async readOlder(): Promise<void> {
    const { choice } = this
    const cursor = this.list.nextCursor
    const read = cursor === null ? undefined : await readPage(this.options.network, choice, { cursor })
    if (choice !== this.choice) return
    this.older = read?.ok === false ? 'failed' : 'idle'
    if (read?.ok) this.list = extended(this.list, read.list)
    else if (read && isSignedOut(read.code)) this.end('signed_out')
    this.tell()
  }

  private tell(): void {
    const view = this.view()
    for (const listener of this.listeners) listener(view)
  }

  private view(): View {
    const { rows, nextCursor } = this.list
    return {
      status: this.ending ?? this.status,
      choice: this.choice,
      isRead: this.isRead,
      rows: rows.filter(({ artifact }) => !this.deletions.isAbsent(artifact.id)),
      older: nextCursor === null ? 'none' : this.older === 'idle' ? 'some' : this.older,
      failing: this.misses >= limits.missesUntold && this.status === 'live',
      closed: this.closed,
      barred: this.barred,
      deletions: this.deletions.all,
    }
  }
}
