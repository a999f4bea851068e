import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type Parts, startApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { createAccessTokenFor } from '../server/core/access-tokens.ts'
import { addMember, addOrg } from '../server/core/people.ts'
import type { Member } from '../server/core/records.ts'
import { makeSignInLink } from '../server/core/sign-in.ts'
import type { Ground } from '../server/core/world.ts'
import { openOffice } from '../server/operator/office.ts'
import type { Published, Scope } from '../shared/api.ts'
import { signInWith } from './sign-in.ts'

export interface TestMember {
  member: Member
  /** An access token with the scope `full`. */
  token: string
}

export interface Sent {
  method?: string
  /** Sent as `Authorization: Bearer`. */
  token?: string
  /** A Cookie header, as `signIn` gives it. Unsafe methods then say the app's own Origin, as a browser would. */
  cookie?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer> | ReadableStream
  /** Sent as a JSON body. */
  json?: unknown
}

/** A whole server of its own, on free ports and a temporary folder: the very one that `galley serve` starts. */
export interface TestApp {
  readonly app: App
  /** Origin of the app, `http://localhost:<port>`. */
  url: string
  contentUrls: readonly string[]
  dataDir: string
  /** The server's data, as a command beside it has them open: what is changed here is announced to nobody. */
  ground: Ground
  /** An owner of the organisation "Acme". */
  owner: TestMember
  /** A new member: of "Acme", or of an organisation of that name, which is made if need be. */
  addMember(email: string, orgName?: string): Promise<TestMember>
  /** @param expiresIn seconds */
  createToken(member: Member, options?: { scope?: Scope; expiresIn?: number }): Promise<string>
  /** A one-time sign-in link, for a browser to open. */
  signInLink(member: Member): Promise<string>
  /** @returns what a browser would send as its Cookie header from then on */
  signIn(member: Member): Promise<string>
  /** @param path from the origin on, `/api/v1/…` */
  request(path: string, sent?: Sent): Promise<Response>
  /** Publishes HTML as the owner, a new artifact or the next version of one; fails the test when that fails. */
  publish(html: string, options?: { to?: string; query?: string; token?: string }): Promise<Published>
  /** Stops the server and starts it again, on the same ports and the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** @param settings the server's, in place of or beside those of a test */
export async function startTestApp(parts: Parts = {}, settings: Record<string, string> = {}): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
  const env = { GALLEY_PORT: '0', GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'silent', ...settings }
  let app = await startApp(readConfig(env), parts)
  const office = await openOffice({ ...env, GALLEY_PUBLIC_URL: app.url }, { make: false })
  const { world, identity } = office
  const orgs = new Map<string, string>()

  const request = (path: string, sent: Sent = {}): Promise<Response> => send(app.url, path, sent)
  const createToken: TestApp['createToken'] = async (member, { scope = 'full', expiresIn = 3600 } = {}) =>
    identity.accessToken(await createAccessTokenFor(world, member, { name: 'test', scope, expiresIn }))
  const signInLink = async (member: Member) => (await makeSignInLink(world, member)).url
  const addMemberOf = async (email: string, role: Member['role'], orgName: string): Promise<TestMember> => {
    const orgId = orgs.get(orgName) ?? (await addOrg(world, { name: orgName })).id
    orgs.set(orgName, orgId)
    const member = await addMember(world, { orgId, email, role })
    return { member, token: await createToken(member) }
  }
  const owner = await addMemberOf('olive@acme.example', 'owner', 'Acme')

  return {
    get app() {
      return app
    },
    url: app.url,
    contentUrls: app.contentUrls,
    dataDir,
    ground: world,
    owner,
    addMember: (email, orgName = 'Acme') => addMemberOf(email, 'member', orgName),
    createToken,
    signInLink,
    signIn: async member => signInWith(await signInLink(member)),
    request,
    async publish(html, { to, query = '', token = owner.token } = {}) {
      const path = to === undefined ? '/api/v1/artifacts' : `/api/v1/artifacts/${to}/versions`
      const headers = { 'Content-Type': 'text/html' }
      const answer = await request(`${path}?${query}`, { method: 'POST', token, headers, body: html })
      if (!answer.ok) throw new Error(`Could not publish: ${await answer.text()}`)
      return (await answer.json()) as Published
    },
    async restart() {
      await app.close()
      const same = { GALLEY_PORT: new URL(app.url).port, GALLEY_CONTENT_URLS: app.contentUrls.join(' ') }
      app = await startApp(readConfig({ ...env, ...same, ...settings }), parts)
    },
    async close() {
      await office.close()
      await app.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

function send(origin: string, path: string, { token, cookie, json, method = 'GET', ...sent }: Sent): Promise<Response> {
  const headers = new Headers(sent.headers)
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`)
  if (cookie !== undefined) headers.set('Cookie', cookie)
  if (cookie !== undefined && method !== 'GET' && !headers.has('Origin')) headers.set('Origin', origin)
  if (json !== undefined) headers.set('Content-Type', 'application/json')
  const body = json === undefined ? sent.body : JSON.stringify(json)
  const init = {
    method,
    headers,
    redirect: 'manual' as const,
    ...(body !== undefined && { body, duplex: 'half' as const }),
  }
  return fetch(origin + path, init)
}
