import { z } from 'zod'
import {
  type Artifact,
  type ArtifactList,
  artifact,
  artifactList,
  type GrantedRole,
  type ListScope,
  type Me,
  me,
  type PageType,
  type Problem,
  type Published,
  type PublishQuery,
  problem,
  published,
  type Sharing,
  type SharingUpdate,
  sharing,
  type VersionDiff,
  type VersionList,
  type ViewList,
  versionDiff,
  versionList,
  viewList,
} from '../../shared/api.ts'
import type { ListSort } from '../../shared/choice.ts'
import { isId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'

/** What the server refused, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem
  /** Seconds after which to try again, where the server named some (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail)
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

/** The server could not be reached, the connection was lost before the answer, or what answered is no Galley. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  /** Of what answered and is no Galley. */
  readonly status: number | undefined

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.status = status
  }
}

export interface Page {
  /** As it is sent: `encoding` is on already. */
  body: Uint8Array<ArrayBuffer>
  encoding?: 'gzip'
  type: PageType
  query: PublishQuery
}

export interface Publishing {
  /** Publishes only while this version, by its number or the SHA-256 of its page, is the latest. */
  ifMatch?: number | string
  /** The same for each try of the same publish. */
  idempotencyKey?: string
  /** Told how many bytes have gone out, as they go. In Node only: browsers do not stream what they send. */
  onSent?: (bytes: number) => void
  signal?: AbortSignal
}

/** One page of a list. */
export interface ListPlace {
  limit?: number
  cursor?: string
}

