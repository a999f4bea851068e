import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import { sha256 } from '../../shared/api.ts'
import { notFound } from '../../shared/errors.ts'
import { diff, views } from '../core/history.ts'
import { versions } from '../core/list.ts'
import type { Looks } from '../core/looks.ts'
import { publishVersion } from '../core/publish.ts'
import { delta, page, source, version } from '../core/read.ts'
import type { World } from '../core/world.ts'
import { sendBytes, sendDelta } from './bytes.ts'
import type { Door } from './door.ts'
import { isVersionNumber, listPage, parse } from './parse.ts'
import { param, resource } from './resource.ts'
import { ifMatch, type Uploads, uploadHead } from './uploads.ts'

/** What it is fetched for: to be looked at, unless a list wants a picture of it. */
const pageQuery = z.object({ as: z.literal('preview').optional() })

const deltaQuery = z.object({ from: sha256 })

const number = z.string().refine(isVersionNumber, 'This must be the number of a version.').transform(Number)
const diffQuery = z.object({ from: number, to: number })

interface Parts {
  world: World
  door: Door
  uploads: Uploads
  looks: Looks
}

/** `/artifacts/{id}/versions`: the history, and the bytes of each. */
export function versionRoutes(router: Router, { world, door, uploads, looks }: Parts): void {
  /** Who asks for which version of what. */
  const asked = async (req: Request, res: Response) => {
    const { actor, origin } = await door.caller(req, res)
    return { actor, origin, id: param(req, 'id'), number: versionNumber(param(req, 'number')) }
  }

  resource(router, '/artifacts/:id/versions', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { limit, cursor } = parse(listPage, req.query)
      res.json(await versions(world, actor, param(req, 'id'), { limit, cursor }))
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const id = param(req, 'id')
      const head = uploadHead(req)
      const match = ifMatch(req.get('If-Match'))
      const { created, published } = await uploads.receive(req, actor, body =>
        publishVersion(world, actor, origin, id, { ...head, body }, match),
      )
      const location = `${world.publicUrl}/api/v1/artifacts/${id}/versions/${published.version}`
      res
        .status(created ? 201 : 200)
        .location(location)
        .json(published)
    },
  })

  resource(router, '/artifacts/:id/diff', {
    async GET(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const id = param(req, 'id')
      const { from, to } = parse(diffQuery, req.query)
      const { role, diff: found } = await diff(world, actor, id, from, to)
      for (const number of [from, to]) looks.saw(actor, origin, { id, role, shown: { number } })
      res.json(found)
    },
  })

  resource(router, '/artifacts/:id/views', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { limit, cursor } = parse(listPage, req.query)
      res.json(await views(world, actor, param(req, 'id'), { limit, cursor }))
    },
  })

  resource(router, '/artifacts/:id/versions/:number', {
    async GET(req, res) {
      const { actor, id, number } = await asked(req, res)
      res.json(await version(world, actor, id, number))
    },
  })

  resource(router, '/artifacts/:id/versions/:number/page', {
    async GET(req, res) {
      const { actor, origin, id, number } = await asked(req, res)
      const { as } = parse(pageQuery, req.query)
      const bytes = await page(world, actor, id, number)
      looks.saw(actor, origin, { id, role: bytes.role, shown: { number } }, as)
      await sendBytes(req, res, world.press, bytes, `${id}-${number}.html`)
    },
  })

  resource(router, '/artifacts/:id/versions/:number/source', {
    async GET(req, res) {
      const { actor, origin, id, number } = await asked(req, res)
      const bytes = await source(world, actor, id, number)
      looks.saw(actor, origin, { id, role: bytes.role, shown: { number } })
      await sendBytes(req, res, world.press, bytes, `${id}-${number}.source.txt`)
    },
  })

  resource(router, '/artifacts/:id/versions/:number/delta', {
    async GET(req, res) {
      const { actor, origin, id, number } = await asked(req, res)
      const { from } = parse(deltaQuery, req.query)
      const { role, bytes } = await delta(world, actor, id, number, from)
      looks.saw(actor, origin, { id, role, shown: { number } })
      sendDelta(req, res, bytes, `${from}.${number}`, `${id}-${number}.delta`)
    },
  })
}

/** @throws GalleyError not_found: no version can have such a number. */
function versionNumber(text: string): number {
  if (!isVersionNumber(text)) throw notFound()
  return Number(text)
}
