/** Tooling for the compliance API, written from its published shapes and nothing else: it knows nothing of Galley. */

export interface Artifact {
  id: string
  organization_uuid: string
  organization_id: string
  owner_user_id: string | null
  published_version_id: string | null
  read_mode: 'owner' | 'users' | 'org'
  updated_at: string | null
  user: { id: string; email_address: string } | null
  versions: { id: string; created_at: string | null; name: string }[]
}

interface ArtifactPage {
  data: Artifact[]
  has_more: boolean
  next_page: string | null
}

export interface Activity {
  id: string
  created_at: string
  organization_id: string
  organization_uuid: string
  actor: {
    type: 'user_actor' | 'api_actor' | 'system_actor' | 'unauthenticated_user_actor'
    [field: string]: unknown
  }
  type: string
  [field: string]: unknown
}

interface ActivityPage {
  data: Activity[]
  has_more: boolean
  first_id: string | null
  last_id: string | null
}

/** By name as the API has it; a list is sent as many times as it has entries. */
export type Query = Readonly<Record<string, string | number | readonly string[]>>

/** What the API refuses, after checking that it is said as every refusal is. */
export class ComplianceError extends Error {
  readonly status: number
  readonly type: string
  readonly headers: Headers

  constructor(status: number, type: string, message: string, headers: Headers) {
    super(message)
    this.status = status
    this.type = type
    this.headers = headers
  }
}

export const basePaths = ['/v1/compliance/code/artifacts', '/v1/compliance/apps/code/artifacts'] as const

export class ComplianceClient {
  private readonly origin: string
  private readonly headers: Readonly<Record<string, string>>
  private readonly base: string

  /** @param base where the artifacts are */
  constructor(origin: string, headers: Readonly<Record<string, string>>, base: string = basePaths[0]) {
    this.origin = origin
    this.headers = headers
    this.base = base
  }

  async list(query: Query = {}): Promise<ArtifactPage> {
    return (await this.send('GET', this.base, query)).json() as Promise<ArtifactPage>
  }

  /** Page after page, until there is no next one. */
  async *pages(query: Query = {}): AsyncGenerator<Artifact[]> {
    for (let page: string | null | undefined = ''; page !== null && page !== undefined; ) {
      const answer: ArtifactPage = await this.list(page === '' ? query : { ...query, page })
      yield answer.data
      page = answer.next_page
    }
  }

  async all(query: Query = {}): Promise<Artifact[]> {
    const found: Artifact[] = []
    for await (const page of this.pages(query)) found.push(...page)
    return found
  }

  version(artifactId: string, versionId: string): Promise<Response> {
    return this.send('GET', `${this.base}/${artifactId}/versions/${versionId}`)
  }

  async delete(artifactId: string): Promise<{ id: string; type: 'code_artifact_deleted' }> {
    const answer = await this.send('DELETE', `${this.base}/${artifactId}`)
    return answer.json() as Promise<{ id: string; type: 'code_artifact_deleted' }>
  }

  async activities(query: Query = {}): Promise<ActivityPage> {
    return (await this.send('GET', '/v1/compliance/activities', query)).json() as Promise<ActivityPage>
  }

  /** @throws ComplianceError */
  async send(method: string, path: string, query: Query = {}): Promise<Response> {
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) => [value].flat().map(each => [name, String(each)])),
    )
    const answer = await fetch(`${this.origin}${path}?${search}`, {
      method,
      headers: this.headers,
      redirect: 'error',
    })
    const id = answer.headers.get('request-id') ?? ''
    if (!/^req_./.test(id)) throw new Error(`${method} ${path}: not a request id: "${id}"`)
    if (answer.ok) return answer
    throw await refusalIn(answer, id)
  }
}

async function refusalIn(answer: Response, id: string): Promise<Error> {
  const text = await answer.text()
  const wanted = /^\{"type":"error","error":\{"type":"\w+","message":"(?:[^"\\]|\\.)+"\},"request_id":"(req_[^"]+)"\}$/
  if (wanted.exec(text)?.[1] !== id) return new Error(`Not a documented error: ${answer.status} ${text}`)
  const { error } = JSON.parse(text) as { error: { type: string; message: string } }
  return new ComplianceError(answer.status, error.type, error.message, answer.headers)
}

/** What the API refused. @throws whatever else came of it */
export async function refused(call: Promise<unknown>): Promise<ComplianceError> {
  const outcome = await call.then(
    () => new Error('It was done.'),
    (error: unknown) => error,
  )
  if (outcome instanceof ComplianceError) return outcome
  throw outcome
}
