import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember } from '../../server/core/people.ts'
import type { Member } from '../../server/core/records.ts'
import { makeSignInLink } from '../../server/core/sign-in.ts'
import type { Cluster } from './cluster.ts'

/** Somebody of the one organisation there is. */
export interface Person {
  member: Member
  /** As a browser sends it. */
  cookie: string
  /** An access token with the scope `full`. */
  token: string
  tokenId: string
}

/** Members are made by an operator's command, and sign in by a link, through the proxy. */
export async function addPeople(cluster: Cluster, emails: readonly string[]): Promise<Person[]> {
  const made = await cluster.beside(async ({ world, identity }) => {
    const [org] = await world.store.orgs()
    const made: { member: Member; token: string; tokenId: string; secret: string }[] = []
    for (const email of emails) {
      const member = await addMember(world, { orgId: org?.id ?? '', email, role: 'member' })
      const row = await createAccessTokenFor(world, member, { name: 'test', scope: 'full', expiresIn: 24 * 3600 })
      const secret = new URL((await makeSignInLink(world, member)).url).hash.slice(1)
      made.push({ member, token: await identity.accessToken(row), tokenId: row.id, secret })
    }
    return made
  })
  return Promise.all(
    made.map(async ({ secret, ...person }) => ({ ...person, cookie: await signIn(cluster.url, secret) })),
  )
}

async function signIn(url: string, secret: string): Promise<string> {
  const answer = await insist(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ secret }),
  })
  const cookies = answer.headers.getSetCookie().map(line => line.split(';', 1)[0])
  return cookies.join('; ')
}

export interface Asked {
  method: string
  as: Person
  json?: unknown
  over?: AbortSignal
}

/** One call of the API, again and again until it is answered: what is asked for may be asked twice. @throws Error when refused */
export function ask(cluster: Cluster, path: string, { method, as, json, over }: Asked): Promise<Response> {
  const headers = { Authorization: `Bearer ${as.token}`, 'Content-Type': 'application/json' }
  const body = json === undefined ? {} : { body: JSON.stringify(json) }
  return insist(`${cluster.url}/api/v1${path}`, { method, headers, ...body }, over)
}

/** Answers of a server that is busy, and of a proxy that finds none. */
const notNow = new Set([429, 502, 503, 504])

/**
 * @param over when it aborts, nobody is waited for any more
 * @throws Error when refused, or when it is over
 */
export async function insist(url: string, init: RequestInit, over?: AbortSignal): Promise<Response> {
  for (let tries = 1; ; tries++) {
    over?.throwIfAborted()
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) }).catch(() => undefined)
    if (answer?.ok) return answer
    // Of the try before, the answer was lost.
    if (answer && tries > 1 && init.method === 'DELETE' && [401, 404].includes(answer.status)) return answer
    if (answer && !notNow.has(answer.status)) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
    await sleep(50)
  }
}
