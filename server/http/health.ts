import type { Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import type { Identity } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { resource } from './resource.ts'

/**
 * For what keeps the process running and what sends it requests; answered under any host name.
 * @param isStopping a node that is going away says so before it goes
 */
export function healthRoutes(router: Router, world: World, isStopping: () => boolean): void {
  resource(router, '/healthz', {
    GET(_req, res) {
      res.json({ status: 'ok' })
    },
  })

  resource(router, '/readyz', {
    async GET(_req, res) {
      if (isStopping()) throw new GalleyError('overloaded', 'This node is stopping.')
      await world.store.orgs().catch(error => {
        world.log.warn({ err: error }, 'Not ready: the store does not answer.')
        throw new GalleyError('overloaded', 'The store does not answer.')
      })
      res.json({ status: 'ok' })
    },
  })
}

export function keyRoutes(router: Router, identity: Identity): void {
  resource(router, '/.well-known/jwks.json', {
    async GET(_req, res) {
      res.set('Cache-Control', 'public, max-age=300').json(await identity.jwks())
    },
  })
}
