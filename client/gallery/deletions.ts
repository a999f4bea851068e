import { call, type Http, isSignedOut } from '../network/http.ts'

/** What was deleted here, for as long as it is offered to undo that, or as something about it went wrong. */
export interface Deletion {
  id: string
  title: string
  state: 'deleted' | 'not_deleted' | 'restoring' | 'not_restored' | 'erased'
  /** Why not: a sentence. */
  why?: string
}

export interface DeletionsOptions {
  http: Http
  /** Something is to be drawn anew. */
  changed(): void
  /** The server has done it: the list is not as it was read. */
  done(): void
  signedOut(): void
}

type Outcome = { kind: 'done' } | { kind: 'gone' } | { kind: 'refused'; why: string }

/**
 * Pages that go the moment they are deleted, before the server has answered, and come back when it refuses or when
 * that is undone.
 */
export class Deletions {
  private readonly options: DeletionsOptions
  private shown: readonly Deletion[] = []
  private readonly removals = new Map<string, Promise<boolean>>()
  /** Left out of the list, and whether the server has taken them out of its own. */
  private readonly absent = new Map<string, 'asked' | 'done'>()

  constructor(options: DeletionsOptions) {
    this.options = options
  }

  get all(): readonly Deletion[] {
    return this.shown
  }

  isAbsent(id: string): boolean {
    return this.absent.has(id)
  }

  remove(id: string, title: string): void {
    this.show({ id, title, state: 'deleted' })
    this.absent.set(id, 'asked')
    this.removals.set(id, this.askToRemove(id))
    this.options.changed()
  }

  async restore(id: string): Promise<void> {
    this.set(id, 'restoring')
    // What was not deleted says so, and needs no undoing.
    if ((await this.removals.get(id)) === false) return
    const outcome = await this.ask('POST', `${pathOf(id)}/restore`)
    if (outcome.kind === 'done') {
      this.absent.delete(id)
      this.dismiss(id)
      this.options.done()
    } else if (outcome.kind === 'gone') this.set(id, 'erased')
    else this.set(id, 'not_restored', outcome.why)
  }

  dismiss(id: string): void {
    this.shown = this.shown.filter(deletion => deletion.id !== id)
    this.options.changed()
  }

  /**
   * What a reading of the list that begins now knows about. What is asked of the server meanwhile, it may or may not.
   * @returns to be called when that reading is the list
   */
  reading(): () => void {
    const known = [...this.absent].filter(([, state]) => state === 'done')
    return () => {
      for (const [id] of known) this.absent.delete(id)
    }
  }

  private async askToRemove(id: string): Promise<boolean> {
    const outcome = await this.ask('DELETE', pathOf(id))
    if (outcome.kind === 'refused') {
      this.absent.delete(id)
      this.set(id, 'not_deleted', outcome.why)
      return false
    }
    // Gone already is as good as deleted.
    this.absent.set(id, 'done')
    this.options.done()
    return true
  }

  private async ask(method: 'DELETE' | 'POST', path: string): Promise<Outcome> {
    try {
      // A tab that is closed at once has asked all the same.
      const answer = await call(this.options.http, path, { method, keepalive: true })
      if (answer.ok) return { kind: 'done' }
      if (answer.code === 'not_found') return { kind: 'gone' }
      if (isSignedOut(answer.code)) this.options.signedOut()
      return { kind: 'refused', why: answer.detail }
    } catch {
      return { kind: 'refused', why: 'Galley could not be reached.' }
    }
  }

  private set(id: string, state: Deletion['state'], why?: string): void {
    this.shown = this.shown.map(deletion =>
      deletion.id === id ? { id, title: deletion.title, state, ...(why !== undefined && { why }) } : deletion,
    )
    this.options.changed()
  }

  private show(deletion: Deletion): void {
    this.shown = [...this.shown.filter(({ id }) => id !== deletion.id), deletion]
  }
}

const pathOf = (id: string): string => `/api/v1/artifacts/${encodeURIComponent(id)}`
