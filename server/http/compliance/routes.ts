import { createHash } from 'node:crypto'
import { type Response, Router } from 'express'
import { GalleyError } from '../../../shared/errors.ts'
import { activities } from '../../core/activities.ts'
import { deleteArtifact, listArtifacts, versionContent } from '../../core/comply.ts'
import type { Quotas } from '../../core/ports.ts'
import type { World } from '../../core/world.ts'
import { hostilePolicy } from '../bytes.ts'
import { Failures } from '../failures.ts'
import { param, resource } from '../resource.ts'
import { ComplianceDoor } from './door.ts'
import { activitiesRequest, listRequest } from './query.ts'
import { toActivity, toListed } from './shapes.ts'

/** Served alike: tooling for the API whose shapes these are knows either. */
const bases = ['/code/artifacts', '/apps/code/artifacts']

/** Everything under `/v1/compliance`: docs/COMPLIANCE.md. */
export function complianceRouter({ world, quotas }: { world: World; quotas: Quotas }): Router {
  const door = new ComplianceDoor({ world, failures: new Failures(quotas), quotas })
  const router = Router()
  for (const base of bases) artifactRoutes(router, base, world, door)
  resource(router, '/activities', {
    async GET(req, res) {
      const complier = await door.complier(req, res)
      const page = await activities(world, complier, activitiesRequest(req))
      const data = page.activities.map(toActivity)
      res.json({ data, has_more: page.hasMore, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null })
    },
  })
  router.use(() => {
    throw new GalleyError('not_found', 'The compliance API has nothing at this address.')
  })
  return router
}

function artifactRoutes(router: Router, base: string, world: World, door: ComplianceDoor): void {
  resource(router, base, {
    async GET(req, res) {
      const complier = await door.complier(req, res)
      const { listed, nextPage } = await listArtifacts(world, complier, listRequest(req))
      res.json({ data: listed.map(toListed), has_more: nextPage !== null, next_page: nextPage })
    },
  })

  resource(router, `${base}/:id`, {
    async DELETE(req, res) {
      const complier = await door.complier(req, res)
      const id = param(req, 'id')
      await deleteArtifact(world, complier, id)
      res.json({ id, type: 'code_artifact_deleted' })
    },
  })

  resource(router, `${base}/:id/versions/:versionId`, {
    async GET(req, res) {
      const complier = await door.complier(req, res)
      const id = param(req, 'id')
      const versionId = param(req, 'versionId')
      const { type, content } = await versionContent(world, complier, id, versionId)
      sendVersion(res, `${id}-${versionId}.txt`, type, await world.press.plain(content))
    },
  })
}

/** As they were published, and so hostile: never a document on this origin. */
function sendVersion(res: Response, filename: string, type: string, bytes: Uint8Array): void {
  res.set({
    'Content-Type': type,
    'Content-Disposition': `attachment; filename*=utf-8''${filename}`,
    'Content-MD5': createHash('md5').update(bytes).digest('base64'),
    'Content-Security-Policy': hostilePolicy,
    'Cache-Control': 'no-store, private',
  })
  res.send(bytes)
}
