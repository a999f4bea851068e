import type { Request, Router } from 'express'
import { linkRedemption, type Token, tokenRequest } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { createAccessToken, listAccessTokens, revokeAccessToken } from '../core/access-tokens.ts'
import { me } from '../core/me.ts'
import type { Identity, Origin } from '../core/ports.ts'
import type { AccessToken } from '../core/records.ts'
import { previewSignInLink, redeemSignInLink, signOut } from '../core/sign-in.ts'
import type { World } from '../core/world.ts'
import type { Bodies } from './body.ts'
import { type Door, originOf } from './door.ts'
import type { Failures } from './failures.ts'
import { param, resource } from './resource.ts'
import { signedIn } from './session.ts'

interface Parts {
  world: World
  identity: Identity
  door: Door
  bodies: Bodies
  failures: Failures
}

/** Who am I, in and out of a session, and access tokens. */
export function accountRoutes(router: Router, { world, identity, door, bodies, failures }: Parts): void {
  /** Nobody has signed in yet, so what costs least is looked at first. */
  const linkFrom = async (req: Request): Promise<{ secret: string; origin: Origin }> => {
    door.refuseOthers(req, 'optional')
    const origin = originOf(req)
    const { secret } = await bodies.json(req, origin.ip ?? '', linkRedemption, limits.signInBytes)
    return { secret, origin }
  }

  resource(router, '/me', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await me(world, actor))
    },
  })

  resource(router, '/session', {
    async POST(req, res) {
      const { secret, origin } = await linkFrom(req)
      const replaced = await signedIn(identity, req, res)
      const session = await failures.guard(origin.ip, () => redeemSignInLink(world, secret, origin, replaced))
      // In place of the one replaced, even if that was due for renewal.
      res.set('Set-Cookie', await identity.sessionCookie(session))
      res.status(204).end()
    },
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await signOut(world, actor, origin)
      // In place of a renewed one, if the session was due.
      res.set('Set-Cookie', identity.clearedCookie()).status(204).end()
    },
  })

  resource(router, '/session/preview', {
    async POST(req, res) {
      const { secret, origin } = await linkFrom(req)
      res.json(await failures.guard(origin.ip, () => previewSignInLink(world, secret)))
    },
  })

  // Asked by open pages whose socket is about to expire: finding out who calls renews what is due.
  resource(router, '/session/renew', {
    async POST(req, res) {
      await door.caller(req, res)
      res.status(204).end()
    },
  })

  resource(router, '/tokens', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json({ tokens: (await listAccessTokens(world, actor)).map(toTokenView) })
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const token = await createAccessToken(world, actor, origin, await bodies.json(req, actor.orgId, tokenRequest))
      res.status(201).json({ ...toTokenView(token), token: await identity.accessToken(token) })
    },
  })

  resource(router, '/tokens/:id', {
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await revokeAccessToken(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })
}

const toTokenView = ({ id, name, scope, createdAt, expiresAt }: AccessToken): Token => ({
  id,
  name,
  scope,
  createdAt: new Date(createdAt).toISOString(),
  expiresAt: new Date(expiresAt).toISOString(),
})
