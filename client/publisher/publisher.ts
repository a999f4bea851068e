import { randomUUID } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Published, PublishQuery } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { type Page, type Publishing, pageUrl } from '../sdk/client.ts'
import { sentenceOf } from './failure.ts'
import { Memory, type Remembered } from './memory.ts'
import type { PageFile } from './page-file.ts'
import type { MakePreview } from './preview.ts'
import { provenanceOf } from './provenance.ts'
import type { PublishOptions } from './publish-options.ts'
import { type Aim, explained, PublishingOffError } from './refusal.ts'
import { SendError, send } from './sending.ts'
import { type NamedPage, pageFrom } from './server.ts'
import { connect, type Session } from './session.ts'
import { readSettings } from './settings.ts'
import { oneLine } from './table.ts'
import { confirm, InterruptedError, isInteractive, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

export interface Work {
  terminal: Terminal
  preview: MakePreview
  /** As the user named it; `-` is standard input. */
  file: string
  options: PublishOptions
  /** Hears what a person should know. */
  note: (text: string) => void
  /** Hears why it is sent once more, and in how many milliseconds. */
  noteRetry: (why: unknown, pause: number) => void
}

/** The page that the next publish makes a new version of. */
export interface Target extends Aim {
  title: string | undefined
}

export interface Outcome {
  published: Published
  /** A new page was made. */
  created: boolean
  /** The next publish finds the page by itself. */
  remembered: boolean
}

/** One publish, however often it is sent. */
interface Parcel {
  page: Page
  title: string
  target: Target | undefined
  /** Idempotency-Key. */
  key: string
}

/**
 * Publishes one file, again and again: `galley publish` once, `galley watch` on each save. Finds the page that the file
 * is, asks before there is a new one, sends with care, and remembers.
 */
export class Publisher {
  readonly session: Session
  private readonly work: Work
  private readonly named: NamedPage | undefined
  private readonly memory: Memory
  /** Of the file, absolute; undefined for standard input. */
  private readonly path: string | undefined
  /** What was published last, from then on. */
  private latest: Target | undefined
  /** Sent, and never answered: it is sent again, as the same, before there is another. */
  private undecided: Parcel | undefined

  private constructor(work: Work, session: Session, named: NamedPage | undefined) {
    this.work = work
    this.session = session
    this.named = named
    this.memory = new Memory(work.terminal.env)
    this.path = work.file === '-' ? undefined : resolve(work.terminal.cwd, work.file)
  }

  /** @throws UsageError · PublishingOffError */
  static async open(work: Work): Promise<Publisher> {
    const { terminal, options } = work
    const named = options.to === undefined ? undefined : pageFrom(options.to, '--to')
    const settings = await readSettings(terminal, options.server)
    if (settings.disabledBy !== undefined) throw new PublishingOffError(settings.disabledBy)
    return new Publisher(work, await connect(terminal, settings, named), named)
  }

  /** The file must be there. @returns undefined while the next publish makes a new page */
  async target(): Promise<Target | undefined> {
    if (this.latest) return this.latest
    const { server } = this.session
    if (this.named) {
      const { artifactId } = this.named
      return { ...this.known(artifactId, await this.memory.ofPage(server, artifactId)), fromMemory: false }
    }
    if (this.work.options.new || this.path === undefined) return undefined
    const remembered = await this.memory.ofFile(server, this.path)
    return remembered && { ...this.known(remembered.artifactId, remembered), fromMemory: true }
  }

  /** What is said of the next version, and where it comes from. */
  async query(): Promise<PublishQuery> {
    const { terminal, options } = this.work
    const { title, icon, description, note } = options
    return {
      ...(title !== undefined && { title }),
      ...(icon !== undefined && { icon }),
      ...(description !== undefined && { description }),
      ...(note !== undefined && { note }),
      ...(await provenanceOf(terminal, this.path)),
    }
  }

  /** What a new page is called; the file's name for one that says nothing. @throws what the preview throws */
  async title(page: PageFile): Promise<string> {
    const { options, preview } = this.work
    if (options.title !== undefined) return options.title
    const { title } = await preview(page, '')
    return oneLine(title ?? '') || this.name
  }

  /**
   * @throws UsageError: nobody is there to be asked · InterruptedError: the answer was no, or Ctrl-C · what a preview
   *   throws, or the server refuses, or the network loses, as `explained` tells it
   */
  async publish(page: PageFile): Promise<Outcome> {
    const packed = await pack(page)
    const undecided = this.undecided
    if (undecided) {
      const isSame = Buffer.compare(undecided.page.body, packed.body) === 0
      const outcome = await this.deliver(undecided).catch((error: unknown) => {
        // Refused by now, it does not stand in the way of another page.
        if (isSame || this.undecided) throw error
      })
      if (outcome && isSame) return outcome
    }
    const target = await this.target()
    const title = (target ? (this.work.options.title ?? target.title) : await this.title(page)) ?? this.name
    if (!target) await this.permission(title)
    return this.deliver({ page: { ...packed, query: await this.query() }, title, target, key: randomUUID() })
  }

  private known(artifactId: string, remembered: Remembered | undefined): Omit<Target, 'fromMemory'> {
    return {
      artifactId,
      url: pageUrl(this.session.server, artifactId),
      version: remembered?.version,
      sha256: remembered?.sha256,
      title: remembered?.title,
    }
  }

  /** As sentences name the file. */
  get name(): string {
    return this.path === undefined ? 'standard input' : basename(this.path)
  }

  private async permission(title: string): Promise<void> {
    const { terminal, options } = this.work
    if (options.yes) return
    if (!isInteractive(terminal)) {
      throw new UsageError(
        'This makes a new page, and nobody is here to be asked. Say --yes to allow it, or --to and the page to update.',
      )
    }
    const { host } = new URL(this.session.server)
    const allowed = await confirm(terminal, `Publish "${title}" (${this.name}) to a private page on ${host}?`).catch(
      () => false,
    )
    if (!allowed) throw new InterruptedError('Nothing was published.')
  }

  private async deliver(parcel: Parcel): Promise<Outcome> {
    const { terminal, options, noteRetry } = this.work
    const { client } = this.session
    const { page, title, target, key: idempotencyKey } = parcel
    const ifMatch = options.force ? undefined : (target?.sha256 ?? target?.version)
    const fixed = { idempotencyKey, ...(ifMatch !== undefined && { ifMatch }) }
    const post = (each: Publishing) =>
      target
        ? client.publishVersion(target.artifactId, page, { ...fixed, ...each })
        : client.publishNew(page, { ...fixed, ...each })
    try {
      const published = await send(terminal, page.body.byteLength, post, noteRetry)
      this.undecided = undefined
      return { published, created: !target, remembered: await this.remember(published, title) }
    } catch (error) {
      if (!(error instanceof SendError)) throw error
      if (error.mayBeKept) this.undecided = parcel
      if (error.isRefused) this.undecided = undefined
      throw await explained(error, { client, signal: terminal.signal }, target)
    }
  }

  /** It is published by now: a fault here is only told. What was remembered before is not true any more. */
  private async remember({ id, url, version, sha256 }: Published, title: string): Promise<boolean> {
    this.latest = { artifactId: id, url, version, sha256, title, fromMemory: this.named === undefined }
    const { server } = this.session
    const page = { server, artifactId: id, title, version, sha256, at: Date.now() }
    try {
      await this.memory.remember(page, this.path)
      return true
    } catch (error) {
      await this.memory.forget(id).catch(() => undefined)
      this.work.note(`It is published, but could not be remembered. ${sentenceOf(error)}\nNext time say --to ${url}`)
      return false
    }
  }
}

/** As it is sent: compressed when that is worth it. */
async function pack({ body, type }: PageFile): Promise<Omit<Page, 'query'>> {
  if (body.byteLength <= limits.sendPackedBytes) return { body, type }
  const packed = await promisify(gzip)(body)
  return packed.byteLength < body.byteLength ? { body: new Uint8Array(packed), type, encoding: 'gzip' } : { body, type }
}
