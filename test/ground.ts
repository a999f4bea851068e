import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addMember, addOrg } from '../server/core/people.ts'
import type { Actor, Announcement, Identity, Log, Origin } from '../server/core/ports.ts'
import type { Member } from '../server/core/records.ts'
import { makeSignInLink, redeemSignInLink } from '../server/core/sign-in.ts'
import type { Store } from '../server/core/store-ports.ts'
import type { Ground } from '../server/core/world.ts'
import { openIdentity } from '../server/identity/identity.ts'
import { openMetrics, type Registered } from '../server/metrics/metrics.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { runOn } from './database-shell.ts'

export const publicUrl = 'http://localhost:3000'
export const nowhere: Origin = { ip: null, userAgent: null }

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A store, a clock that the test moves, and what was announced. */
export interface GroundOn extends Ground {
  identity: Identity
  metrics: Registered
  announced: Announcement[]
  clock: { now(): number; advance(ms: number): void }
}

/** The same on a database of its own. */
export interface TestGround extends GroundOn {
  dataDir: string
  /** The database file, as another process has it open. */
  sql(statement: string): Record<string, unknown>[]
  close(): Promise<void>
}

export async function openGround(): Promise<TestGround> {
  const dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
  const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
  return {
    ...(await groundOn(store)),
    dataDir,
    sql: statement => runOn(dataDir, statement),
    async close() {
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

export async function groundOn(store: Store): Promise<GroundOn> {
  let now = Date.UTC(2030, 0, 1)
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms
    },
  }
  const announced: Announcement[] = []
  return {
    store,
    clock,
    announced,
    publicUrl,
    live: { announce: announcement => void announced.push(announcement) },
    random: randomBytes,
    metrics: openMetrics(),
    identity: await openIdentity({ store, clock, publicUrl }),
  }
}

/** A member of a new organisation, and what a request of theirs with a session is told apart by. */
export async function signedIn(
  ground: GroundOn,
  orgName = 'Acme',
): Promise<{ member: Member; actor: Actor; cookie: string }> {
  const org = await addOrg(ground, { name: orgName })
  const member = await addMember(ground, {
    orgId: org.id,
    email: `ana@${orgName.toLowerCase()}.example`,
    role: 'owner',
  })
  const cookie = await signIn(ground, member)
  return { member, cookie, actor: (await ground.identity.authenticate({ cookieHeader: cookie })).actor }
}

/** By link. @returns the Cookie header a browser would send from then on */
export async function signIn(ground: GroundOn, member: Member): Promise<string> {
  const session = await redeemSignInLink(ground, secretOf((await makeSignInLink(ground, member)).url), nowhere)
  return cookieOf(await ground.identity.sessionCookie(session))
}

export const secretOf = (url: string): string => new URL(url).hash.slice(1)

export const cookieOf = (setCookie: string): string => setCookie.split(';')[0] ?? ''
