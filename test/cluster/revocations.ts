import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { removeMember } from '../../server/core/people.ts'
import { eventually } from '../e2e/stage.ts'
import { ask, insist, type Person } from './people.ts'
import { publishNew, type Stage, share } from './stage.ts'
import { isOut } from './truth.ts'
import type { Seat } from './viewer.ts'

/** Viewers on every node, who are about to lose what they see. */
export interface Victims {
  /** In a word: what is done to them. */
  what: string
  /** By a command beside the nodes, which announces nothing: reconcile finds it. */
  byCommand: boolean
  seats: readonly Seat[]
  /** Resolves once it is done: from then on they may see nothing. */
  revoke(): Promise<unknown>
}

/** How many members that takes. */
export const victims = 5

/** Some for each way to lose access, looking on by now. */
export async function openVictims(stage: Stage): Promise<Victims[]> {
  const { cluster, owner, busy } = stage
  const [unshared, leaving, revoked, reader, removed] = Array.from({ length: victims }, () =>
    next(stage),
  ) as Five<Person>
  const [shared, doomed] = await Promise.all([publishNew(stage), publishNew(stage)])
  await Promise.all([
    share(stage, shared, { audience: 'people', people: [unshared] }),
    share(stage, doomed, { audience: 'org' }),
  ])
  const open: Victims[] = [
    {
      what: 'unshared',
      byCommand: false,
      seats: seatsOnEach(stage, shared, { cookie: unshared.cookie }),
      revoke: () => share(stage, shared, { audience: 'private' }),
    },
    {
      what: 'signed out',
      byCommand: false,
      seats: seatsOnEach(stage, busy, { cookie: leaving.cookie }),
      revoke: () => signOut(cluster.url, leaving.cookie),
    },
    {
      what: 'token revoked',
      byCommand: false,
      seats: seatsOnEach(stage, busy, { token: revoked.token }),
      revoke: () => ask(cluster, `/tokens/${revoked.tokenId}`, { method: 'DELETE', as: revoked }),
    },
    {
      what: 'deleted',
      byCommand: false,
      seats: seatsOnEach(stage, doomed, { cookie: reader.cookie }),
      async revoke() {
        stage.deleted.add(doomed)
        await ask(cluster, `/artifacts/${doomed}`, { method: 'DELETE', as: owner })
      },
    },
    {
      what: 'removed',
      byCommand: true,
      seats: seatsOnEach(stage, busy, { cookie: removed.cookie }),
      revoke: () => cluster.beside(({ world }) => removeMember(world, removed.member)),
    },
  ]
  const all = open.flatMap(({ seats }) => seats)
  await openLive(stage, all)
  return open
}

/** Resolves once they are told of what they watch, and show it. */
export async function openLive(stage: Stage, seats: readonly Seat[]): Promise<void> {
  await stage.viewers.open(seats)
  await allLive(stage, seats)
}

const allLive = ({ viewers }: Stage, seats: readonly Seat[]): Promise<void> =>
  eventually(async () => {
    const sights = await viewers.look()
    for (const { key } of seats) expect(sights.get(key)).to.include({ status: 'live' }).and.have.property('number')
  })

function next({ idle }: Stage): Person {
  const person = idle.pop()
  if (!person) throw new Error('All idle members have been asked for something.')
  return person
}

type Five<T> = [T, T, T, T, T]

/** One on each node, past the proxy. */
export const seatsOnEach = ({ cluster, chance }: Stage, artifactId: string, credential: Seat['credential']): Seat[] =>
  cluster.nodes.map(({ host }) => {
    const via = cluster.url.replace('localhost', host)
    return { key: `victim-${chance.below(2 ** 32)}`, artifactId, url: cluster.url, via, credential }
  })

const signOut = (url: string, cookie: string): Promise<unknown> =>
  insist(`${url}/api/v1/session`, { method: 'DELETE', headers: { Cookie: cookie, Origin: url } })

export interface Revoked extends Omit<Victims, 'revoke'> {
  /** Milliseconds since 1970. */
  at: number
}

/** Only who is connected can be told: whom the fault has cut is waited for. */
export async function revokeAll(stage: Stage, victims: readonly Victims[]): Promise<Revoked[]> {
  if (victims.length === 0) return []
  await allLive(
    stage,
    victims.flatMap(({ seats }) => seats),
  )
  return Promise.all(
    victims.map(async ({ revoke, ...victim }) => {
      await revoke()
      return { ...victim, at: Date.now() }
    }),
  )
}

/**
 * Resolves once they are all out.
 * @returns how long after the revocation the last of each was, in milliseconds
 * @throws Error that says who is still in, so many milliseconds after
 */
export async function allOut(stage: Stage, revoked: readonly Revoked[], within: number): Promise<Map<string, number>> {
  // Whoever is asleep cannot be looked at.
  if (revoked.length === 0) return new Map()
  const since = Date.now()
  for (;;) {
    const sights = await stage.viewers.look()
    const isIn = revoked.filter(({ seats }) => !seats.every(({ key }) => isOut(sights.get(key))))
    if (isIn.length === 0) {
      return new Map(
        revoked.map(({ what, seats, at }) => [
          what,
          Math.max(0, ...seats.map(({ key }) => (sights.get(key)?.since ?? 0) - at)),
        ]),
      )
    }
    if (Date.now() > since + within) throw new Error(`Still in: ${isIn.map(({ what }) => what).join(', ')}`)
    await sleep(50)
  }
}
