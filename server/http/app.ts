import express, { type Express, Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import type { Looks } from '../core/looks.ts'
import type { Identity, Quotas } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { accountRoutes } from './account.ts'
import { adminRoutes } from './admin.ts'
import { apiHeaders } from './api-headers.ts'
import { artifactRoutes } from './artifacts.ts'
import { Bodies, type Deadlines } from './body.ts'
import { envelopes, requestIds } from './compliance/envelope.ts'
import { complianceRouter } from './compliance/routes.ts'
import { deviceRoutes, metadataRoute } from './device.ts'
import { Door } from './door.ts'
import { Failures } from './failures.ts'
import { healthRoutes, keyRoutes, type Readiness } from './health.ts'
import { linger } from './linger.ts'
import { type Exposed, metricsRoute } from './metrics.ts'
import { ownHost } from './own-host.ts'
import { problems } from './problem.ts'
import { noteRefusals } from './refusals.ts'
import { requestLog } from './request-log.ts'
import { sharingRoutes } from './sharing.ts'
import { Uploads } from './uploads.ts'
import { versionRoutes } from './versions.ts'

export interface HttpOptions {
  world: World
  identity: Identity
  /** Keeps who has looked, and who was refused. */
  looks: Looks
  quotas: Quotas
  /** Whose `X-Forwarded-For` is believed, as Express has it: nobody's, so many hops', or these addresses'. */
  trustProxy: false | number | readonly string[]
  deadlines: Deadlines
  /** People sign in here, by link: no provider vouches for them. */
  byLink: boolean
  readiness: Readiness
  /** undefined: there is no /metrics. */
  exposed: Exposed | undefined
  /** The screens that people meet. */
  pages: Router
}

/** Where tooling for that API looks for it, below any origin. */
const complianceBase = '/v1/compliance'

/** Everything that is answered on the app's origin. */
export function createHttp(options: HttpOptions): Express {
  const { world, identity } = options
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.set('trust proxy', options.trustProxy)
  app.use(requestLog(world), linger, apiHeaders(world.publicUrl))
  healthRoutes(app, world, options.readiness)
  if (options.exposed) metricsRoute(app, options.exposed)
  app.use(complianceBase, requestIds)
  app.use(ownHost(world.publicUrl))
  keyRoutes(app, identity)
  metadataRoute(app, world)
  app.use('/api/v1', apiRouter(options))
  app.use(complianceBase, complianceRouter(options), envelopes(world.log))
  app.use(problems(world.log))
  app.use(options.pages)
  return app
}

function apiRouter({ world, identity, looks, quotas, deadlines, byLink }: HttpOptions): Router {
  const failures = new Failures(quotas)
  const door = new Door({ identity, failures, quotas, publicUrl: world.publicUrl })
  const bodies = new Bodies(deadlines)
  const uploads = new Uploads(bodies, quotas, world.metrics)
  const router = Router()
  artifactRoutes(router, { world, door, bodies, uploads, looks })
  versionRoutes(router, { world, door, uploads, looks })
  sharingRoutes(router, world, door, bodies)
  noteRefusals(router, door, looks)
  accountRoutes(router, { world, identity, door, bodies, failures })
  adminRoutes(router, { world, door, bodies, byLink })
  deviceRoutes(router, { world, identity, door, bodies, failures })
  router.use(() => {
    throw new GalleyError('not_found', 'The API has nothing at this address.')
  })
  return router
}
