import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import {
  auditFilter,
  complianceKeyRequest,
  memberInvitation,
  memberPatch,
  roleUpdate,
  settingsPatch,
} from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { auditLog, exportAuditLog } from '../core/audit-log.ts'
import { complianceKeys, createComplianceKey, revokeComplianceKey, toKeyView } from '../core/compliance-keys.ts'
import { expel, invite, inviteAgain, membersOf, updateMember } from '../core/members.ts'
import { orgTokens, revokeOrgToken } from '../core/org-tokens.ts'
import { deletedArtifacts, takeBack } from '../core/retain.ts'
import { addRole, deleteRole, roles, updateRole } from '../core/roles.ts'
import { previewSettings, settings, updateSettings } from '../core/settings.ts'
import type { World } from '../core/world.ts'
import { auditFormats, sendAudit } from './audit-export.ts'
import type { Bodies } from './body.ts'
import type { Door } from './door.ts'
import { listPage, parse } from './parse.ts'
import { param, resource } from './resource.ts'

interface Parts {
  world: World
  door: Door
  bodies: Bodies
  /** Nobody else vouches for people here: who is made a member gets a link. */
  byLink: boolean
}

const search = listPage.extend({ q: z.string().max(limits.nameChars).default('') })
const exportQuery = auditFilter.extend({ format: z.enum(auditFormats).default('jsonl') })

/** `/admin/…`: for the owners of an organisation, which is asked anew for each call. */
export function adminRoutes(router: Router, parts: Parts): void {
  settingsRoutes(router, parts)
  peopleRoutes(router, parts)
  auditRoutes(router, parts)
  keyRoutes(router, parts)
}

function settingsRoutes(router: Router, { world, door, bodies }: Parts): void {
  resource(router, '/admin/settings', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await settings(world, actor))
    },
    async PATCH(req, res) {
      const { actor, origin } = await door.caller(req, res)
      res.json(await updateSettings(world, actor, origin, await bodies.json(req, actor.orgId, settingsPatch)))
    },
  })

  resource(router, '/admin/settings/preview', {
    async POST(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await previewSettings(world, actor, await bodies.json(req, actor.orgId, settingsPatch)))
    },
  })

  resource(router, '/admin/deleted', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { limit, cursor } = parse(listPage, req.query)
      res.json(await deletedArtifacts(world, actor, { limit, cursor }))
    },
  })

  resource(router, '/admin/deleted/:id/restore', {
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await takeBack(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })
}

function peopleRoutes(router: Router, { world, door, bodies, byLink }: Parts): void {
  resource(router, '/admin/members', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { q, limit, cursor } = parse(search, req.query)
      res.json(await membersOf(world, actor, { q, limit, cursor }))
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const invitation = await bodies.json(req, actor.orgId, memberInvitation)
      res.status(201).json(await invite(world, actor, origin, invitation, byLink))
    },
  })

  resource(router, '/admin/members/:id', {
    async PATCH(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const patch = await bodies.json(req, actor.orgId, memberPatch)
      res.json(await updateMember(world, actor, origin, param(req, 'id'), patch))
    },
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await expel(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })

  resource(router, '/admin/members/:id/sign-in-link', {
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      res.status(201).json({ signInUrl: await inviteAgain(world, actor, origin, param(req, 'id'), byLink) })
    },
  })

  resource(router, '/admin/roles', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await roles(world, actor))
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      res.status(201).json(await addRole(world, actor, origin, await bodies.json(req, actor.orgId, roleUpdate)))
    },
  })

  resource(router, '/admin/roles/:id', {
    async PUT(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const update = await bodies.json(req, actor.orgId, roleUpdate)
      res.json(await updateRole(world, actor, origin, param(req, 'id'), update))
    },
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await deleteRole(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })
}

function auditRoutes(router: Router, { world, door }: Parts): void {
  resource(router, '/admin/audit', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { limit, cursor, ...filter } = parse(listPage.extend(auditFilter.shape), req.query)
      res.json(await auditLog(world, actor, filter, { limit, cursor }))
    },
  })

  // A POST: it is recorded, and a link that somebody is lured to must not start it.
  resource(router, '/admin/audit/export', {
    async POST(req: Request, res: Response) {
      const { actor, origin } = await door.caller(req, res)
      const { format, ...filter } = parse(exportQuery, req.query)
      await sendAudit(res, format, await exportAuditLog(world, actor, origin, filter))
    },
  })
}

function keyRoutes(router: Router, { world, door, bodies }: Parts): void {
  resource(router, '/admin/tokens', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      const { limit, cursor } = parse(listPage, req.query)
      res.json(await orgTokens(world, actor, { limit, cursor }))
    },
  })

  resource(router, '/admin/tokens/:id', {
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await revokeOrgToken(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })

  resource(router, '/admin/compliance-keys', {
    async GET(req, res) {
      const { actor } = await door.caller(req, res)
      res.json(await complianceKeys(world, actor))
    },
    async POST(req, res) {
      const { actor, origin } = await door.caller(req, res)
      const request = await bodies.json(req, actor.orgId, complianceKeyRequest)
      const { key, secret } = await createComplianceKey(world, actor, origin, request)
      res.status(201).json({ ...toKeyView(key), key: secret })
    },
  })

  resource(router, '/admin/compliance-keys/:id', {
    async DELETE(req, res) {
      const { actor, origin } = await door.caller(req, res)
      await revokeComplianceKey(world, actor, origin, param(req, 'id'))
      res.status(204).end()
    },
  })
}
