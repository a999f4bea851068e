import { createHash, timingSafeEqual } from 'node:crypto'
import type { Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'
import { resource } from './resource.ts'

/** What is counted, for whoever brings the token. */
export interface Exposed {
  token: string
  contentType: string
  text(): Promise<string>
}

/** `GET /metrics`, answered under any host name: what reads it knows each node by its address. */
export function metricsRoute(router: Router, { token, contentType, text }: Exposed): void {
  resource(router, '/metrics', {
    async GET(req, res) {
      const [, given] = /^Bearer (\S+)$/i.exec(req.get('Authorization') ?? '') ?? []
      if (given === undefined) throw new GalleyError('not_signed_in', 'Bring the token: Authorization: Bearer …')
      if (!isSame(given, token))
        throw new GalleyError('token_invalid', 'This is not GALLEY_METRICS_TOKEN of this node.')
      res.set('Content-Type', contentType).send(await text())
    },
  })
}

/** Takes as long wherever the two differ: of hashes, so that lengths do not tell either. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b))

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
