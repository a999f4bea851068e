import { STATUS_CODES } from 'node:http'
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { adminSections } from '../../shared/admin-sections.ts'
import { readChoice } from '../../shared/choice.ts'
import { type ErrorCode, GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { isClosed } from '../core/access.ts'
import { permitOwner } from '../core/administer.ts'
import { artifacts } from '../core/list.ts'
import type { Identity, Provider } from '../core/ports.ts'
import { whyNotPublish } from '../core/publishing.ts'
import type { World } from '../core/world.ts'
import { openAssets } from './assets.ts'
import { safeNext, startOf } from './next.ts'
import { setPageHeaders } from './page-headers.ts'
import { toGalleyError } from './problem.ts'
import { providerRoutes } from './provider.ts'
import { requestIdOf } from './request-log.ts'
import {
  adminScreen,
  deviceScreen,
  galleryScreen,
  type Loads,
  mishapScreen,
  signInScreen,
  viewerScreen,
  type WayOn,
} from './screens.ts'
import { signedIn } from './session.ts'
import { statusOf } from './status.ts'

export interface PagesOptions {
  world: World
  identity: Identity
  /** Where people sign in; undefined: here, by link. */
  provider: Provider | undefined
  /** Origins of the frames, in the order in which the viewer takes turns between them. */
  contentUrls: readonly string[]
  /** Directory of the built browser half. */
  assets: string
  /** They name the documents of the content origins that go with this build. */
  frameVersion: string
  stillVersion: string
}

/** The screens a person meets: `/`, `/admin`, `/sign-in`, `/device`, `/a/:id`, their scripts and styles, and what is said when one fails. */
export function pagesRouter({
  world,
  identity,
  provider,
  contentUrls,
  assets: directory,
  frameVersion,
  stillVersion,
}: PagesOptions): Router {
  const assets = openAssets(directory)
  const router = Router()

  const loads = (res: Response, entry: string, frames: readonly string[] = []): Loads => {
    const nonce = Buffer.from(world.random(16)).toString('base64')
    setPageHeaders(res, { publicUrl: world.publicUrl, contentUrls: frames, nonce })
    return { ...assets.entry(entry), nonce }
  }

  const whoIsHere = async (req: Request, res: Response) => {
    const actor = await signedIn(identity, req, res)
    if (!actor) return undefined
    const { orgId, memberId } = actor
    const [member, org] = await Promise.all([world.store.member(orgId, memberId), world.store.org(orgId)])
    return member && org && { actor, member, org }
  }

  const fail = (res: Response, thrown: unknown, ways: readonly WayOn[] = [home]): void => {
    const { code, message } = toGalleyError(thrown)
    const requestId = requestIdOf(res)
    if (code === 'internal') world.log.error({ err: thrown, requestId }, 'A screen could not be made.')
    const { styles, nonce } = loads(res, 'client/pages/sign-in.ts')
    const status = statusOf[code]
    const title = titles[code] ?? STATUS_CODES[status] ?? 'Error'
    const mishap = { status, title, message, requestId, ways }
    res.status(status).type('html').send(mishapScreen({ styles, nonce }, mishap))
  }

  router.use(assets.router)
  if (provider) providerRoutes(router, { world, identity, provider, fail })

  router.get('/a/:id', async (req, res) => {
    const actor = await signedIn(identity, req, res)
    if (!actor) return toSignIn(provider, req, res)
    const boot = { artifactId: req.params.id, contentOrigins: contentUrls, frameVersion }
    res.type('html').send(viewerScreen(loads(res, 'client/viewer/main.tsx', contentUrls), boot))
  })

  router.get('/sign-in', async (req, res) => {
    const actor = await signedIn(identity, req, res)
    const member = actor && (await world.store.member(actor.orgId, actor.memberId))
    const next = safeNext(req.query.next)
    const screen = { next, name: member?.name, publicUrl: world.publicUrl, provider: provider?.name }
    res.type('html').send(signInScreen(loads(res, 'client/pages/sign-in.ts'), screen))
  })

  router.get('/device', async (req, res) => {
    const who = await whoIsHere(req, res)
    if (!who) return toSignIn(provider, req, res)
    res.type('html').send(deviceScreen(loads(res, 'client/pages/device.ts'), who))
  })

  router.get('/', async (req, res) => {
    const who = await whoIsHere(req, res)
    if (!who) return toSignIn(provider, req, res)
    const { actor, member, org } = who
    const choice = readChoice(req.originalUrl.split('?')[1] ?? '')
    const { list: scope, q, sort } = choice
    const page = { limit: limits.pageSize, cursor: undefined, until: undefined }
    // The first come along, so that they are on the screen as soon as the script is.
    const settings = await world.store.settings(actor.orgId)
    const list = isClosed(settings) ? null : await artifacts(world, actor, { scope, q, sort, ...page })
    const barred = await whyNotPublish(world.store, actor)
    const [contentUrl = ''] = contentUrls
    const stillUrl = `${contentUrl}/still?v=${stillVersion}`
    const boot = { choice, list, barred, publicUrl: world.publicUrl, email: member.email, org: org.name, stillUrl }
    res.type('html').send(galleryScreen(loads(res, 'client/gallery/main.tsx', [contentUrl]), { member, org, boot }))
  })

  router.get(['/admin', '/admin/:section'], async (req, res) => {
    const who = await whoIsHere(req, res)
    if (!who) return toSignIn(provider, req, res)
    await permitOwner(world.store, who.actor)
    const section = adminSections.find(name => name === (req.params.section ?? 'settings'))
    if (!section) throw nothingHere()
    const { member, org } = who
    const boot = { section, org: org.name, memberId: member.id, byLink: provider === undefined }
    res.type('html').send(adminScreen(loads(res, 'client/admin/main.tsx'), section, { member, org, boot }))
  })

  router.use((_req, res) => fail(res, nothingHere()))

  const failed: ErrorRequestHandler = (thrown, _req, res, next) => {
    if (res.headersSent) return next(thrown)
    fail(res, thrown)
  }
  router.use(failed)
  return router
}

const nothingHere = (): GalleyError => new GalleyError('not_found', 'Galley has nothing at this address.')

const home: WayOn = { label: 'Your pages', href: '/' }

const titles: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_request: 'This address is not right',
  not_found: 'No such page',
  forbidden: 'You are not let in',
  sign_in_failed: 'You are not signed in',
  provider_unavailable: 'You are not signed in',
  unknown_org: 'Your organisation isn’t set up here',
  internal: 'Something went wrong here',
}

/** With a provider straight there: who is signed in at it sees the page, and nothing of Galley in between. */
function toSignIn(provider: Provider | undefined, req: Request, res: Response): void {
  const next = safeNext(req.originalUrl)
  const there = provider ? startOf(next) : `/sign-in?next=${encodeURIComponent(next)}`
  res.set('Cache-Control', 'no-store').redirect(303, there)
}
