import type { Router } from 'express'
import type { Identity, Provider } from '../core/ports.ts'
import { signInWithProvider } from '../core/provider-sign-in.ts'
import type { World } from '../core/world.ts'
import { originOf } from './door.ts'
import { safeNext } from './next.ts'
import { signedIn } from './session.ts'

/** To the identity provider and back. What goes wrong on the way is a page, like everything a person meets. */
export function providerRoutes(router: Router, world: World, identity: Identity, provider: Provider): void {
  router.get('/sign-in/start', async (req, res) => {
    const { url, setCookie } = await provider.begin(safeNext(req.query.next))
    res.set('Cache-Control', 'no-store').append('Set-Cookie', setCookie).redirect(303, url)
  })

  router.get('/sign-in/callback', async (req, res) => {
    const search = new URL(req.originalUrl, world.publicUrl).search
    const { person, next, setCookie } = await provider.finish(search, req.headers.cookie)
    const replaced = await signedIn(identity, req, res)
    const session = await signInWithProvider(world, person, originOf(req), replaced)
    res.set('Cache-Control', 'no-store')
    // In place of the one replaced, even if that was due for renewal.
    res.set('Set-Cookie', [await identity.sessionCookie(session), setCookie]).redirect(303, safeNext(next))
  })
}
