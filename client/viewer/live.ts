import type { Shown } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import {
  backoff,
  Connection,
  type ConnectionState,
  type Ending,
  type Network,
  type Status,
  type Subject,
} from '../network/connection.ts'
import type { Life } from '../network/life.ts'
import { fetchBody } from './body.ts'
import {
  type Document,
  type DocumentEvent,
  type Download,
  type Effect,
  emptyDocument,
  have,
  step,
  type Wait,
} from './document.ts'
import { createLookout, type Lookout } from './lookout.ts'
import { type View, viewOf } from './view.ts'
import { type WatchAnswer, watching } from './watching.ts'

export interface LiveOptions {
  artifactId: string
  frame: { show(page: { sha256: string; bytes: Uint8Array }): void }
  network: Network
  life: Life
}

/** One artifact, kept current on screen until closed. */
export interface LivePage {
  /** Calls the listener at once, and again at every change. @returns a function that ends the subscription */
  subscribe(listener: (view: View) => void): () => void
  /** At this version, whatever is published meanwhile, or again at what is current. */
  look(at: Shown | undefined): void
  /** After `failed`, `not_found`, `signed_out`: try again now. */
  retry(): void
  /** The viewer has asked to be let in: from now on it is looked more often whether they are. */
  asked(): void
  /** The frame reports: this page is on screen … */
  shown(sha256: string): void
  /** … or could not be put there, and what was before still is; or it was there, and has died. */
  failed(sha256: string): void
  close(): void
}

export function openLive(options: LiveOptions): LivePage {
  return new Viewing(options)
}

class Viewing implements LivePage {
  private readonly options: LiveOptions
  private readonly subject: Subject<WatchAnswer>
  private readonly connection: Connection<WatchAnswer>
  private readonly lookout: Lookout
  private readonly listeners = new Set<(view: View) => void>()
  private readonly endSubscription: () => void
  private document: Document
  private status: Status = 'connecting'
  private ending: Ending | undefined
  private running: AbortController | undefined
  /** This download has taken so long that its progress is shown. */
  private slow: number | undefined
  private settings = 0

  constructor(options: LiveOptions) {
    const { artifactId, network, life } = options
    this.options = options
    this.document = emptyDocument(life.hidden())
    this.subject = watching({
      artifactId,
      http: network,
      have: () => have(this.document),
      hear: news => this.take(news),
      resettled: () => {
        this.settings++
        this.tell()
      },
    })
    this.connection = new Connection({ network, subject: this.subject, hear: state => this.onState(state) })
    this.lookout = createLookout({
      hidden: () => life.hidden(),
      isAdmitted: () => this.isAdmitted(),
      admitted: () => this.retry(),
    })
    this.endSubscription = life.subscribe(event => this.onLife(event))
    this.connection.start()
  }

  subscribe(listener: (view: View) => void): () => void {
    this.listeners.add(listener)
    listener(this.view())
    return () => this.listeners.delete(listener)
  }

  retry(): void {
    if (this.ending) {
      this.ending = undefined
      this.lookout.stop()
      this.connection.start()
    }
    this.take({ kind: 'retry' })
  }

  asked(): void {
    this.lookout.hurry()
  }

  look(at: Shown | undefined): void {
    this.take({ kind: 'look', at })
  }

  shown(sha256: string): void {
    this.take({ kind: 'shown', sha256 })
  }

  failed(sha256: string): void {
    this.take({ kind: 'unshown', sha256 })
  }

  close(): void {
    this.endSubscription()
    this.connection.stop()
    this.lookout.stop()
    this.running?.abort()
    this.listeners.clear()
  }

  private onState(state: ConnectionState): void {
    if (state.kind === 'ended') this.end(state.why)
    else {
      const isBack = isReached(state.status) && !isReached(this.status)
      this.status = state.status
      if (isBack) this.take({ kind: 'reached' })
      else this.tell()
    }
  }

  private onLife(event: 'visibility' | 'wake' | 'leave' | 'return'): void {
    if (event !== 'leave' && !this.options.life.hidden()) this.lookout.check()
    if (event === 'leave') this.connection.stop()
    else if (event === 'return') {
      if (!this.ending) this.connection.start()
    } else if (event === 'wake') this.connection.check()
    else {
      const hidden = this.options.life.hidden()
      this.take({ kind: 'visibility', hidden })
      if (!hidden) this.connection.check()
    }
  }

  /** Also what is on its way is not waited for: nobody gets a page after they may no longer see it. */
  private end(why: Ending): void {
    this.ending = why
    this.lookout.stop()
    this.connection.stop()
    this.running?.abort()
    if (why === 'not_found') {
      // Nothing of what one may not see is kept.
      this.document = emptyDocument(this.options.life.hidden())
      this.lookout.start()
    }
    this.tell()
  }

  /** Whether the page may be seen by now. */
  private async isAdmitted(): Promise<boolean> {
    const fetched = await this.subject.fetch()
    if (fetched.kind === 'ended' && fetched.why === 'signed_out' && this.ending === 'not_found') this.end('signed_out')
    return fetched.kind === 'answer' || fetched.kind === 'same' || fetched.kind === 'closed'
  }

  private take(event: DocumentEvent): void {
    const [document, effects] = step(this.document, event)
    this.document = document
    for (const effect of effects) this.perform(effect)
    this.tell()
  }

  private perform(effect: Effect): void {
    switch (effect.kind) {
      case 'download':
        void this.download(effect.download, effect.wait)
        return
      case 'abort':
        this.running?.abort()
        return
      case 'show':
        this.options.frame.show(effect.page)
        return
      case 'ask':
        this.connection.check()
    }
  }

  private async download({ id, of, way }: Download, wait: Wait): Promise<void> {
    const abort = new AbortController()
    const { signal } = abort
    this.running = abort
    let isSlow: ReturnType<typeof setTimeout> | undefined
    try {
      await pause(lengthOf(wait), signal)
      isSlow = setTimeout(() => {
        this.slow = id
        this.tell()
      }, limits.progressAfter)
      const { artifactId, network } = this.options
      const outcome = await fetchBody(
        { artifactId, of, way },
        {
          ...network,
          signal,
          progress: (loaded, total) => this.take({ kind: 'progress', download: id, loaded, total }),
        },
      )
      if ('page' in outcome) this.take({ kind: 'assembled', download: id, page: outcome.page })
      else if (outcome.why === 'signed_out') this.end('signed_out')
      else this.take({ kind: 'missed', download: id, why: outcome.why })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      clearTimeout(isSlow)
    }
  }

  private tell(): void {
    const view = this.view()
    for (const listener of this.listeners) listener(view)
  }

  private view(): View {
    return { ...viewOf(this.document, this.ending ?? this.status, this.slow), settings: this.settings }
  }
}

const isReached = (status: Status): boolean => status === 'live' || status === 'polling'

function lengthOf(wait: Wait): number {
  if (wait === 'none') return 0
  return wait === 'spread' ? Math.random() * limits.fetchSpread : backoff(wait.misses)
}

/** Rejects with the signal's reason. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
