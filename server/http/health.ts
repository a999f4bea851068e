import type { Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Identity, Log } from '../core/ports.ts'
import type { Store } from '../core/store-ports.ts'
import type { World } from '../core/world.ts'
import { resource } from './resource.ts'

export interface Readiness {
  /** A node that is going away says so before it goes. */
  isStopping(): boolean
  /** What it is without, and serves all the same: its viewers hear of other nodes' versions a few seconds later. */
  missing(): readonly 'redis'[]
}

/** For what keeps the process running and what sends it requests; answered under any host name. */
export function healthRoutes(router: Router, world: World, readiness: Readiness): void {
  resource(router, '/healthz', {
    GET(_req, res) {
      res.json({ status: 'ok' })
    },
  })

  const probe = new StoreProbe(world.store, world.log)
  resource(router, '/readyz', {
    async GET(_req, res) {
      if (readiness.isStopping()) throw new GalleyError('overloaded', 'This node is stopping.', { missing: [] })
      if (!(await probe.answers())) {
        throw new GalleyError('overloaded', 'The store does not answer.', { missing: ['store'] })
      }
      const missing = readiness.missing()
      res.json({ status: missing.length === 0 ? 'ok' : 'degraded', missing })
    },
  })
}

/** Asks the store one thing at a time, however many want to know, and waits for no answer longer than limits.storeProbe. */
class StoreProbe {
  private readonly store: Store
  private readonly log: Log
  private asked: Promise<boolean> | undefined
  private answered = true

  constructor(store: Store, log: Log) {
    this.store = store
    this.log = log
  }

  async answers(): Promise<boolean> {
    this.asked ??= this.ask().finally(() => {
      this.asked = undefined
    })
    const late = new Promise<boolean>(resolve => setTimeout(resolve, limits.storeProbe, false).unref())
    const answered = await Promise.race([this.asked, late])
    if (!answered) this.note(undefined)
    return answered
  }

  private async ask(): Promise<boolean> {
    try {
      // Any question would do; this one costs next to nothing.
      await this.store.org('')
      if (!this.answered) this.log.info({}, 'The store answers again: this node is ready.')
      this.answered = true
      return true
    } catch (error) {
      this.note(error)
      return false
    }
  }

  /** Said once, and not to every probe. */
  private note(error: unknown): void {
    if (this.answered)
      this.log.warn({ ...(error !== undefined && { err: error }) }, 'Not ready: the store does not answer.')
    this.answered = false
  }
}

export function keyRoutes(router: Router, identity: Identity): void {
  resource(router, '/.well-known/jwks.json', {
    async GET(_req, res) {
      res.set('Cache-Control', 'public, max-age=300').json(await identity.jwks())
    },
  })
}
