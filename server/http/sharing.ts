import type { Response, Router } from 'express'
import { z } from 'zod'
import { accessDecision, type Sharing, sharingUpdate } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { answerAccessRequest, requestAccess } from '../core/access-requests.ts'
import { groups, people } from '../core/directory.ts'
import { share, sharing } from '../core/share.ts'
import type { World } from '../core/world.ts'
import type { Bodies } from './body.ts'
import type { Door } from './door.ts'
import { parse } from './parse.ts'
import { requestIdOf } from './request-log.ts'
import { param, resource } from './resource.ts'

const search = z.object({ q: z.string().max(limits.nameChars).default('') })

/**
 * The tag is of what a PUT replaces: a second tab cannot undo unseen what the first has done. It says nothing of those
 * who ask to be let in, so no browser may keep this answer, and take it for the current one by its tag.
 */
function sendSharing(res: Response, shared: { sharing: Sharing; tag: string }): void {
  res.set({ ETag: shared.tag, 'Cache-Control': 'no-store' }).json(shared.sharing)
}

/** Who may look and which version they see, who asks to, and who there is to share with. */
export function sharingRoutes(router: Router, world: World, door: Door, bodies: Bodies): void {
  resource(router, '/artifacts/:id/sharing', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      sendSharing(res, await sharing(world, actor, param(req, 'id')))
    },
    async PUT(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const update = await bodies.json(req, actor.orgId, sharingUpdate, limits.sharingBytes)
      const tag = req.get('If-Match')
      sendSharing(res, await share(world, actor, origin, param(req, 'id'), update, tag))
    },
  })

  resource(router, '/artifacts/:id/access-requests', {
    // Answered before it is known whether there is anything to ask for, so that neither the answer nor its time tells.
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      res.status(202).end()
      await requestAccess(world, actor, origin, param(req, 'id')).catch(error => {
        world.log.error({ err: error, requestId: requestIdOf(res) }, 'A request for access was not kept.')
      })
    },
  })

  resource(router, '/artifacts/:id/access-requests/:memberId', {
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const decision = await bodies.json(req, actor.orgId, accessDecision)
      await answerAccessRequest(world, actor, origin, param(req, 'id'), param(req, 'memberId'), decision)
      res.status(204).end()
    },
  })

  resource(router, '/people', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await people(world, actor, parse(search, req.query).q))
    },
  })

  resource(router, '/groups', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await groups(world, actor, parse(search, req.query).q))
    },
  })
}
