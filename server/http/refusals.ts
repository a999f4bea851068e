import type { NextFunction, Request, Response, Router } from 'express'
import type { Looks } from '../core/looks.ts'
import type { Door } from './door.ts'

/**
 * Whoever was refused a page is in the audit log, whatever they asked of it: once they have their answer, so that it takes
 * no longer for a page that is there.
 */
export function noteRefusals(router: Router, door: Door, looks: Looks): void {
  router.use('/artifacts/:id', (thrown: unknown, req: Request, res: Response, next: NextFunction) => {
    const caller = door.callerOf(res)
    const id = String(req.params.id)
    if (caller) res.once('close', () => looks.refused(caller.actor, caller.origin, id, thrown))
    next(thrown)
  })
}
