import type { z } from 'zod'
import {
  type Artifact,
  type ArtifactList,
  artifact,
  artifactList,
  type Me,
  me,
  type PageType,
  type Problem,
  type Published,
  type PublishQuery,
  problem,
  published,
  type VersionList,
  versionList,
} from '../../shared/api.ts'

/** What the server refused, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** The server could not be reached, or what answered is no Galley. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

export interface Page {
  body: Uint8Array<ArrayBuffer>
  type: PageType
  query: PublishQuery
}

export interface Publishing {
  /** Publishes only while this version is the latest. */
  ifMatch?: number
  /** The same for each try of the same publish. */
  idempotencyKey?: string
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
    return this.ask(artifact, pathOf(artifactId), { signal })
  }

  /** Newest update first. */
  artifacts(query: ListPlace & { scope?: 'mine' | 'shared' | 'all'; q?: string } = {}): Promise<ArtifactList> {
    return this.ask(artifactList, '/artifacts', { query: { ...query } })
  }

  /** Newest first. */
  versions(artifactId: string, place: ListPlace = {}): Promise<VersionList> {
    return this.ask(versionList, `${pathOf(artifactId)}/versions`, { query: { ...place } })
  }

  async remove(artifactId: string): Promise<void> {
    await this.send(pathOf(artifactId), { method: 'DELETE' })
  }

  /** Takes back `remove`, for as long as the content is kept. */
  restore(artifactId: string): Promise<Artifact> {
    return this.ask(artifact, `${pathOf(artifactId)}/restore`, { method: 'POST' })
  }

  me(signal?: AbortSignal): Promise<Me> {
    return this.ask(me, '/me', { signal })
  }

  async revokeToken(tokenId: string): Promise<void> {
    await this.send(`/tokens/${encodeURIComponent(tokenId)}`, { method: 'DELETE' })
  }

  private publish(path: string, { body, type, query }: Page, publishing: Publishing): Promise<Published> {
    const { ifMatch, idempotencyKey, signal } = publishing
    const headers = {
      'Content-Type': type,
      ...(ifMatch !== undefined && { 'If-Match': `"${ifMatch}"` }),
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
    }
    return this.ask(published, path, { method: 'POST', query, headers, body, signal })
  }

  private async ask<T>(shape: z.ZodType<T>, path: string, request: Request): Promise<T> {
    const answer = await this.send(path, request)
    const parsed = shape.safeParse(await answer.json().catch(() => undefined))
    if (parsed.success) return parsed.data
    throw this.noGalley(answer)
  }

  /** @param path below `/api/v1` */
  private async send(path: string, { query = {}, headers, body, ...init }: Request): Promise<Response> {
    const url = new URL(`/api/v1${path}`, this.url)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const answer = await fetch(url, {
      method: init.method ?? 'GET',
      headers: { ...headers, Authorization: `Bearer ${this.token}` },
      // A redirect would lead a token away from where it belongs.
      redirect: 'error',
      ...(body && { body }),
      ...(init.signal && { signal: init.signal }),
    }).catch((error: unknown) => {
      init.signal?.throwIfAborted()
      throw new UnreachableError(`${this.url} could not be reached: ${reason(error)}.`, { cause: error })
    })
    if (answer.ok) return answer
    const refused = problem.safeParse(await answer.json().catch(() => undefined))
    throw refused.success ? new ApiError(refused.data) : this.noGalley(answer)
  }

  private noGalley(answer: Response): UnreachableError {
    return new UnreachableError(`What answers at ${this.url} is not Galley (status ${answer.status}).`)
  }
}

const pathOf = (artifactId: string): string => `/artifacts/${encodeURIComponent(artifactId)}`

/** fetch says only that it failed; why is in its cause, and with several addresses in theirs. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reason(error.cause)
}
