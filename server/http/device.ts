import type { Request, Router } from 'express'
import type { z } from 'zod'
import {
  type DeviceAuthorization,
  type DeviceToken,
  deviceAuthorizationRequest,
  deviceCodeEntry,
  deviceDecision,
  deviceGrantType,
  deviceTokenRequest,
  scopes,
} from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { decideDevice, previewDevice, type Redemption, redeemDeviceCode, requestDevice } from '../core/device.ts'
import type { Identity, Origin } from '../core/ports.ts'
import type { AccessToken } from '../core/records.ts'
import type { World } from '../core/world.ts'
import type { Bodies } from './body.ts'
import { type Door, originOf } from './door.ts'
import type { Failures } from './failures.ts'
import { OAuthRefusal, oauth, understand } from './oauth.ts'
import { resource } from './resource.ts'

interface Parts {
  world: World
  identity: Identity
  door: Door
  bodies: Bodies
  failures: Failures
}

const paths = { authorize: '/device/authorize', token: '/device/token' }

/** Where a device asks (RFC 8628), and where the page in the browser does on its behalf. */
export function deviceRoutes(router: Router, parts: Parts): void {
  oauthRoutes(router, parts)
  const { world, door, bodies, failures } = parts

  // Members too could try codes, which are short: after too many wrong ones no code is looked at.
  resource(router, '/device/preview', {
    async POST(req, res) {
      const { actor } = await door.caller(req, res)
      const { userCode } = await bodies.json(req, actor.orgId, deviceCodeEntry)
      res.json(await failures.guardStrictly(actor.memberId, () => previewDevice(world, actor, userCode)))
    },
  })

  resource(router, '/device/decision', {
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const decision = await bodies.json(req, actor.orgId, deviceDecision)
      await failures.guardStrictly(actor.memberId, () => decideDevice(world, actor, origin, decision))
      res.status(204).end()
    },
  })
}

/** Without cookies: a device has none, and a browser's would prove nothing here. */
function oauthRoutes(router: Router, { world, identity, door, bodies, failures }: Parts): void {
  const read = async <T>(req: Request, schema: z.ZodType<T>): Promise<{ body: T; origin: Origin }> => {
    // No other site's page may use up the codes that its visitor's address can wait for.
    door.refuseOthers(req, 'optional')
    const origin = originOf(req)
    const form = await bodies.form(req, origin.ip ?? '', limits.deviceRequestBytes)
    if (req.headers.authorization !== undefined) {
      throw new OAuthRefusal('invalid_client', 'This is for public clients: they send a client_id, and no credentials.')
    }
    return { body: understand(schema, form), origin }
  }

  resource(router, paths.authorize, {
    POST: oauth(async (req, res) => {
      const { body, origin } = await read(req, deviceAuthorizationRequest)
      const { scope, device_name: deviceName } = body
      const { deviceCode, userCode, lifetime } = await requestDevice(world, { scope, deviceName }, origin)
      const page = `${world.publicUrl}/device`
      const answer: DeviceAuthorization = {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?code=${userCode}`,
        expires_in: lifetime / 1000,
        interval: limits.devicePoll / 1000,
      }
      res.json(answer)
    }),
  })

  resource(router, paths.token, {
    POST: oauth(async (req, res) => {
      const { body, origin } = await read(req, deviceTokenRequest)
      const redeemed = await failures.guard(origin.ip, () => redeemDeviceCode(world, body.device_code, origin))
      if (redeemed.state !== 'approved') throw new OAuthRefusal(redeemed.state, sentences[redeemed.state])
      res.json(toAnswer(redeemed.token, await identity.accessToken(redeemed.token)))
    }),
  })
}

const toAnswer = ({ createdAt, expiresAt, scope }: AccessToken, token: string): DeviceToken => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: Math.floor((expiresAt - createdAt) / 1000),
  scope,
})

const sentences: Readonly<Record<Exclude<Redemption['state'], 'approved'>, string>> = {
  authorization_pending: 'Nobody has approved this yet.',
  slow_down: `Nobody has approved this yet. Wait ${limits.devicePoll / 1000} seconds longer between two questions.`,
  access_denied: 'This was denied, or who approved it is no member any more.',
  expired_token: 'Nobody approved this in time. Ask for a new code.',
}

/** RFC 8414: how clients that know OAuth, and not Galley, find the two calls above. */
export function metadataRoute(router: Router, { publicUrl }: World): void {
  const metadata = {
    issuer: publicUrl,
    device_authorization_endpoint: `${publicUrl}/api/v1${paths.authorize}`,
    token_endpoint: `${publicUrl}/api/v1${paths.token}`,
    token_endpoint_auth_methods_supported: ['none'],
    grant_types_supported: [deviceGrantType],
    // Required, though nothing here is answered by redirect.
    response_types_supported: [],
    scopes_supported: scopes,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
  }
  resource(router, '/.well-known/oauth-authorization-server', {
    GET(_req, res) {
      res.set('Cache-Control', 'public, max-age=300').json(metadata)
    },
  })
}
