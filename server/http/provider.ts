import type { Response, Router } from 'express'
import type { Identity, Provider } from '../core/ports.ts'
import { signInWithProvider } from '../core/provider-sign-in.ts'
import type { World } from '../core/world.ts'
import { originOf } from './door.ts'
import { safeNext, startOf } from './next.ts'
import type { WayOn } from './screens.ts'
import { signedIn } from './session.ts'

interface Parts {
  world: World
  identity: Identity
  provider: Provider
  /** Answers with a page that says what went wrong, and offers these ways on. */
  fail(res: Response, thrown: unknown, ways: readonly WayOn[]): void
}

/**
 * To the identity provider and back. What goes wrong on the way is a page that never goes on by itself: nobody is sent
 * round in circles.
 */
export function providerRoutes(router: Router, { world, identity, provider, fail }: Parts): void {
  const orFail = async (res: Response, next: string, go: () => Promise<void>): Promise<void> => {
    res.set('Cache-Control', 'no-store')
    try {
      await go()
    } catch (error) {
      fail(res, error, [
        { label: 'Try again', href: startOf(next) },
        { label: 'Sign in with another account', href: startOf(next, { anew: true }) },
      ])
    }
  }

  router.get('/sign-in/start', (req, res) => {
    const next = safeNext(req.query.next)
    return orFail(res, next, async () => {
      const { url, setCookie } = await provider.begin(next, { anew: req.query.anew !== undefined })
      res.append('Set-Cookie', setCookie).redirect(303, url)
    })
  })

  router.get('/sign-in/callback', async (req, res) => {
    const next = safeNext(await provider.nextOf(req.headers.cookie))
    return orFail(res, next, async () => {
      const search = new URL(req.originalUrl, world.publicUrl).search
      const { person, setCookie } = await provider.finish(search, req.headers.cookie)
      const replaced = await signedIn(identity, req, res)
      const session = await signInWithProvider(world, person, originOf(req), replaced)
      // In place of the one replaced, even if that was due for renewal.
      res.set('Set-Cookie', [await identity.sessionCookie(session), setCookie]).redirect(303, next)
    })
  })
}
