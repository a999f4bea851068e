import type { Router } from 'express'
import { z } from 'zod'
import { artifactPatch, listScopes } from '../../shared/api.ts'
import { listSorts } from '../../shared/choice.ts'
import { limits } from '../../shared/limits.ts'
import { remove, rename, restore } from '../core/edit.ts'
import { artifacts } from '../core/list.ts'
import type { Looks } from '../core/looks.ts'
import { publishNew } from '../core/publish.ts'
import { current } from '../core/read.ts'
import type { World } from '../core/world.ts'
import type { Bodies } from './body.ts'
import { answeredNotModified } from './conditional.ts'
import type { Door } from './door.ts'
import { listPage, parse } from './parse.ts'
import { param, resource } from './resource.ts'
import { type Uploads, uploadHead } from './uploads.ts'

const listQuery = listPage.extend({
  scope: z.enum(listScopes).default('all'),
  q: z.string().max(limits.titleChars).default(''),
  sort: z.enum(listSorts).default('updated'),
  until: z.string().max(limits.cursorChars).optional(),
})

interface Parts {
  world: World
  door: Door
  bodies: Bodies
  uploads: Uploads
  looks: Looks
}

/** `/artifacts` and what stands for one artifact as a whole. */
export function artifactRoutes(router: Router, { world, door, bodies, uploads, looks }: Parts): void {
  resource(router, '/artifacts', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { cursor, until, ...query } = parse(listQuery, req.query)
      res.json(await artifacts(world, actor, { ...query, cursor, until }))
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const head = uploadHead(req)
      const { published } = await uploads.receive(req, actor, body =>
        publishNew(world, actor, origin, { ...head, body }),
      )
      res.status(201).location(`${world.publicUrl}/api/v1/artifacts/${published.id}`).json(published)
    },
  })

  resource(router, '/artifacts/:id', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await current(world, actor, param(req, 'id')))
    },
    async PATCH(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const patch = await bodies.json(req, actor.orgId, artifactPatch)
      res.json(await rename(world, actor, origin, param(req, 'id'), patch))
    },
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await remove(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })

  resource(router, '/artifacts/:id/restore', {
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      res.json(await restore(world, actor, origin, param(req, 'id')))
    },
  })

  // What open pages ask for when sockets are blocked, and now and then all the same: mostly a 304.
  resource(router, '/artifacts/:id/current', {
    async GET(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const artifact = await current(world, actor, param(req, 'id'))
      looks.saw(actor, origin, artifact)
      res.set('Cache-Control', 'private, no-cache')
      const etag = [artifact.epoch, artifact.role, artifact.rev, artifact.waiting].join('.')
      if (!answeredNotModified(req, res, etag)) res.json(artifact)
    },
  })
}
