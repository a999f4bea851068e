import { type PageType, type Problem, type Published, type PublishQuery, problem, published } from '../../shared/api.ts'

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

/** The API, typed, for Node and browsers. Methods throw ApiError or UnreachableError. */
export class GalleyClient {
  private readonly url: string
  private readonly token: string

  /** @param url origin of the app */
  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  publishNew(page: Page): Promise<Published> {
    return this.publish('/api/v1/artifacts', page)
  }

  publishVersion(artifactId: string, page: Page): Promise<Published> {
    return this.publish(`/api/v1/artifacts/${encodeURIComponent(artifactId)}/versions`, page)
  }

  private async publish(path: string, { body, type, query }: Page): Promise<Published> {
    const url = new URL(path, this.url)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    return published.parse(await this.send(url, { method: 'POST', headers: { 'Content-Type': type }, body }))
  }

  private async send(url: URL, init: { method: string; headers: Record<string, string>; body: Page['body'] }) {
    const headers = { ...init.headers, Authorization: `Bearer ${this.token}` }
    // A redirect would lead a token away from where it belongs.
    const answer = await fetch(url, { ...init, headers, redirect: 'error' }).catch((error: unknown) => {
      throw new UnreachableError(`${this.url} could not be reached: ${reason(error)}.`, { cause: error })
    })
    const json: unknown = await answer.json().catch(() => undefined)
    if (answer.ok && json !== undefined) return json
    const refused = problem.safeParse(json)
    if (refused.success) throw new ApiError(refused.data)
    throw new UnreachableError(`What answers at ${this.url} is not Galley (status ${answer.status}).`)
  }
}

/** fetch says only that it failed; why is in its cause, and with several addresses in theirs. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reason(error.cause)
}
