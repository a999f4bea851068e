import type { Request, Response, Router } from 'express'
import { GalleyError } from '../../shared/errors.ts'

export type Handler = (req: Request, res: Response) => Promise<void> | void

/** One path and what may be done there. HEAD is answered as GET is; anything else gets 405 and `Allow` (RFC 9110 §15.5.6). */
export function resource(
  router: Router,
  path: string,
  methods: Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler>>,
): void {
  const handlers = new Map<string, Handler>(Object.entries(methods))
  const get = handlers.get('GET')
  if (get) handlers.set('HEAD', get)
  router.all(path, (req, res) => {
    const handler = handlers.get(req.method)
    if (handler) return handler(req, res)
    const allowed = [...handlers.keys()].join(', ')
    res.set('Allow', allowed)
    throw new GalleyError('method_not_allowed', `${req.method} is not done here. What is: ${allowed}.`)
  })
}

/** A path parameter; the router has seen to it that it is there. */
export const param = (req: Request, name: string): string => String(req.params[name])
