import { STATUS_CODES } from 'node:http'
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { artifacts } from '../core/list.ts'
import type { Identity } from '../core/ports.ts'
import type { World } from '../core/world.ts'
import { openAssets } from './assets.ts'
import { safeNext } from './next.ts'
import { setPageHeaders } from './page-headers.ts'
import { toGalleyError } from './problem.ts'
import { requestIdOf } from './request-log.ts'
import { homeScreen, type Loads, mishapScreen, signInScreen, viewerScreen } from './screens.ts'
import { signedIn } from './session.ts'
import { statusOf } from './status.ts'

export interface PagesOptions {
  world: World
  identity: Identity
  /** Origins of the frames, in the order in which the viewer takes turns between them. */
  contentUrls: readonly string[]
  /** Directory of the built browser half. */
  assets: string
  /** Names the frame document that goes with this build. */
  frameVersion: string
}

/** The screens a person meets: `/`, `/sign-in`, `/a/:id`, their scripts and styles, and what is said when one fails. */
export function pagesRouter({ world, identity, contentUrls, assets: directory, frameVersion }: PagesOptions): Router {
  const assets = openAssets(directory)
  const router = Router()

  const loads = (res: Response, entry: string, frames: readonly string[] = []): Loads => {
    const nonce = Buffer.from(world.random(16)).toString('base64')
    setPageHeaders(res, { publicUrl: world.publicUrl, contentUrls: frames, nonce })
    return { ...assets.entry(entry), nonce }
  }

  router.use(assets.router)

  router.get('/a/:id', async (req, res) => {
    const actor = await signedIn(identity, req, res)
    if (!actor) return toSignIn(req, res)
    const boot = { artifactId: req.params.id, contentOrigins: contentUrls, frameVersion }
    res.type('html').send(viewerScreen(loads(res, 'client/viewer/main.tsx', contentUrls), boot))
  })

  router.get('/sign-in', async (req, res) => {
    const actor = await signedIn(identity, req, res)
    const member = actor && (await world.store.member(actor.orgId, actor.memberId))
    const screen = { next: safeNext(req.query.next), name: member?.name, publicUrl: world.publicUrl }
    res.type('html').send(signInScreen(loads(res, 'client/pages/sign-in.ts'), screen))
  })

  router.get('/', async (req, res) => {
    const actor = await signedIn(identity, req, res)
    const [member, org] = actor
      ? await Promise.all([world.store.member(actor.orgId, actor.memberId), world.store.org(actor.orgId)])
      : []
    if (!actor || !member || !org) return toSignIn(req, res)
    const cursor = typeof req.query.cursor === 'string' ? req.query.cursor : undefined
    const list = await artifacts(world, actor, { scope: 'mine', q: '', limit: limits.pageSize, cursor })
    const home = { member, org, ...list, publicUrl: world.publicUrl, now: world.clock.now() }
    res.type('html').send(homeScreen(loads(res, 'client/pages/home.ts'), home))
  })

  const refuse = (res: Response, { code, message }: GalleyError): void => {
    const { styles, nonce } = loads(res, 'client/pages/sign-in.ts')
    const status = statusOf[code]
    const title = titles[status] ?? STATUS_CODES[status] ?? 'Error'
    const mishap = { status, title, message, requestId: requestIdOf(res) }
    res.status(status).type('html').send(mishapScreen({ styles, nonce }, mishap))
  }

  router.use((_req, res) => refuse(res, new GalleyError('not_found', 'Galley has nothing at this address.')))

  const failed: ErrorRequestHandler = (thrown, _req, res, next) => {
    const error = toGalleyError(thrown)
    if (error.code === 'internal') {
      world.log.error({ err: thrown, requestId: requestIdOf(res) }, 'A screen could not be made.')
    }
    if (res.headersSent) return next(thrown)
    refuse(res, error)
  }
  router.use(failed)
  return router
}

const titles: Readonly<Record<number, string>> = {
  400: 'This address is not right',
  403: 'You may not do this',
  404: 'No such page',
  500: 'Something went wrong here',
}

const toSignIn = (req: Request, res: Response): void =>
  res.set('Cache-Control', 'no-store').redirect(303, `/sign-in?next=${encodeURIComponent(safeNext(req.originalUrl))}`)