interface Request {
  method?: string
  query?: Readonly<Record<string, string | number | undefined>>
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array<ArrayBuffer>
  /** Sent as JSON, in place of a body. */
  json?: object
  onSent?: ((bytes: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** The API, typed, for Node and browsers. Methods throw ApiError or UnreachableError, and what `signal` was aborted with. */
export class GalleyClient {
  private readonly url: string
  private readonly token: string

  /** @param url origin of the app */
  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  publishNew(page: Page, publishing: Publishing = {}): Promise<Published> {
    return this.publish('/artifacts', page, publishing)
  }

  publishVersion(artifactId: string, page: Page, publishing: Publishing = {}): Promise<Published> {
    return this.publish(`${pathOf(artifactId)}/versions`, page, publishing)
  }

  artifact(artifactId: string, signal?: AbortSignal): Promise<Artifact> {
    return this.ask(this.own(artifact), pathOf(artifactId), { signal })
  }

  /** Newest update first, unless by title. */
  artifacts(
    query: ListPlace & { scope?: ListScope; q?: string; sort?: ListSort } = {},
    signal?: AbortSignal,
  ): Promise<ArtifactList> {
    const list = artifactList.extend({ artifacts: z.array(this.own(artifact)) })
    return this.ask(list, '/artifacts', { query: { ...query }, signal })
  }

  /** Newest first. */
  versions(artifactId: string, place: ListPlace = {}, signal?: AbortSignal): Promise<VersionList> {
    return this.ask(versionList, `${pathOf(artifactId)}/versions`, { query: { ...place }, signal })
  }

  /** Of the two versions' sources. */
  diff(artifactId: string, from: number, to: number, signal?: AbortSignal): Promise<VersionDiff> {
    return this.ask(versionDiff, `${pathOf(artifactId)}/diff`, { query: { from, to }, signal })
  }

  /** Who has looked at which version, the last look first. */
  views(artifactId: string, place: ListPlace = {}, signal?: AbortSignal): Promise<ViewList> {
    return this.ask(viewList, `${pathOf(artifactId)}/views`, { query: { ...place }, signal })
  }

  /** `tag` names this state: with it, `share` replaces no other. */
  sharing(artifactId: string, signal?: AbortSignal): Promise<{ sharing: Sharing; tag: string }> {
    return this.askSharing(artifactId, { signal })
  }

  /** All of it, in place of what was. */
  async share(
    artifactId: string,
    update: SharingUpdate,
    { ifMatch, signal }: { ifMatch?: string; signal?: AbortSignal } = {},
  ): Promise<Sharing> {
    const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch }
    return (await this.askSharing(artifactId, { method: 'PUT', headers, json: update, signal })).sharing
  }

  /** Asks the owner to be let in. The answer is the same whether there is such a page or not. */
  async requestAccess(artifactId: string, signal?: AbortSignal): Promise<void> {
    await this.send(`${pathOf(artifactId)}/access-requests`, { method: 'POST', signal })
  }

  /** @param role null declines */
  async answerAccessRequest(
    artifactId: string,
    memberId: string,
    role: GrantedRole | null,
    signal?: AbortSignal,
  ): Promise<void> {
    const path = `${pathOf(artifactId)}/access-requests/${encodeURIComponent(memberId)}`
    await this.send(path, { method: 'POST', json: { role }, signal })
  }

  async remove(artifactId: string, signal?: AbortSignal): Promise<void> {
    await this.send(pathOf(artifactId), { method: 'DELETE', signal })
  }

  /** Takes back `remove`, for as long as the content is kept. */
  restore(artifactId: string, signal?: AbortSignal): Promise<Artifact> {
    return this.ask(this.own(artifact), `${pathOf(artifactId)}/restore`, { method: 'POST', signal })
  }

  me(signal?: AbortSignal): Promise<Me> {
    return this.ask(me, '/me', { signal })
  }

  async revokeToken(tokenId: string, signal?: AbortSignal): Promise<void> {
    await this.send(`/tokens/${encodeURIComponent(tokenId)}`, { method: 'DELETE', signal })
  }

  private publish(path: string, { body, encoding, type, query }: Page, publishing: Publishing): Promise<Published> {
    const { ifMatch, idempotencyKey, onSent, signal } = publishing
    const headers = {
      'Content-Type': type,
      ...(encoding && { 'Content-Encoding': encoding }),
      ...(ifMatch !== undefined && { 'If-Match': `"${ifMatch}"` }),
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
    }
    return this.ask(this.own(published), path, { method: 'POST', query, headers, body, onSent, signal })
  }

  /**
   * What an answer names a page by ends in paths and in browsers, and who answers may mean harm: an id is one, and the
   * address is this server's own, whatever it says.
   */
  private own<T extends { id: string; url: string }>(shape: z.ZodType<T>): z.ZodType<T> {
    return shape
      .refine(({ id }) => isId('artifact', id))
      .transform(page => ({ ...page, url: pageUrl(this.url, page.id) }))
  }

  private async askSharing(artifactId: string, request: Request): Promise<{ sharing: Sharing; tag: string }> {
    const answer = await this.send(`${pathOf(artifactId)}/sharing`, request)
    const parsed = sharing.safeParse(await this.json(answer, request.signal))
    if (!parsed.success) throw this.noGalley(answer)
    return { sharing: parsed.data, tag: answer.headers.get('ETag') ?? '*' }
  }

  private async ask<T>(shape: z.ZodType<T>, path: string, request: Request): Promise<T> {
    const answer = await this.send(path, request)
    const parsed = shape.safeParse(await this.json(answer, request.signal))
    if (parsed.success) return parsed.data
    throw this.noGalley(answer)
  }

  /** @param path below `/api/v1` */
  private async send(path: string, { query = {}, headers, body, json, onSent, ...init }: Request): Promise<Response> {
    const url = new URL(`/api/v1${path}`, this.url)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const answer = await fetch(url, {
      method: init.method ?? 'GET',
      headers: {
        ...headers,
        Authorization: `Bearer ${this.token}`,
        ...(json && { 'Content-Type': 'application/json' }),
        // What is streamed would go without, and there are proxies that refuse that.
        ...(body && onSent && { 'Content-Length': String(body.byteLength) }),
      },
      // A redirect would lead a token away from where it belongs.
      redirect: 'error',
      ...(body && (onSent ? counted(body, onSent) : { body })),
      ...(json && { body: JSON.stringify(json) }),
      ...(init.signal && { signal: init.signal }),
    }).catch((error: unknown) => this.lost(error, init.signal))
    if (answer.ok) return answer
    const refused = problem.safeParse(await this.json(answer, init.signal))
    if (!refused.success) throw this.noGalley(answer)
    const seconds = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10)
    throw new ApiError(refused.data, Number.isNaN(seconds) ? undefined : seconds)
  }

  /** @returns undefined for what is no JSON. @throws UnreachableError when the answer breaks off */
  private async json(answer: Response, signal: AbortSignal | undefined): Promise<unknown> {
    const text = await answer.text().catch((error: unknown) => this.lost(error, signal))
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }

  private lost(error: unknown, signal: AbortSignal | undefined): never {
    signal?.throwIfAborted()
    throw unreachable(this.url, error)
  }

  private noGalley({ status }: Response): UnreachableError {
    return noGalley(this.url, status)
  }
}

/** @param error what fetch threw */
export const unreachable = (url: string, error: unknown): UnreachableError =>
  new UnreachableError(`${url} could not be reached: ${reason(error)}.`, { cause: error })

export const noGalley = (url: string, status: number): UnreachableError =>
  new UnreachableError(`What answers at ${url} is not Galley (status ${status}).`, { status })

/** What fetch takes to send the body in pieces, each when the one before has left. */
function counted(body: Uint8Array<ArrayBuffer>, onSent: (bytes: number) => void) {
  let at = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (at === body.byteLength) return controller.close()
    const piece = body.subarray(at, at + limits.sendPieceBytes)
    at += piece.byteLength
    controller.enqueue(piece)
    onSent(at)
  }
  return { body: new ReadableStream({ pull }, { highWaterMark: 0 }), duplex: 'half' as const }
}

/** Where a page is, on the server with this origin. */
export const pageUrl = (server: string, artifactId: string): string => `${server}/a/${artifactId}`

const pathOf = (artifactId: string): string => `/artifacts/${encodeURIComponent(artifactId)}`

/** fetch says only that it failed; why is in its cause, and with several addresses in theirs. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reason(error.cause)
}
