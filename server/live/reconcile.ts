import { limits } from '../../shared/limits.ts'
import type { Random } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import type { Admission } from './admission.ts'
import { fraction } from './chance.ts'
import { checkCredentials } from './credentials.ts'
import type { Rooms } from './rooms.ts'
import type { LiveServer, LiveSocket } from './socket.ts'

interface Parts {
  io: LiveServer
  rooms: Rooms
  admission: Admission
  world: World
  random: Random
  /** What is set for their members, or for the organisations of these, may be other than it was. */
  resettle(sockets: readonly LiveSocket[]): Promise<void>
  /** Milliseconds from the end of one to the next, of which up to a fifth is taken away at random. */
  every: number
}

/**
 * Holds what this node's sockets were told, and who they are, against the database. It makes good whatever an
 * announcement missed: one lost between nodes, one of a node that died after its commit, a command that ran beside the
 * server. Never two at once.
 */
export class Reconcile {
  private readonly parts: Parts
  private asked = false
  private failing = false
  private ended = false
  private wake: () => void = () => {}

  constructor(parts: Parts) {
    this.parts = parts
    void this.keep()
  }

  /** At once, or right after the one that runs, however often it was asked meanwhile: announcements may have been lost. */
  now(): void {
    this.asked = true
    this.wake()
  }

  close(): void {
    this.ended = true
    this.wake()
  }

  private async keep(): Promise<void> {
    while (!this.ended) {
      if (!this.asked) await this.pause()
      this.asked = false
      if (!this.ended) await this.tryOnce()
    }
  }

  private pause(): Promise<void> {
    const { every, random } = this.parts
    const wait = (this.failing ? Math.min(every, limits.reconcileRetry) : every) * (0.8 + 0.2 * fraction(random))
    return new Promise(resolve => {
      const timer = setTimeout(resolve, wait).unref()
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** A database that is away is logged once, and asked again and again: when it is back, so is what was missed. */
  private async tryOnce(): Promise<void> {
    const { log, metrics } = this.parts.world
    const began = performance.now()
    try {
      await reconcile(this.parts)
      metrics.time('reconcile', performance.now() - began)
      if (this.failing) log.info({}, 'What is shown is reconciled with what is kept again.')
      this.failing = false
    } catch (error) {
      if (!this.failing && !this.ended) {
        log.error({ err: error }, 'Could not reconcile what is shown with what is kept; trying again and again')
      }
      this.failing = true
    }
  }
}

/** Three short queries, and nothing else where nothing has changed. */
async function reconcile({ io, rooms, admission, world, resettle }: Parts): Promise<void> {
  await world.store.readEpoch()
  const [changed, { ended, moved }] = await Promise.all([changedOf(rooms, world), checkCredentials(io, world)])
  world.metrics.count('reconcile_repairs', ended)
  const watched = moved.flatMap(({ sockets }) => sockets.flatMap(socket => rooms.watchedBy(socket)))
  await admission.repair(new Set([...changed, ...watched]))
  await resettle(moved.flatMap(({ sockets }) => sockets))
  for (const { sockets, memberRev } of moved) {
    for (const socket of sockets) socket.data.actor = { ...socket.data.actor, memberRev }
  }
}

/** Artifacts that are not as everybody who watches them here was told, or that may not be: all, in a new epoch. */
async function changedOf(rooms: Rooms, { store }: Pick<World, 'store'>): Promise<string[]> {
  const known = new Map<string, { orgId: string; artifactId: string; rev: number }>()
  const unknown: string[] = []
  for (const { place, seen } of rooms.all()) {
    const { orgId, artifactId } = place
    if (seen?.epoch !== store.epoch) unknown.push(artifactId)
    else known.set(artifactId, { orgId, artifactId, rev: Math.min(seen.rev, known.get(artifactId)?.rev ?? seen.rev) })
  }
  return [...unknown, ...(await store.changedArtifacts([...known.values()]))]
}
