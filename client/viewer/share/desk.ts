import type { GrantedRole, Sharing } from '../../../shared/api.ts'
import { type Answer, call, type Http } from '../../network/http.ts'
import { answered, type Edit, updateOf } from './edits.ts'

export interface DeskView {
  /** As the server said it is, with what is on its way there; undefined until it was read. */
  sharing: Sharing | undefined
  isSaving: boolean
  /** The last thing that was done, once it was kept: a sentence. */
  done: string
  /** Why the last change was undone, or nothing could be read: a sentence. */
  trouble: string
}

interface Change {
  edit: Edit
  done: string
  send(wanted: Sharing): Promise<Answer>
}

/**
 * The owner's changes, shown at once and sent one by one. Each is made to what the server last said, which another tab
 * may have changed meanwhile; one that is refused is taken back, and those made after it stand.
 */
export class Desk {
  private readonly http: Http
  private readonly path: string
  private readonly listener: (view: DeskView) => void
  private kept: Sharing | undefined
  /** Of what is kept: it is replaced only as it is known here. */
  private tag = ''
  private changes: readonly Change[] = []
  private isStale = false
  private isWorking = false
  private done = ''
  private trouble = ''

  constructor(http: Http, artifactId: string, listener: (view: DeskView) => void) {
    this.http = http
    this.path = `/api/v1/artifacts/${encodeURIComponent(artifactId)}`
    this.listener = listener
  }

  /** Something was heard of the artifact, or nothing could be read before. */
  refresh(): void {
    this.isStale = true
    void this.work()
  }

  /** @param done said when it is kept */
  change(edit: Edit, done: string): void {
    this.take({ edit, done, send: wanted => this.send('PUT', '/sharing', updateOf(wanted), { 'If-Match': this.tag }) })
  }

  answer(request: Sharing['requests'][number], role: GrantedRole | null, done: string): void {
    const path = `/access-requests/${encodeURIComponent(request.memberId)}`
    this.take({ edit: answered(request, role), done, send: () => this.send('POST', path, { role }) })
  }

  private take(change: Change): void {
    this.changes = [...this.changes, change]
    this.done = ''
    this.trouble = ''
    this.tell()
    void this.work()
  }

  private async work(): Promise<void> {
    if (this.isWorking) return
    this.isWorking = true
    for (;;) {
      const [next] = this.changes
      if (next && this.kept) await this.make(next, this.kept)
      else if (this.isStale) await this.read()
      else break
      this.tell()
    }
    this.isWorking = false
  }

  private async make({ edit, done, send }: Change, before: Sharing): Promise<void> {
    const wanted = edit(before)
    const answer = await send(wanted).catch(() => undefined)
    this.isStale = true
    if (answer?.ok === false && answer.code === 'version_conflict') {
      // Changed elsewhere in the meantime: the change is made again, to what it is now.
      const known = this.tag
      await this.read()
      if (this.tag !== known) return
    }
    this.changes = this.changes.slice(1)
    if (answer?.ok) {
      this.kept = wanted
      this.done = done
    } else this.trouble = `That was not changed. ${answer?.detail ?? outOfReach}`
  }

  private async read(): Promise<void> {
    this.isStale = false
    const answer = await call(this.http, `${this.path}/sharing`).catch(() => undefined)
    if (answer?.ok) {
      this.tag = answer.response.headers.get('etag') ?? ''
      this.kept = await answer.response.json()
    } else if (!this.kept) this.trouble = answer?.detail ?? outOfReach
  }

  private send(method: 'PUT' | 'POST', path: string, body: object, match: HeadersInit = {}): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json', ...match }
    // A tab that is closed at once has asked all the same.
    return call(this.http, this.path + path, { method, headers, body: JSON.stringify(body), keepalive: true })
  }

  private tell(): void {
    const { kept, changes, done, trouble } = this
    const sharing = kept && changes.reduce((sharing, { edit }) => edit(sharing), kept)
    this.listener({ sharing, isSaving: changes.length > 0, done, trouble })
  }
}

const outOfReach = 'Galley could not be reached.'
